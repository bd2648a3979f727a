"""From the words as typed to the words that the command line library takes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

_ANSWERED_WITHOUT_COMMAND = {"--help", "--version"}


def split_installer_args(argv: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return the words before `--`, and those after it, which are the installer's."""
    words = list(argv)
    if "--" not in words:
        return words, ()
    index = words.index("--")
    return words[:index], tuple(words[index + 1 :])


def arrange(
    words: Sequence[str], commands: Collection[str], with_value: Collection[str]
) -> list[str]:
    """Return the words with a command in front: the one typed, wherever it stands, else `fix`.

    `with_value` are the options whose next word is their value and so no command.
    """
    position = _first_plain(words, with_value)
    if position is None:
        if not words or _ANSWERED_WITHOUT_COMMAND.intersection(words):
            return list(words)
        return ["fix", *words]
    if words[position] in commands:
        return [words[position], *words[:position], *words[position + 1 :]]
    return ["fix", *words]


def _first_plain(words: Sequence[str], with_value: Collection[str]) -> int | None:
    value_next = False
    for index, word in enumerate(words):
        if value_next:
            value_next = False
        elif word in with_value:
            value_next = True
        elif not word.startswith("-") or word == "-":
            return index
    return None
