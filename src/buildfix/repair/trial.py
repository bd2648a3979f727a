"""A trial build for a dry run: all that it writes goes into a scratch folder."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from buildfix.installers import install_command
from buildfix.jobs import Settings
from buildfix.model import Command, Interpreter, Request

_NO_TRACE = (("PYTHONDONTWRITEBYTECODE", "1"),)


def trial_command(
    request: Request, interpreter: Interpreter, scratch: Path, told: Settings
) -> Command:
    """Return the command that installs into `scratch` what `request` names, built as `told`.

    Local projects are copied there first: backends build in the source's own folder.
    """
    words = (*request.requirements, *request.editables)
    plain = replace(
        request,
        requirements=tuple(_copied(word, number, scratch) for number, word in enumerate(words)),
        editables=(),
    )
    target = str(scratch / "target")
    variables = (*_NO_TRACE, *told.variables)
    return install_command(
        plain, interpreter, variables=variables, arguments=told.arguments, target=target
    )


def _copied(word: str, number: int, scratch: Path) -> str:
    """Return the path of a copy where a word is a local project, else the word."""
    path, bracket, extras = word.partition("[")
    if not Path(path).is_dir() or ("/" not in path and not path.startswith(".")):
        return word
    copy = scratch / f"source-{number}" / Path(path).resolve().name
    shutil.copytree(path, copy, symlinks=True, ignore=shutil.ignore_patterns(".venv"))
    return f"{copy}{bracket}{extras}"
