"""buildlog-consultant on the same logs, read as favourably as it can be."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cached_property
from importlib import import_module
from typing import Any

from buildfix.catalog import Knowledge
from buildfix.diagnosis.logs.margins import clean, without_escapes
from tests.scoreboard.cases import Answer, Case, Score, score_answer
from tests.scoreboard.mapping import UNKNOWN, names_of

HOW_TO_GET = "buildlog-consultant is not installed here: pip install buildlog-consultant"

Finder = Callable[[list[str]], tuple[Any, Any]]


class ConsultantMissing(Exception):
    """It cannot be imported."""


class Consultant:
    """Asks buildlog-consultant for the cause of a failed build.

    Its functions for sbuild and autopkgtest want logs with those tools' sections, so the one for
    any build log is asked, as its own command `analyse-build-log` does.
    """

    def __init__(self, knowledge: Knowledge):
        """Use its names for things where `knowledge` has better ones."""
        self._knowledge = knowledge
        self.panics = 0
        """How many readings of logs it has died of."""

    @cached_property
    def find(self) -> Finder:
        """Its function; raises ConsultantMissing."""
        try:
            return import_module("buildlog_consultant.common").find_build_failure_description  # type: ignore[no-any-return]
        except ImportError as error:
            raise ConsultantMissing(HOW_TO_GET) from error

    def score(self, case: Case, text: str) -> Score:
        """Return what of its answer is right; the case of letters does not matter."""
        given, right = self.answer(text), case.folded()
        names = [name.lower() for name in given.names]
        meant = [one for one in right.causes for name in names if fnmatchcase(one, name)]
        return score_answer(right, Answer(given.failed, (*names, *meant), given.lines))

    def answer(self, text: str) -> Answer:
        """Return what it says of a log, by the first reading of it that it recognises.

        A favour: its patterns want a line to begin at the margin, and pip indents what a build
        prints. Where it points at a line and names no problem, that line counts; and where there
        is nothing to find, so does naming no problem.
        """
        found = [self._read(lines) for lines in readings(text)]
        known = [one for one in found if one.names and one.names != UNKNOWN]
        pointed = [one for one in found if one.lines]
        return (known or pointed or found)[0]

    def ask(self, lines: list[str]) -> tuple[Any, Any]:
        """Return the match and the problem that it finds, none where it dies of the log."""
        try:
            return self.find(lines)
        except BaseException as error:
            if type(error).__name__ != "PanicException":
                raise
            self.panics += 1
            return None, None

    def _read(self, lines: list[str]) -> Answer:
        match, problem = self.ask(lines)
        at = _lines_of(match)
        if problem is None:
            return Answer(False, UNKNOWN, at)
        return Answer(True, tuple(self._named(problem.kind, problem.json() or {})), at)

    def _named(self, kind: str, fields: dict[str, object]) -> Iterator[str]:
        for name in names_of(kind, fields):
            yield name
            own, _, subject = name.partition(":")
            yield ":".join(self._knowledge.canonical(own, subject))


def readings(text: str) -> Iterator[list[str]]:
    """Yield a log's lines dedented, as they are, and without any margin; numbers stay the same."""
    lines = without_escapes(text).split("\n")
    yield dedented(lines)
    yield [f"{line}\n" for line in text.split("\n")]
    yield [f"{clean(line)}\n" for line in lines]


def dedented(lines: list[str]) -> list[str]:
    """Return lines without the margin that each run of indented lines has in common.

    What CMake indents below its own messages stays indented.
    """
    result: list[str] = []
    for run in _runs(map(_unboxed, lines)):
        result += textwrap.dedent("".join(f"{line}\n" for line in run)).splitlines(keepends=True)
    return result if len(result) == len(lines) else [f"{line}\n" for line in lines]


def _runs(lines: Iterable[str]) -> Iterator[list[str]]:
    """Yield runs of lines that have a margin in common: pip prints a build's output deeper."""
    run: list[str] = []
    for line in lines:
        if line[:1] not in ("", " ") or "lines of output]" in line or "[end of output]" in line:
            yield from (run, [line])
            run = []
        else:
            run.append(line)
    yield run


def _unboxed(line: str) -> str:
    """Return a line without a box's left edge and without what could end a line within it."""
    line = "".join(" " if char in "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029" else char for char in line)
    bare = line.rstrip()
    return bare.lstrip(" ")[1:] if bare.lstrip(" ")[:1] in ("│", "|", "╰") else bare


def _lines_of(match: Any) -> tuple[int, ...]:
    if match is None:
        return ()
    numbers = getattr(match, "linenos", None)
    return tuple(numbers) if numbers else (match.lineno,)
