#!/bin/sh
# Lists what changed between two points of a Git history, as raw material for release notes.
# Reads only; uses no network.
#
# usage: changes.sh [FROM [TO]]     FROM: last tag before TO, else the first commit; TO: HEAD
set -eu

to=${2:-HEAD}
from=${1:-}

die() {
    printf 'changes.sh: %s\n' "$1" >&2
    exit 2
}

# A name that starts with a dash would be read as an option.
for point in "$from" "$to"; do
    case $point in -*) die "not a revision: $point" ;; esac
done
git rev-parse --git-dir >/dev/null 2>&1 || die "not inside a Git repository"
git rev-parse --verify --quiet "$to^{commit}" >/dev/null || die "no such revision: $to"

if [ -z "$from" ]; then
    # The tag on TO itself names the release being described, so look before it.
    from=$(git describe --tags --abbrev=0 "$to^" 2>/dev/null || true)
elif ! git rev-parse --verify --quiet "$from^{commit}" >/dev/null; then
    die "no such revision: $from"
fi

if [ -n "$from" ]; then
    range="$from..$to"
else
    range=$to
    printf 'No earlier tag: the whole history.\n\n'
fi

printf '# %s, commits: %s\n' "$range" "$(git rev-list --count --no-merges "$range")"

printf '\n## Say themselves that they break something\n'
# Conventional Commits: a "!" before the colon, or a BREAKING CHANGE footer.
{
    git log --no-merges --format='%h %s' "$range" | grep -E '^[0-9a-f]+ [A-Za-z]+(\([^)]*\))?!:' || true
    git log --no-merges --format='%h %s' --extended-regexp --grep='^BREAKING[ -]CHANGE' "$range"
} | sort -u

printf '\n## Delete or rename files (look for a public surface)\n'
git log --no-merges --diff-filter=DR --name-status --format='%n%h %s' "$range"

printf '\n## All commits, oldest first\n'
git log --no-merges --reverse --stat=100 --format='%n%h %as %an%n    %s%n%w(0,4,4)%b' "$range"

printf '\n## People\n'
git log --no-merges --format='%an' "$range" | sort | uniq -c | sort -rn
