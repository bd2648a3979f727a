"""Turns the words of a shell into the words that typer parses."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from buildfix.catalog.command_words import command_words
from buildfix.cli.dropin import OwnOptions, from_pip_words
from buildfix.cli.reserved import ANSWERED, INSTALL, PIP, check_names
from buildfix.core.errors import UsageError
from buildfix.core.light_dataclass import dataclass
from buildfix.core.program import own_command

_COMPLETION = frozenset({"--install-completion", "--show-completion"})
_ANSWERED_WITHOUT_COMMAND = _COMPLETION | {"--help", "-h", "--version", "-V"}


@dataclass(frozen=True)
class Line:
    """A command line: the command and its words, and the installer's own arguments."""

    words: tuple[str, ...] = ()
    installer_args: tuple[str, ...] = ()


def split_installer_args(argv: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return the words before `--`, and those after it, which belong to the installer."""
    words = list(argv)
    if "--" not in words:
        return words, ()
    index = words.index("--")
    return words[:index], tuple(words[index + 1 :])


def read_line(argv: Sequence[str], commands: Collection[str], own: OwnOptions) -> Line:
    """Return the command line that these words mean.

    A command may stand anywhere among the words; without one it is `fix`. `install` and `pip
    install` are `fix` with pip's options. Raises UsageError if a word in the place of a project's
    name is a command or nearly one.
    """
    words, after = split_installer_args(argv)
    plain = _plain_words(words, own.with_value)
    if not plain:
        bare = not words or _ANSWERED_WITHOUT_COMMAND.intersection(words)
        return Line(tuple(words) if bare else ("fix", *words), after)
    if (option := words[0]) in _COMPLETION:
        raise UsageError(
            f"{option} takes no value.", do="Run it in the shell that it is for, without a value."
        )
    first = plain[0]
    rest = [*words[:first], *words[first + 1 :]]
    typed = words[first].lower()
    if typed in (PIP, INSTALL):
        return _pip_line(typed, rest, first, own, after)
    if typed in ANSWERED:
        return _answered(typed, rest, commands)
    if words[first] in commands:
        return Line((words[first], *rest), after)
    check_names(words, plain, commands)
    return Line(("fix", *words), after)


def _pip_line(
    typed: str, rest: list[str], place: int, own: OwnOptions, after: tuple[str, ...]
) -> Line:
    """Return the line for `install ARGS...` or `pip install ARGS...`; raises UsageError."""
    if typed == PIP:
        with_value = {*own.with_value, *command_words().with_value}
        while place < len(rest) and rest[place].startswith("-"):  # pip's own, before its command
            place += 2 if rest[place] in with_value else 1
        if rest[place : place + 1] != [INSTALL]:
            raise UsageError(
                "buildfix only implements pip's `pip install`.",
                do="Run other pip commands with `python -m pip ...`.",
            )
        del rest[place]
    if {"-h", "--help"}.intersection(rest):
        return Line((INSTALL, "--help"))
    words, installer_args = from_pip_words(rest, own)
    return Line(("fix", *words), (*installer_args, *after))


def _answered(typed: str, rest: Sequence[str], commands: Collection[str]) -> Line:
    """Return the line for `version` or `help [COMMAND]`; raises UsageError."""
    if typed == "version":
        return Line(("--version",))
    asked = [word for word in rest if not word.startswith("-")]
    if not asked:
        return Line(("--help",))
    name = INSTALL if asked[0] == PIP else asked[0]
    if name not in commands:
        raise UsageError(f"Unknown command: {name}.", do=f"See `{own_command('--help')}`.")
    return Line((name, "--help"))


def _plain_words(words: Sequence[str], with_value: Collection[str]) -> list[int]:
    """Return the indexes of the words that are neither options nor their values."""
    places: list[int] = []
    value_next = False
    for index, word in enumerate(words):
        if value_next:
            value_next = False
        elif word in with_value:
            value_next = True
        elif not word.startswith("-") or word == "-":
            places.append(index)
    return places
