"""Asks the user's own pip which files its indexes have for a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from buildfix.core import Host, Interpreter
from buildfix.index.files import File, read_files
from buildfix.machines.local import Machine
from buildfix.platforms.interpreter import ask_pip, troubles_in
from buildfix.platforms.tags import tags_of
from buildfix.target_scripts.answers import ProjectFiles
from buildfix.wheels.target import Target


@dataclass(frozen=True)
class Answer:
    """What pip says about a project."""

    files: tuple[File, ...]
    python: str
    """The version of the Python that runs this pip."""
    tags: tuple[str, ...] | None
    """The tags of the wheels that this Python accepts; None if its pip is too old to say."""
    pip_tags: tuple[str, ...]
    no_binary: str
    prereleases: bool
    constraint: str
    """What the user's constraints files say about the project."""
    troubles: tuple[str, ...] = ()
    """The addresses that could not be read, each with the reason."""


def ask(machine: Machine, python: str, project: str, options: Sequence[str] = ()) -> Answer | None:
    """Return what an interpreter's pip says about a project, given pip install `options`.

    That pip's index settings, credentials and proxies apply. None if it does not respond.
    """
    facts: ProjectFiles | None
    facts = ask_pip(machine, python, "project-files", {"project": project, "arguments": options})
    if not facts:
        return None
    return Answer(
        files=read_files(facts["files"], canonicalize_name(project)),
        python=facts["python"],
        tags=tuple(facts["tags"]) if facts["tags"] is not None else None,
        pip_tags=tuple(facts["pip"]),
        no_binary=facts["no-binary"] or "",
        prereleases=bool(facts["prereleases"]),
        constraint=facts["constraint"],
        troubles=troubles_in(facts["troubles"]),
    )


def target_of(answer: Answer, host: Host, interpreter: Interpreter, *, elsewhere: bool) -> Target:
    """Return the target for wheels: the interpreter that was asked, or that of another host."""
    if elsewhere:
        return Target(
            interpreter.version,
            tags_of(host, interpreter),
            interpreter.pip or "",
            prereleases=answer.prereleases,
            no_binary=answer.no_binary,
        )
    return Target(
        answer.python,
        answer.tags or tags_of(host, interpreter),
        interpreter.pip or "",
        answer.pip_tags,
        answer.no_binary,
        answer.prereleases,
    )
