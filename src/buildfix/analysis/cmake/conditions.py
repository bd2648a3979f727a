"""CMake's conditions, where a variable may be unknown."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from buildfix.analysis.cmake.syntax import Word

if TYPE_CHECKING:
    from buildfix.analysis.cmake.evaluator import Interpreter

Answer = bool | None
_FALSE = frozenset({"", "0", "OFF", "NO", "FALSE", "N", "IGNORE", "NOTFOUND"})
_TRUE = frozenset({"1", "ON", "YES", "TRUE", "Y"})


def decide(words: list[Word], scope: Interpreter) -> Answer:
    """Return whether a condition holds, None where that is unknown."""
    parser = _Parser(words, scope)
    answer = parser.either()
    return answer if parser.done else None


class _Parser:
    def __init__(self, words: list[Word], scope: Interpreter):
        self._words = words
        self._place = 0
        self._scope = scope

    @property
    def done(self) -> bool:
        return self._place >= len(self._words)

    def either(self) -> Answer:
        answer = self._both()
        while self._accept("OR"):
            other = self._both()
            answer = True if True in (answer, other) else None if None in (answer, other) else False
        return answer

    def _both(self) -> Answer:
        answer = self._not()
        while self._accept("AND"):
            other = self._not()
            answer = (
                False if False in (answer, other) else None if None in (answer, other) else True
            )
        return answer

    def _not(self) -> Answer:
        if self._accept("NOT"):
            answer = self._not()
            return None if answer is None else not answer
        if self._accept("("):
            answer = self.either()
            self._accept(")")
            return answer
        return self._test()

    def _accept(self, text: str) -> bool:
        if (
            not self.done
            and not self._words[self._place].quoted
            and self._words[self._place].text == text
        ):
            self._place += 1
            return True
        return False

    def _next(self) -> Word:
        word = self._words[self._place] if not self.done else Word("")
        self._place += 1
        return word

    def _test(self) -> Answer:
        word = self._next()
        unary = _UNARY.get(word.text) if not word.quoted else None
        if unary is not None and not self.done:
            return unary(self._scope, self._next())
        if not self.done and not self._words[self._place].quoted:
            compare = _COMPARISONS.get(self._words[self._place].text)
            if compare is not None:
                self._place += 1
                return compare(_value(self._scope, word), _value(self._scope, self._next()))
        return _holds(self._scope, word)


def _holds(scope: Interpreter, word: Word) -> Answer:
    """Return whether a single word is true: a constant, or a variable that is not false."""
    text = scope.expand(word)
    if text is None:
        return None
    known = constant(text)
    if known is not None:
        return known
    if word.quoted:
        return False
    if not scope.known(text):
        return False
    value = scope.variable(text)
    return None if value is None else constant(value) is not False


def constant(text: str) -> Answer:
    """Return what a word means by itself, None where it is a name."""
    upper = text.upper()
    if upper in _FALSE or upper.endswith("-NOTFOUND"):
        return False
    if upper in _TRUE:
        return True
    return float(text) != 0 if re.fullmatch(r"-?\d+(?:\.\d+)?", text) else None


def _value(scope: Interpreter, word: Word) -> str | None:
    """Return a comparison's side: a variable's value where an unquoted word names one."""
    text = scope.expand(word)
    if text is not None and not word.quoted and scope.known(text):
        return scope.variable(text)
    return text


def _defined(scope: Interpreter, word: Word) -> Answer:
    name = scope.expand(word)
    if name is None:
        return None
    return False if re.fullmatch(r"(?:ENV|CACHE)\{.*\}", name) else scope.known(name)


def _exists(scope: Interpreter, word: Word) -> Answer:
    path = scope.expand(word)
    return None if path is None else scope.exists(path)


def _is_target(scope: Interpreter, word: Word) -> Answer:
    name = scope.expand(word)
    return None if name is None else scope.target(name)


_UNARY: dict[str, Callable[[Interpreter, Word], Answer]] = {
    "DEFINED": _defined,
    "EXISTS": _exists,
    "IS_DIRECTORY": _exists,
    "TARGET": _is_target,
    "COMMAND": lambda _scope, _word: True,
    "POLICY": lambda _scope, _word: True,
    "TEST": lambda _scope, _word: None,
    "IS_ABSOLUTE": lambda scope, word: (
        None if scope.expand(word) is None else str(scope.expand(word)).startswith("/")
    ),
}


def _text_comparison(
    action: Callable[[str, str], bool],
) -> Callable[[str | None, str | None], Answer]:
    return lambda left, right: None if left is None or right is None else action(left, right)


def _number_comparison(
    action: Callable[[float, float], bool],
) -> Callable[[str | None, str | None], Answer]:
    def compare(left: str | None, right: str | None) -> Answer:
        try:
            return (
                action(float(left or ""), float(right or ""))
                if left is not None and right is not None
                else None
            )
        except ValueError:
            return False

    return compare


def _version_comparison(
    action: Callable[[Version, Version], bool],
) -> Callable[[str | None, str | None], Answer]:
    def compare(left: str | None, right: str | None) -> Answer:
        try:
            return None if left is None or right is None else action(Version(left), Version(right))
        except InvalidVersion:
            return None

    return compare


def _matches(text: str, pattern: str) -> bool:
    """Match a short text; a pattern that could take long is not tried."""
    if len(text) > 200 or len(pattern) > 200 or re.search(r"[*+]\)?[*+]|\)[*+]", pattern):
        return pattern.strip("^$.*") in text
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return False


_COMPARISONS: dict[str, Callable[[str | None, str | None], Answer]] = {
    "STREQUAL": _text_comparison(operator.eq),
    "STRLESS": _text_comparison(operator.lt),
    "STRGREATER": _text_comparison(operator.gt),
    "MATCHES": _text_comparison(_matches),
    "EQUAL": _number_comparison(operator.eq),
    "LESS": _number_comparison(operator.lt),
    "GREATER": _number_comparison(operator.gt),
    "LESS_EQUAL": _number_comparison(operator.le),
    "GREATER_EQUAL": _number_comparison(operator.ge),
    "VERSION_EQUAL": _version_comparison(operator.eq),
    "VERSION_LESS": _version_comparison(operator.lt),
    "VERSION_GREATER": _version_comparison(operator.gt),
    "VERSION_LESS_EQUAL": _version_comparison(operator.le),
    "VERSION_GREATER_EQUAL": _version_comparison(operator.ge),
    "IN_LIST": lambda left, right: (
        None if left is None or right is None else left in right.split(";")
    ),
}
