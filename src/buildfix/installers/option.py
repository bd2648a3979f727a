"""An option of an installer, and the parser for options of a command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from buildfix.core.light_dataclass import dataclass

_FILES = frozenset({"--find-links", "--constraint", "--cert", "--client-cert", "--config-file"})
"""Options whose value may be a path; made absolute, so that it works in any folder."""


@dataclass(frozen=True)
class Option:
    """An option by its long name, with its value if it takes one."""

    name: str
    value: str | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """The option as words of a command line."""
        return (self.name,) if self.value is None else (self.name, self.value)


def words_of(options: Sequence[Option]) -> tuple[str, ...]:
    """Return options as words of a command line."""
    return tuple(word for one in options for word in one.words)


def parsed(
    words: Sequence[str], values: tuple[tuple[str, ...], ...], switches: tuple[str, ...]
) -> tuple[tuple[Option, ...], tuple[str, ...]]:
    """Return the options among words, and the requirements files; empty if they are unreadable."""
    found = argparse.Namespace(kept=[], requirement=[])
    try:
        _parser(values, switches).parse_known_args(list(words), found)
    except ValueError:
        return (), ()
    return tuple(found.kept), tuple(found.requirement or ())


def unread(
    words: Sequence[str], values: tuple[tuple[str, ...], ...], switches: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the words that are none of these options; all words if they are unreadable."""
    found = argparse.Namespace(kept=[], requirement=[])
    try:
        return tuple(_parser(values, switches).parse_known_args(list(words), found)[1])
    except ValueError:
        return tuple(words)


def config_settings(words: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return what words of a command line tell build backends: keys and values, in that order."""
    found, _ = parsed(words, (("--config-settings", "--config-setting", "-C"),), ())
    pairs = ((one.value or "").partition("=") for one in found)
    return tuple((key, value) for key, _, value in pairs)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(message)


class _Keep(argparse.Action):
    """Records an option in the order of the command line."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        name = self.option_strings[0]
        value = None if self.nargs == 0 else str(values)
        if value is not None and name in _FILES and Path(value).exists():
            value = str(Path(value).absolute())
        namespace.kept.append(Option(name, value))


@cache
def _parser(values: tuple[tuple[str, ...], ...], switches: tuple[str, ...]) -> _Parser:
    parser = _Parser(add_help=False)
    for names in values:
        parser.add_argument(*names, action=_Keep, dest=names[0])
    for name in switches:
        parser.add_argument(name, action=_Keep, nargs=0, dest=name)
    parser.add_argument("-r", "--requirement", action="append", dest="requirement")
    return parser
