#!/usr/bin/env bash
# The step of action.yml: installs buildfix apart from the target, and runs it with the inputs.
set -euo pipefail

words=()
add() { # adds each line of a text to the words, with the option before it
    while IFS= read -r line; do
        [ -z "$line" ] || words+=(${2:+"$2"} "$line")
    done <<<"$1"
}
add "$ARGS"
add "$REQUIREMENT_FILES" --requirement
add "$REQUIREMENTS"

own=$RUNNER_TEMP/buildfix
"$TARGET" -I -m venv "$own"
python=$own/bin/python
[ -x "$python" ] || python=$own/Scripts/python.exe
"$python" -I -m pip install --quiet --disable-pip-version-check "$GITHUB_ACTION_PATH/../.."
"$python" -I -m buildfix fix --yes --python "$(command -v "$TARGET")" ${words[@]+"${words[@]}"}
