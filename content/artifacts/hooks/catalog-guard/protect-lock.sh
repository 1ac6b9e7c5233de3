#!/bin/sh
# PreToolUse hook: refuses an edit of skillmeat.lock, which `skillmeat sync` alone writes.
# Reads the event (JSON) on standard input. Exit 2 refuses and tells the agent why.
set -u

# Inside a JSON string a quote is written \", so this matches the key alone and never the text that
# is being written to a file.
if grep -Eq '"file_path"[[:space:]]*:[[:space:]]*"([^"]*[/\\])?skillmeat\.lock"'; then
    echo "skillmeat.lock is written by 'skillmeat sync' and would be overwritten." >&2
    echo "Edit skillmeat.yaml or collections/ instead, then run 'skillmeat sync'." >&2
    exit 2
fi
