"""`buildfix install ARGS...`: translates the arguments of `pip install` for `buildfix fix`.

buildfix keeps what it understands itself: requirements, `-r`, `-e`, its own options. pip's other
options go to the installer unchanged, as if they were given after `--`. Options that both have
(`--python`, `--dry-run`, `-q`, `-v`, `--no-color`, `-h`) are buildfix's; they mean the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import field

from buildfix.catalog.command_words import CommandWords, command_words
from buildfix.core.errors import UsageError
from buildfix.core.light_dataclass import dataclass
from buildfix.core.program import own_command


@dataclass(frozen=True)
class OwnOptions:
    """The options of `buildfix fix`, by whether they take a value."""

    flags: Collection[str]
    with_value: Collection[str]


@dataclass
class _Sorted:
    """Words, separated by who parses them."""

    own: list[str] = field(default_factory=list)
    installer: list[str] = field(default_factory=list)


def from_pip_words(words: Sequence[str], own: OwnOptions) -> tuple[list[str], tuple[str, ...]]:
    """Return the words for `buildfix fix` and those for the installer.

    Raises UsageError for an unknown option: its value could be mistaken for a project.
    """
    pip = command_words()
    parted = _Sorted()
    pending = _spread(words, own, pip)
    while pending:
        word = pending.pop(0)
        name, _, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if not word.startswith("-") or word == "-" or name in own.flags:
            parted.own.append(word)
        elif name in own.with_value:
            parted.own += _with_value(word, value, pending)
        elif name in pip.flags:
            parted.installer.append(word)
        elif name in pip.with_value:
            parted.installer += _with_value(word, value, pending)
        else:
            raise _unknown(name, pip)
    return parted.own, tuple(parted.installer)


def _with_value(word: str, value: str, pending: list[str]) -> list[str]:
    """Return an option with its value, taken from the next word if there is no `=`."""
    if value or "=" in word:
        return [word]
    if not pending:
        raise UsageError(
            f"Option {word} needs a value.", do=f"See `{own_command('install --help')}`."
        )
    return [word, pending.pop(0)]


def _spread(words: Sequence[str], own: OwnOptions, pip: CommandWords) -> list[str]:
    """Return the words with combined short options separated: `-Ur x` is `-U -r x`.

    The value of an option stays as it is.
    """
    takes = {*own.with_value, *pip.with_value}
    spread: list[str] = []
    value_next = False
    for word in words:
        if value_next or not word.startswith("-") or word.startswith("--") or word == "-":
            spread.append(word)
            value_next = not value_next and word in takes
            continue
        letters = word[1:]
        while letters:
            option, letters = f"-{letters[0]}", letters[1:]
            spread.append(option)
            if option in takes:
                spread += [letters] if letters else []
                value_next = not letters
                break
    return spread


def _unknown(name: str, pip: CommandWords) -> UsageError:
    if name in pip.unread:
        return UsageError(
            f"buildfix does not support {name}.",
            do="Name the requirements, or use -r with a requirements file.",
        )
    return UsageError(
        f"No such option: {name}.",
        do="Arguments after `--` are passed to the installer unchanged.",
    )
