"""Completion on Tab (bash, zsh, fish, PowerShell): what typer cannot know by itself.

Typer's scripts run buildfix with a variable that asks for completions. A command line without a
command is one of `fix`; names of projects and systems are those in the recipes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import typer

PROGRAM = "buildfix"
_WANTED = "_BUILDFIX_COMPLETE"


def complete(command: Any) -> None:
    """Print the completions that a shell asks for, and exit; return if it asks for none.

    `command` is typer's group of all commands.
    """
    if os.environ.get(_WANTED):
        commands = command.commands
        given = bool(commands.keys() & {_first_word(os.environ)})
        (command if given else commands["fix"])([], prog_name=PROGRAM, obj=tuple(commands))


def projects(context: typer.Context, incomplete: str) -> list[str]:
    """Return the projects, and in place of a command the commands, that begin so."""
    nothing_yet = context.parent is None and not context.params.get("requirements")
    commands: Collection[str] = context.obj if nothing_yet else ()
    if not incomplete:  # a shell offers files instead of a thousand names
        return list(commands)
    known = _knowledge().well_known
    return [*_beginning(incomplete, commands), *_beginning(incomplete, sorted(known))]


def systems(incomplete: str) -> list[str]:
    """Return the systems that begin so."""
    return _beginning(incomplete, sorted(_knowledge().hosts))


def _first_word(environ: Mapping[str, str]) -> str:
    """Return the first word that is complete and no option; empty if there is none."""
    text = environ.get("COMP_WORDS") or environ.get("_TYPER_COMPLETE_ARGS", "")
    words = re.split(r"\s+", text)
    if environ.get("_TYPER_COMPLETE_WORD_TO_COMPLETE") == "":  # PowerShell strips the line
        words.append("")
    return next((word for word in words[1:-1] if not word.startswith("-")), "")


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def _knowledge() -> Any:
    from buildfix.api import load_recipes

    return load_recipes(None)
