"""`buildfix install ARGS...`: the words of `pip install`, as those of `buildfix fix`.

What buildfix understands itself (requirements, `-r`, `-e`, its own options) stays; pip's other
options go to the installer untouched, as if they stood behind `--`. Where both have an option of
one name (`--python`, `--dry-run`, `-q`, `-v`, `--no-color`, `-h`), it is buildfix's, which means
the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from buildfix.catalog.commands import CommandWords, command_words
from buildfix.core.errors import UsageError


@dataclass(frozen=True)
class OwnOptions:
    """The options of `buildfix fix`."""

    flags: Collection[str]
    with_value: Collection[str]


@dataclass
class _Sorted:
    """Words, parted by who reads them."""

    own: list[str] = field(default_factory=list)
    installer: list[str] = field(default_factory=list)


def from_pip_words(words: Sequence[str], own: OwnOptions) -> tuple[list[str], tuple[str, ...]]:
    """Return the words for `buildfix fix` and those for the installer.

    Raises UsageError for an option that neither knows: its value would be taken for a project.
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
    """Return an option with its value, which is the next word where it has none yet."""
    if value or "=" in word:
        return [word]
    if not pending:
        raise UsageError(f"Option {word} needs a value.", do="See `buildfix install --help`.")
    return [word, pending.pop(0)]


def _spread(words: Sequence[str], own: OwnOptions, pip: CommandWords) -> list[str]:
    """Return the words with each short option in one of its own: `-Ur x` is `-U -r x`.

    A word that is the value of an option stays as it is.
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
