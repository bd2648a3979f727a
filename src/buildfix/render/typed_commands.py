"""What a person types for a step, in sh(1) or, if its paths are those of Windows, in PowerShell."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator

from buildfix.core import InstallPackages, Step, Variables
from buildfix.core.redaction import redacted
from buildfix.machines.scripts import is_step_script

_HOME = "~/"
_WINDOWS_PATH = re.compile(r"(?:[A-Za-z]:|~)\\")


def typed_lines(step: Step) -> Iterator[str]:
    """Yield what a person would type for a step: its variables, and its command."""
    if step.variables:
        yield redacted(_settings(step.variables))
    if command := typed_command(step):
        yield command


def assignments(variables: Variables) -> str:
    """Return variables as sh(1) reads them; what is on PATH already stays there."""
    values = ((name, _sh_word(value)) for name, value in variables)
    return " ".join(
        f'{name}={value}:"$PATH"' if name == "PATH" else f"{name}={value}" for name, value in values
    )


def typed_command(step: Step) -> str:
    """Return a step's command as a person types it here, without credentials; often empty.

    It is empty if it runs a script of buildfix's own, which other machines do not have.
    """
    if any(map(is_step_script, step.argv[:2])):  # the interpreter, and what it runs
        return ""
    typed = step.typed if isinstance(step, InstallPackages) else ()
    sudo = ("sudo",) if typed and step.privileged and _needs_sudo() else ()
    line = redacted(shlex.join((*sudo, *(typed or step.argv))))
    quoted_program = line.startswith("'") and _WINDOWS_PATH.match(step.argv[0])
    return f"& {line}" if quoted_program else line


def _settings(variables: Variables) -> str:
    """Return what sets variables in a shell for the programs that it starts from then on."""
    if any(_WINDOWS_PATH.match(value) for _, value in variables):
        return "; ".join(_powershell_setting(name, value) for name, value in variables)
    return f"export {assignments(variables)}"


def _powershell_setting(name: str, value: str) -> str:
    home = value.startswith("~\\")
    words = [f"'{value[1:] if home else value}'"]
    if home:
        words.insert(0, "$HOME")
    if name == "PATH":
        words.append(f"';' + $env:{name}")
    return f"$env:{name} = {' + '.join(words)}"


def _sh_word(value: str) -> str:
    """Return a value quoted, except for the home folder that it may begin with."""
    if not value.startswith(_HOME):
        return shlex.quote(value)
    return f'"$HOME"/{shlex.quote(value.removeprefix(_HOME))}'


def _needs_sudo() -> bool:
    """Return whether this process is not root's, where there is root and `sudo`."""
    return getattr(os, "geteuid", lambda: 0)() != 0 and shutil.which("sudo") is not None
