"""The target interpreter: which one it is, and what it says of itself."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from buildfix.core import Interpreter
from buildfix.core.errors import CommandNotFound, TargetError, UsageError
from buildfix.core.system import HERE
from buildfix.installers import redacted
from buildfix.machines.local import Machine
from buildfix.machines.safe_path import python_script

_PRIVATE_MARKS = ("pipx_metadata.json", "uv-receipt.toml")
"""Files by which pipx and `uv tool` know an environment that they made for one program."""


def probe(name: str) -> str:
    """Return the source of a script for the target interpreter."""
    path = Path(__file__).parent.parent / "target_scripts" / f"{name}.py"
    return path.read_text(encoding="utf-8")


def probe_of_pip(name: str) -> str:
    """Return the source of a script for an interpreter with pip, which asks that pip."""
    return probe("own_pip") + probe(name)


def probe_of_index(*names: str) -> str:
    """Return the source of a script that asks the user's indexes as that interpreter's pip does."""
    return probe_of_pip("index") + "".join(map(probe, names))


def ask_pip(
    machine: Machine, python: str, script: str, question: Mapping[str, Any], key: str
) -> dict[str, Any] | None:
    """Return what a script that asks an interpreter's pip answers; None where it has no `key`."""
    argv = python_script(python, script, json.dumps(question))
    try:
        said = machine.run(argv, (("PIP_NO_INPUT", "1"),))
        answer = json.loads(said.stdout.splitlines()[-1])
    except (CommandNotFound, ValueError, IndexError):
        return None
    return answer if isinstance(answer, dict) and key in answer else None


def probe_of_files(name: str) -> str:
    """Return the source of a script that asks what files distributions have."""
    return probe("listed") + probe(name)


def troubles_in(answer: Mapping[str, Any], key: str = "troubles") -> tuple[str, ...]:
    """Return what a script says of addresses that do not answer, credentials taken out."""
    return tuple(redacted(f"{place}: {why}") for place, why in answer.get(key, {}).items())


def packaging_folder() -> str:
    """Return where buildfix's own `packaging` is: probes read tags by it, whatever is there."""
    spec = importlib.util.find_spec("packaging")
    return str(Path(spec.origin).parent) if spec and spec.origin else ""


def shared_folders() -> dict[str, str]:
    """Return buildfix's own packages that the scripts load which ask indexes."""
    spec = importlib.util.find_spec("resolvelib")
    return {
        "packaging": packaging_folder(),
        "resolvelib": str(Path(spec.origin).parent) if spec and spec.origin else "",
        "buildfix": str(Path(__file__).parent.parent),
    }


def find_interpreter(machine: Machine, named: str | None) -> Interpreter:
    """Return the interpreter to install into.

    The one named; else that of the active virtual environment; else `python3` on PATH. Never,
    unnamed, a private environment that pipx or `uv tool` made for buildfix itself; nor, unless it
    is the active one, the environment that buildfix runs from. Raises UsageError where there is
    none.
    """
    if named is not None:
        path = machine.which(named)
        if path is None:
            raise UsageError(
                f"Interpreter {named} does not exist.", do="Name another with --python."
            )
        return describe(machine, path)
    for path in _candidates(machine):
        if not _is_private(path):
            return describe(machine, path)
    raise UsageError(
        "No active virtual environment, and no python3 on PATH except buildfix's own.",
        do="Name an interpreter with --python.",
    )


def describe(machine: Machine, path: str) -> Interpreter:
    """Ask an interpreter what it is; raises TargetError where it does not answer."""
    try:
        answer = machine.run(python_script(path, probe("interpreter")))
        facts = json.loads(answer.stdout)
    except (OSError, ValueError, CommandNotFound) as error:
        raise TargetError(
            f"{path} cannot be run as a Python interpreter.", do="Name another with --python."
        ) from error
    site = tuple(facts.get("site", ()))
    return Interpreter(**{**facts, "path": path, "site": site})


def tags_taken(machine: Machine, path: str) -> tuple[str, ...]:
    """Return the tags of the wheels that an interpreter takes, none where it cannot tell."""
    try:
        said = machine.run(python_script(path, probe("tags"), packaging_folder()))
        return tuple(json.loads(said.stdout))
    except (CommandNotFound, ValueError):
        return ()


def _candidates(machine: Machine) -> Iterator[str]:
    active = machine.environ.get("VIRTUAL_ENV")
    if active:
        folder = Path(active, HERE.scripts)
        yield from filter(None, (machine.which(str(folder / "python")),))
    own = _own_environment()
    for folder_name in machine.environ.get("PATH", os.defpath).split(os.pathsep):
        for command in ("python3", "python"):
            path = machine.which(os.path.join(folder_name, command))  # noqa: PTH118
            if path and _environment_of(path) != own:
                yield path


def _own_environment() -> Path | None:
    """Return the virtual environment that buildfix runs from, None where it is none."""
    return Path(sys.prefix).resolve() if sys.prefix != sys.base_prefix else None


def _environment_of(path: str) -> Path:
    return Path(path).parent.parent.resolve()


def _is_private(path: str) -> bool:
    return any((Path(path).parent.parent / mark).is_file() for mark in _PRIVATE_MARKS)
