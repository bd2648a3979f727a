"""Lets patterns match what a person reads the same: other quotes, articles and letter cases.

Quotes and articles are made the same in a pattern and in a line; of each word in a pattern, the
first letter may have either case.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from buildfix.catalog.stored import LazyPattern

_QUOTES = '"`\u2018\u2019\u201c\u201d\u00b4'
_ASCII_QUOTES = '"`'
_SAME_QUOTES = str.maketrans(_QUOTES, "'" * len(_QUOTES))
_ARTICLES = re.compile(r"[TtAa](?<![\w./-].)(?:(?<=[Tt])he|(?<=[Aa])n?) (?=\S)")
"""Begins with a class of letters, for which alone a regular expression searches quickly."""
_QUOTE_ESCAPE = re.compile(r"\\u(?:2018|2019|201[cCdD]|00[bB]4)|\\[\"`]")
_ARTICLE_CLASS = re.compile(r"\[(?:Tt|tT)\]he\b|(?:\[(?:Aa|aA)\]|(?<![\w\\])a)n\?(?= )")
_LABELS = frozenset({"error", "fatal", "exception", "warning"})
_SHORTEST = 2
"""Words with fewer letters are names or parts of options: their case counts."""
_BY_HAND = (
    "RuntimeError|ValueError|OSError|EnvironmentError|IOError|Exception|AssertionError|SystemExit"
    "|DistutilsError|CompileError"
)
_OR = rf"(?:{_BY_HAND}|[Ee]rror|ERROR)"
_RAISED = re.compile(
    rf"\(\?:(?:{_OR}\|)*(?:{_BY_HAND})(?:\|{_OR})*\)(?=: )|(?<![\w|(.])(?:{_BY_HAND})(?=: )"
)
_ANY_RAISED = r"(?:[\w.]*(?:Error|Exception|Exit)|ERROR|error)"
"""What a build script raises by hand: the class says nothing."""
_TOKEN = re.compile(
    r"""
    \\u[0-9a-fA-F]{4} | \\.                                   # an escape
    | \[\^?\]?(?:\\.|[^\]\\])*\]                              # a class
    | \(\?(?:P<\w+>|P=\w+\)|<[=!]|[:=!]|[a-zA-Z-]+[:)]|\(\w+\))   # the start of a group
    | \{\d*,?\d*\}                                            # a number of repetitions
    | (?P<word>[A-Za-z][A-Za-z0-9_]*)
    | .""",
    re.VERBOSE | re.DOTALL,
)
_REPEATS = ("?", "*", "+", "{")
_ARTICLE_WORDS = frozenset({"the", "The", "a", "A", "an", "An"})


class _Token(NamedTuple):
    """A part of a pattern."""

    text: str
    is_word: bool = False


_BLANK, _END = _Token(" "), _Token("")


def plain(line: str) -> str:
    """Return a line with one kind of quote, and without articles and a full stop."""
    for quote in _ASCII_QUOTES if line.isascii() else _QUOTES:  # much faster than a table
        line = line.replace(quote, "'")
    line = _ARTICLES.sub("", line)
    return line[:-1] if line.endswith(".") and not line.endswith("..") else line


def search(pattern: LazyPattern | re.Pattern[str], line: str) -> re.Match[str] | None:
    """Return the match of a pattern, however tolerant, in a line."""
    return tolerant(pattern.pattern).search(plain(line))


def plain_pattern(pattern: str) -> str:
    """Return a pattern for plain lines, in the case in which it is written."""
    return "".join(token.text for token in _plain_tokens(pattern))


@cache
def tolerant(pattern: str) -> re.Pattern[str]:
    """Return a compiled pattern for plain lines that allows either case of first letters."""
    tokens = _plain_tokens(pattern)
    following = [*tokens[1:], _END]
    return re.compile("".join(map(_either_case, tokens, following)))


def _plain_tokens(pattern: str) -> list[_Token]:
    """Return the tokens of a pattern for plain lines."""
    pattern = _QUOTE_ESCAPE.sub("'", pattern).translate(_SAME_QUOTES)
    pattern = _RAISED.sub(lambda _: _ANY_RAISED, _ARTICLE_CLASS.sub("the", pattern))
    tokens = [_Token(one[0], one["word"] is not None) for one in _TOKEN.finditer(pattern)]
    kept: list[_Token] = []
    for at, token in enumerate(tokens):
        if kept[-1:] == [_BLANK] and _is_last_article(tokens, at):
            kept.pop()
        elif not (_is_full_stop(tokens, at) or _belongs_to_article(tokens, at)):
            kept.append(token)
    return kept


def _is_full_stop(tokens: list[_Token], at: int) -> bool:
    """Return whether a token is the full stop with which a line ends."""
    following = tokens[at + 1].text if at + 1 < len(tokens) else ""
    return tokens[at].text == "\\." and following in ("$", "")


def _is_last_article(tokens: list[_Token], at: int) -> bool:
    """Return whether a token is an article with which an alternative, or the pattern, ends."""
    following = tokens[at + 1].text if at + 1 < len(tokens) else ""
    return tokens[at].text in _ARTICLE_WORDS and following in (")", "|", "")


def _belongs_to_article(tokens: list[_Token], at: int) -> bool:
    """Return whether a token is an article that a blank follows, or is that blank."""
    return _is_article(tokens, at) or (at > 0 and _is_article(tokens, at - 1))


def _is_article(tokens: list[_Token], at: int) -> bool:
    """Return whether a token is an article that a blank follows."""
    following = tokens[at + 1 : at + 3]
    if tokens[at].text not in _ARTICLE_WORDS or following[:1] != [_BLANK]:
        return False
    return not (len(following) > 1 and following[1].text.startswith(_REPEATS))


def _either_case(token: _Token, following: _Token) -> str:
    """Return a token with both cases of a word's first letter; a label may be in capitals, too."""
    word = token.text
    if not token.is_word or len(word) < _SHORTEST:
        return word
    if word.lower() in _LABELS and not following.text.startswith(_REPEATS):
        return f"(?i:{word})"
    return f"[{word[0].upper()}{word[0].lower()}]{word[1:]}"
