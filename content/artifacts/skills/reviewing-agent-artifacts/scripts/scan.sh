#!/bin/sh
# Lists the files of an artifact and the lines that deserve a reviewer's look.
# Reads only: runs nothing from the artifact, follows no symbolic link, uses no network.
#
# usage: scan.sh PATH
# exit:  0 nothing stood out, 1 something did, 2 usage
set -u

target=${1:-}
if [ -z "$target" ] || [ ! -e "$target" ]; then
    echo "usage: scan.sh PATH" >&2
    exit 2
fi
# A path that starts with a dash must not be read as an option by find or grep.
case $target in
    /* | ./* | ../*) ;;
    *) target=./$target ;;
esac

found=0

# Names and lines are the artifact's: no control character of theirs reaches the terminal.
plain() {
    tr -d '\000-\010\013-\037\177'
}

# report TITLE, findings on stdin: prints them under the title, unless there are none.
report() {
    lines=$(plain)
    [ -n "$lines" ] || return 0
    found=1
    printf '\n## %s\n%s\n' "$1" "$lines"
}

# look TITLE REGEX: lines of text files that match, cut to a readable length.
look() {
    lines=$(grep -rnIiE -e "$2" -- "$target" 2>/dev/null | cut -c1-240)
    report "$1" <<END
$lines
END
}

printf '## Files\n'
find "$target" -type f -exec wc -c {} \; | plain

report "Symbolic links (where do they lead?)" <<END
$(find "$target" -type l -exec ls -l {} + | sed 's/^\([^ ]* *\)\{8\}//')
END
report "Executable files" <<END
$(find "$target" -type f -perm -u+x)
END
report "Binary files (cannot be read, so cannot be approved by reading)" <<END
$(find "$target" -type f -size +0 ! -exec grep -qI . {} \; -print)
END

look "Runs by itself or on events" \
    '"(SessionStart|SessionEnd|UserPromptSubmit|PreToolUse|PostToolUse|Stop|SubagentStop|Notification|PreCompact)"|^hooks:'
look "Tools without asking" '^(allowed-tools|allowed_tools|tools|permissionMode):'
# shellcheck disable=SC2016 # the backticks are what is looked for
look "Shell inside a command's text" '!`[^`]+`'
look "Network" \
    'https?://|(^|[^a-z])(curl|wget|nc|ssh|scp)[[:space:]]|urllib|requests\.|fetch\(|socket\.|Invoke-WebRequest'
look "Download piped into a shell" '(curl|wget)[^|]*\|[[:space:]]*(sudo[[:space:]]+)?(ba|z|da)?sh'
look "Installs or runs packages" \
    '(npx|uvx|pipx|bunx)[[:space:]"]|(npm|pnpm|yarn|pip3?|cargo|gem|brew|apt-get)[[:space:]]+(install|add|i)[[:space:]]|@latest'
look "Secrets and private places" \
    '\.ssh|\.aws|\.netrc|\.env([^a-z]|$)|id_rsa|keychain|printenv|api[_-]?key|secret|password|(github|access|auth)_?token'
look "Deletes, overwrites or raises rights" \
    'rm[[:space:]]+-[a-z]*[rf]|sudo[[:space:]]|chmod[[:space:]]+[0-7]*7|git[[:space:]]+push[[:space:]].*(-f|--force)|git[[:space:]]+reset[[:space:]]+--hard'
look "Changes other instructions or profiles" \
    'CLAUDE\.md|AGENTS\.md|settings(\.local)?\.json|\.bashrc|\.zshrc|\.profile|crontab|launchctl'
look "Decoding or evaluation" \
    'base64[[:space:]]+(-d|--decode)|b64decode|atob\(|(^|[^a-z_.])eval[[:space:](]|exec\(|fromCharCode|[A-Za-z0-9+/]{120,}'
look "Speaks to the agent against the user" \
    'ignore (all |any )?(the )?(previous|prior|above)|do not (tell|inform|mention|ask)|without (asking|telling|confirmation)|system prompt'

hidden='[\x{200B}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2069}\x{FEFF}\x{E0000}-\x{E007F}]'
if (LC_ALL=C.UTF-8; export LC_ALL; echo x | grep -qP "x|$hidden") 2>/dev/null; then
    report "Invisible characters" <<END
$(LC_ALL=C.UTF-8 grep -rnIP -e "$hidden" -- "$target" 2>/dev/null | cut -c1-240 | cat -v)
END
else
    printf '\n## Not checked: invisible characters (needs GNU grep with -P)\n'
    found=1
fi

if [ "$found" -eq 0 ]; then
    printf '\nNothing stood out. Now read the files.\n'
fi
exit "$found"
