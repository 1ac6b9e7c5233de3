#!/bin/sh
# PostToolUse hook: after an edit of the catalog's YAML, runs `skillmeat check` and hands findings
# back to the agent. Reads the event (JSON) on standard input. Exit 2 shows the findings; the edit
# itself has already happened and stays.
set -u

grep -Eq '"file_path"[[:space:]]*:[[:space:]]*"([^"]*[/\\])?(skillmeat\.yaml|collections[/\\][^"]*\.yaml)"' || exit 0

# Nothing to say where there is no catalog or no skillmeat: a hook must not stop other work.
cd "${CLAUDE_PROJECT_DIR:-.}" || exit 0
[ -f skillmeat.yaml ] || exit 0
command -v skillmeat >/dev/null 2>&1 || exit 0

findings=$(skillmeat check 2>&1) && exit 0
printf '%s\n' "$findings" | head -n 60 >&2
exit 2
