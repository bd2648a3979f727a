"""Which of all that a log says is the cause.

A log is a tree of sections that installers open and close. What a section printed before it ended
well does not count: probes fail, retries succeed. Of the rest the weightiest counts, and of equals
the earliest, since what comes after usually follows from it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from buildfix.diagnose.clean import clean
from buildfix.diagnose.scan import Found, Scanner
from buildfix.knowledge import Knowledge
from buildfix.knowledge.schema import Mark
from buildfix.model import Cause, Diagnosis, Phase

_KEPT_PER_SECTION = 40
_LINES_AROUND = 4
_HINT = 2


@dataclass
class _Finding:
    """A cause where it was found."""

    order: int
    cause: Cause
    project: str | None
    phase: Phase | None
    section: int
    before: tuple[tuple[int, str], ...]
    after: list[tuple[int, str]] = field(default_factory=list)

    @property
    def rank(self) -> tuple[int, int]:
        return (self.order, self.cause.line)


@dataclass
class _Section:
    """A part of the log that an installer has opened and not closed yet."""

    number: int
    title: str
    phase: Phase | None
    project: str | None
    first: int
    """How many findings there were when it began."""


class _Reading:
    """What is known of a log as far as it has been read."""

    def __init__(self) -> None:
        self.failed = False
        self.findings: list[_Finding] = []
        self._open: list[_Section] = []
        self._sections = 0
        self._root = _Section(0, "", None, None, 0)

    @property
    def section(self) -> _Section:
        return self._open[-1] if self._open else self._root

    def follow(self, found: Found, mark: Mark) -> None:
        """Follow a mark of the installer."""
        kind = mark.mark
        if kind == "project":
            self.section.project = found.project
        elif kind == "start":
            self._start(found, mark)
        elif kind in ("done", "failed"):
            self._end(found.title, well=kind == "done")
        elif kind == "success":
            self._forget(self.section.first)
            self.failed = self.failed and bool(self._open)
        else:
            self.failed = True

    def add(self, found: Found, before: tuple[tuple[int, str], ...]) -> None:
        """Keep the causes of a line, unless this section has had its share."""
        here = self.section
        for cause in found.causes:
            kept = sum(
                one.section == here.number and one.order == found.order for one in self.findings
            )
            if kept < _KEPT_PER_SECTION:
                project, phase = self._place()
                self.findings.append(
                    _Finding(found.order, cause, project, phase, here.number, before)
                )

    def _place(self) -> tuple[str | None, Phase | None]:
        """Return the innermost project and phase that are known."""
        sections = [self._root, *self._open]
        project = next((one.project for one in reversed(sections) if one.project), None)
        phase = next((one.phase for one in reversed(sections) if one.phase), None)
        return project, phase

    def _start(self, found: Found, mark: Mark) -> None:
        self._sections += 1
        self._open.append(
            _Section(self._sections, found.title, mark.phase, found.project, len(self.findings))
        )

    def _end(self, title: str, *, well: bool) -> None:
        """Close the section of that title; one whose start is not in the log began with it."""
        first = 0
        while self._open:
            section = self._open.pop()
            if section.title == title:
                first = section.first
                break
        if well:
            self._forget(first)
        else:
            self.failed = True

    def _forget(self, first: int) -> None:
        del self.findings[first:]


def diagnose(lines: Iterable[str], knowledge: Knowledge) -> Diagnosis:
    """Return what the log says; `cause` is None only where nothing failed. Raises RecipeError."""
    scanner = Scanner(knowledge)
    reading = _Reading()
    recent: deque[tuple[int, str]] = deque(maxlen=_LINES_AROUND)
    for number, raw in enumerate(lines, start=1):
        line = clean(raw)
        found = scanner.scan(number, line)
        _follow(reading.findings, number, line)
        if found and found.mark:
            reading.follow(found, found.mark)
        if found and found.causes:
            reading.add(found, tuple(recent))
        recent.append((number, line))
    return _judge(reading, knowledge, tuple(recent))


def _follow(findings: list[_Finding], number: int, line: str) -> None:
    for finding in findings[-3:]:
        if len(finding.after) < _LINES_AROUND and finding.cause.line < number:
            finding.after.append((number, line))


def _judge(reading: _Reading, knowledge: Knowledge, last: tuple[tuple[int, str], ...]) -> Diagnosis:
    ranked = sorted(reading.findings, key=lambda finding: finding.rank)
    if not ranked and not reading.failed:
        return Diagnosis(failed=False)
    if not ranked or (ranked[0].order == _HINT and not reading.failed):
        return _unknown(last) if reading.failed else Diagnosis(failed=False)
    best = ranked[0]
    recipe = knowledge.causes.cause(best.cause.recipe)
    return Diagnosis(
        failed=True,
        project=best.project,
        phase=best.phase,
        cause=best.cause,
        also=_independent(best, ranked),
        excerpt=(*best.before, (best.cause.line, best.cause.text), *best.after),
        says=recipe.says.format(subject=best.cause.subject) if recipe else "",
        never=tuple(
            dead_end.format(subject=best.cause.subject)
            for dead_end in (recipe.never if recipe else ())
        ),
    )


def _independent(best: _Finding, ranked: list[_Finding]) -> tuple[Cause, ...]:
    """Return what else is as weighty as the best of its section, each cause once."""
    weightiest: dict[int, int] = {}
    for finding in ranked:
        weightiest.setdefault(finding.section, finding.order)
    also = {
        finding.cause.identity: finding.cause
        for finding in reversed(ranked)
        if finding.order == weightiest[finding.section] and finding.order != _HINT
    }
    also.pop(best.cause.identity, None)
    return tuple(sorted(also.values(), key=lambda cause: cause.line))


def _unknown(last: tuple[tuple[int, str], ...]) -> Diagnosis:
    number, text = last[-1]
    return Diagnosis(
        failed=True,
        cause=Cause("unknown", "-", number, text),
        excerpt=last,
        says="The log says that it failed, and nothing in it that buildfix knows says why.",
    )
