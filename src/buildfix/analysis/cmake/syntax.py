"""CMake's language, parsed as cmake-language(7) has it: commands, and blocks made of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_COMMAND = re.compile(r"[ \t]*([A-Za-z_]\w*)[ \t\n]*\(")
_SPACE = re.compile(r"(?:[ \t\r\n]+|\#\[(=*)\[(?:.|\n)*?\]\1\]|\#[^\n]*)+")
_BRACKET = re.compile(r"\[(=*)\[\n?((?:.|\n)*?)\]\1\]")
_QUOTED = re.compile(r'"((?:\\(?:.|\n)|[^"\\])*)"')
_PLAIN = re.compile(r'(?:\\.|\$\{[^}]*\}|\$<[^>\n]*>|[^\s()"#\\])+(?:"[^"\n]*"[^\s()"#]*)*')


@dataclass(frozen=True)
class Word:
    """An argument as it is written, and whether it stood in quotes or brackets."""

    text: str
    quoted: bool = False
    raw: bool = False
    """In brackets, where nothing is expanded."""


@dataclass
class Command:
    """A command; `body` is what a block that it opens holds, with its elses."""

    name: str
    words: list[Word]
    line: int
    body: list[Command] = field(default_factory=list)
    otherwise: list[Command] = field(default_factory=list)
    """The elseif and else of an if, in their order, each with its own body."""


_OPENS = {
    "if": "endif",
    "foreach": "endforeach",
    "while": "endwhile",
    "function": "endfunction",
    "macro": "endmacro",
    "block": "endblock",
}


def parse(text: str) -> list[Command]:
    """Return the commands of a file; what cannot be understood ends them."""
    root = Command("", [], 0)
    stack: list[tuple[Command, list[Command]]] = [(root, root.body)]
    for command in _commands(text):
        owner, body = stack[-1]
        if command.name in ("elseif", "else") and owner.name == "if":
            owner.otherwise.append(command)
            stack[-1] = (owner, command.body)
        elif command.name == _OPENS.get(owner.name):
            stack.pop()
        else:
            body.append(command)
            if command.name in _OPENS:
                stack.append((command, command.body))
    return root.body


def _commands(text: str) -> list[Command]:
    commands: list[Command] = []
    place, line, counted = 0, 1, 0
    while True:
        space = _SPACE.match(text, place)
        place = space.end() if space else place
        match = _COMMAND.match(text, place)
        if match is None:
            return commands
        line += text.count("\n", counted, match.start())
        counted = match.start()
        words, place = _arguments(text, match.end())
        commands.append(Command(match[1].lower(), words, line))


def _arguments(text: str, place: int) -> tuple[list[Word], int]:
    words: list[Word] = []
    depth = 0
    while place < len(text):
        space = _SPACE.match(text, place)
        if space:
            place = space.end()
            continue
        if text[place] == ")" and depth == 0:
            return words, place + 1
        if text[place] in "()":
            depth += 1 if text[place] == "(" else -1
            words.append(Word(text[place]))
            place += 1
            continue
        word, place = _word(text, place)
        words.append(word)
    return words, place


def _word(text: str, place: int) -> tuple[Word, int]:
    for pattern in (_BRACKET, _QUOTED, _PLAIN):
        match = pattern.match(text, place)
        if match and match.end() > place:
            if pattern is _BRACKET:
                return Word(match[2], True, True), match.end()
            inner = match[1] if pattern is _QUOTED else match[0]
            return Word(inner, pattern is _QUOTED), match.end()
    return Word(text[place]), place + 1
