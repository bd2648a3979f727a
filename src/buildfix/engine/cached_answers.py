"""Cached answers about the machine; each is valid while what it depends on is unchanged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

_Answer = TypeVar("_Answer")


class Answers:
    """The last answer to each question, with what it depends on."""

    def __init__(self) -> None:
        """Start without answers."""
        self._known: dict[str, tuple[object, object]] = {}

    def to(self, question: str, rests_on: object, find: Callable[[], _Answer]) -> _Answer:
        """Return the answer to a question; calls `find` if it is not known yet."""
        known = self._known.get(question)
        if known is None or known[0] != rests_on:
            known = self._known[question] = (rests_on, find())
        return cast("_Answer", known[1])

    def known(self, question: str) -> Any:
        """Return the last answer to a question; None if it was not asked."""
        return self._known.get(question, (None, None))[1]

    def is_new(self, question: str, rests_on: object) -> bool:
        """Return whether a question is asked for the first time about this."""
        known = self._known.get(question)
        self._known[question] = (rests_on, None)
        return known is None or known[0] != rests_on
