"""`buildfix shim DIR`: a `pip` for tools that call pip, whose installs go through buildfix."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from buildfix.cli.tasks import Screen
from buildfix.core.errors import UsageError
from buildfix.core.program import own_command

RUNNING = "BUILDFIX_RUNNING"
"""Set by buildfix for all that it starts (`__main__`): builds may call pip, too."""
_NAMES = ("pip", "pip3")
_MARK = "# Written by `buildfix shim`"
_WITH_VALUE = "|".join(
    f"--{name}"
    for name in (
        *("python", "log", "log-file", "local-log", "keyring-provider", "proxy", "retries"),
        *("timeout", "default-timeout", "exists-action", "trusted-host", "cert", "client-cert"),
        *("cache-dir", "use-feature", "use-deprecated"),
    )
)
"""pip's general options that take a value (pip 25.1): the next word is no command."""
_PIP = (
    "import sys; del sys.path[0]; import runpy; "
    'runpy.run_module("pip", run_name="__main__", alter_sys=True)'
)
"""As pip's own script runs it: with -m, a pip.py in the current folder would be imported."""
_SCRIPT = f"""#!/bin/sh
{_MARK}: installs go through buildfix, everything else to pip.
command=
value=
for word; do
    if [ -n "$value" ]; then
        value=
        continue
    fi
    case $word in
        {_WITH_VALUE}) value=next ;;
        -*) ;;
        *) command=$word && break ;;
    esac
done
if [ "$command" = install ] && [ -z "${{{RUNNING}-}}" ]; then
    exec %s pip "$@"
fi
exec "${{VIRTUAL_ENV:+$VIRTUAL_ENV/bin/}}python3" -c '{_PIP}' "$@"
"""


def shim_task(folder: Path, screen: Screen) -> int:
    """Run `buildfix shim`; raises UsageError if a file that is not a shim is in the way."""
    if sys.platform == "win32":
        raise UsageError(
            "`buildfix shim` writes a shell script, which Windows does not run.",
            do=f"Use `{own_command('pip install')}` there.",
        )
    files = [folder / name for name in _NAMES]
    for file in files:
        if file.exists() and _MARK not in file.read_text(encoding="utf-8", errors="replace"):
            raise UsageError(f"{file} exists and is not a shim.", do="Name another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        file.write_text(_SCRIPT % shlex.join(_own_command()), encoding="utf-8")
        file.chmod(0o755)
    path = shlex.quote(str(folder.absolute()))
    screen.view.say(f"Written: {', '.join(map(str, files))}")
    screen.view.say(f'To use it: export PATH={path}:"$PATH"')
    screen.view.say("BUILDFIX_YES=1 makes it unattended.")
    return 0


def _own_command() -> Sequence[str]:
    """Return the command that started this program, without its arguments."""
    words = sys.orig_argv[1 : len(sys.orig_argv) - len(sys.argv[1:])]
    here = (str(Path(word).absolute()) if Path(word).is_file() else word for word in words)
    return (sys.executable, *here)
