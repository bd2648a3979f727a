"""The target interpreter: which one it is, and its own description."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from buildfix.core import Interpreter, Variables
from buildfix.core.errors import CommandNotFound, PersonNeeded, TargetError, UsageError
from buildfix.core.redaction import redacted
from buildfix.core.system import HERE
from buildfix.machines.local import LocalMachine, Machine
from buildfix.machines.owners import owner_of
from buildfix.machines.scripts import ENTRY, question_argv

if TYPE_CHECKING:
    from buildfix.target_scripts.answers import InterpreterFacts

_PRIVATE_MARKS = ("pipx_metadata.json", "uv-receipt.toml")
"""Files that mark environments made by pipx and `uv tool` for a single program."""
_DESCRIPTION = "interpreter"
_NOT_OPENED = 2
"""Python's exit code if it cannot open its script."""


def ask_interpreter(
    machine: Machine, python: str, command: str, question: object = None, env: Variables = ()
) -> Any:
    """Return an interpreter's answer to a question (`buildfix.target_scripts`).

    Raises CommandNotFound; TargetError if it does not answer; PersonNeeded if it runs as another
    user, who cannot read buildfix's own files.
    """
    said = machine.run(question_argv(python, command, question), env)
    try:
        return json.loads(said.stdout.splitlines()[-1])
    except (ValueError, IndexError) as error:
        owner = owner_of(python)
        if owner and said.returncode == _NOT_OPENED and ENTRY in said.stderr:
            raise PersonNeeded(
                f"{python} belongs to {owner.name}, and runs as that user, who cannot access "
                f"{ENTRY}.",
                do=f"Give {owner.name} access, or run buildfix as {owner.name}.",
            ) from error
        last = (said.stderr.strip().splitlines() or ["nothing"])[-1]
        raise TargetError(f"{python} ended without an answer: {last}", unchanged="") from error


def ask_pip(machine: Machine, python: str, command: str, question: Mapping[str, object]) -> Any:
    """Return an interpreter's answer, which uses its pip; None if it does not answer.

    Raises PersonNeeded in the same cases as `ask_interpreter`.
    """
    asked = {**question, "libraries": library_folders()}
    try:
        return ask_interpreter(machine, python, command, asked, (("PIP_NO_INPUT", "1"),))
    except (CommandNotFound, TargetError):
        return None


def troubles_in(troubles: Mapping[str, str]) -> tuple[str, ...]:
    """Return the addresses that a script could not read, with reasons, without credentials."""
    return tuple(redacted(f"{place}: {why}") for place, why in troubles.items())


def library_folders() -> dict[str, str]:
    """Return the folders of buildfix's own libraries, which scripts load in any target."""
    specs = {name: importlib.util.find_spec(name) for name in ("packaging", "resolvelib")}
    return {
        name: str(Path(spec.origin).parent) for name, spec in specs.items() if spec and spec.origin
    }


def find_interpreter(machine: Machine, named: str | None) -> Interpreter:
    """Return the interpreter to install into.

    It is the named one, or that of the active virtual environment, or `python3` on PATH. An
    environment that pipx or `uv tool` made for buildfix itself must be named, and the environment
    that buildfix runs from must be named or active. Raises UsageError if there is none.
    """
    return describe(machine, _path_of(machine, named))


@contextlib.contextmanager
def begun_description(machine: LocalMachine, named: str | None) -> Iterator[None]:
    """Have the interpreter start that `find_interpreter` will ask; it takes as long as imports."""
    try:
        argv = question_argv(_path_of(machine, named), _DESCRIPTION)
    except UsageError:  # `find_interpreter` raises it again
        yield
        return
    with machine.begun(argv):
        yield


def _path_of(machine: Machine, named: str | None) -> str:
    if named is not None:
        path = machine.which(named)
        if path is None:
            raise UsageError(
                f"Interpreter {named} does not exist.", do="Name another with --python."
            )
        return path
    for path in _candidates(machine):
        if not _is_private(path):
            return path
    raise UsageError(
        "No active virtual environment, and no python3 on PATH except buildfix's own.",
        do="Name an interpreter with --python.",
    )


def describe(machine: Machine, path: str) -> Interpreter:
    """Ask an interpreter for its description; raises TargetError if it does not answer."""
    try:
        facts: InterpreterFacts = ask_interpreter(machine, path, _DESCRIPTION)
    except (OSError, CommandNotFound, TargetError) as error:
        raise TargetError(
            f"{path} cannot be run as a Python interpreter.", do="Name another with --python."
        ) from error
    named: dict[str, Any] = {**facts, "path": path, "site": tuple(facts.get("site", ()))}
    return Interpreter(**named)


def tags_taken(machine: Machine, path: str) -> tuple[str, ...]:
    """Return the tags of the wheels that an interpreter accepts; empty if it cannot say."""
    try:
        question = {"libraries": library_folders()}
        return tuple(ask_interpreter(machine, path, "tags", question))
    except (CommandNotFound, TargetError):
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
    """Return the virtual environment that buildfix runs from; None if it is not one."""
    return Path(sys.prefix).resolve() if sys.prefix != sys.base_prefix else None


def _environment_of(path: str) -> Path:
    return Path(path).parent.parent.resolve()


def _is_private(path: str) -> bool:
    return any((Path(path).parent.parent / mark).is_file() for mark in _PRIVATE_MARKS)
