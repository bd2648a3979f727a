"""What was asked of the machine: each answer holds while what it rests on is the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

_Answer = TypeVar("_Answer")


class Answers:
    """The last answer to each question, with what it rests on."""

    def __init__(self) -> None:
        """Begin with none."""
        self._known: dict[str, tuple[object, object]] = {}

    def to(self, question: str, rests_on: object, find: Callable[[], _Answer]) -> _Answer:
        """Return the answer to a question; `find` is called where it is not known yet."""
        known = self._known.get(question)
        if known is None or known[0] != rests_on:
            known = self._known[question] = (rests_on, find())
        return cast("_Answer", known[1])

    def known(self, question: str) -> Any:
        """Return the last answer to a question, None where it was not asked."""
        return self._known.get(question, (None, None))[1]

    def is_new(self, question: str, rests_on: object) -> bool:
        """Say whether a question was not asked of just this before."""
        known = self._known.get(question)
        self._known[question] = (rests_on, None)
        return known is None or known[0] != rests_on
