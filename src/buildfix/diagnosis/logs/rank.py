"""Which of all that a log says is the cause.

A log is a tree of sections that installers open and close. What a section printed before it ended
well does not count: probes fail, retries succeed. Of the rest the weightiest counts, and of equals
the earliest, since what comes after usually follows from it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field, replace

from buildfix.catalog import Knowledge
from buildfix.catalog.schema import Mark
from buildfix.core import Cause, Diagnosis, Phase, Weight
from buildfix.diagnosis.logs.certainty import alternatives, among, confidence
from buildfix.diagnosis.logs.match import Found, Scanner
from buildfix.diagnosis.logs.patterns import WEIGHT_ORDER
from buildfix.diagnosis.logs.read import blocks
from buildfix.diagnosis.logs.shown import Surroundings, sentence, surroundings

_KEPT_PER_SECTION = 40
_KEPT = 2000
_DEEPEST = 200
_STREAMS = 1000
_LINES_AROUND = 4
_HINT = WEIGHT_ORDER["hint"]


@dataclass(frozen=True)
class _Finding:
    """A cause where it was found."""

    order: int
    cause: Cause
    project: str | None
    """Of the section in which it was found."""
    collected: str | None
    """The one that the installer had turned to last, outside of all sections."""
    phase: Phase | None
    section: int
    around: Surroundings

    @property
    def place(self) -> tuple[int, str | None]:
        """The part of the log, and the project, that it tells of."""
        return (self.section, self.collected)

    @property
    def rank(self) -> tuple[int, bool, int]:
        """How early it counts; of hints those that name nothing come last, wherever they stand."""
        return (self.order, self.order == _HINT and self.cause.kind == "unknown", self.cause.line)


@dataclass
class _Section:
    """A part of the log that an installer has opened and not closed yet."""

    number: int
    title: str
    phase: Phase | None
    project: str | None
    first: int
    """The number of its first line."""
    kept: Counter[int] = field(default_factory=Counter)
    """How many lines with causes of each order were kept."""

    @property
    def is_extension(self) -> bool:
        """Whether it is the build of one extension, which tells no end if it ends well."""
        return self.phase == "build" and self.project is None


class _Reading:
    """What is known of a log as far as it has been read."""

    def __init__(self) -> None:
        self.failed = False
        self.blamed: str | None = None
        """The project that a summary names as the failed one."""
        self.findings: list[_Finding] = []
        self._errors: list[tuple[int, int]] = []
        """The lines that tell of an error without a cause, and their sections."""
        self._streams: dict[str, list[_Section]] = {}
        self._sections = 0
        self._turned = 0
        """The number of the line in which the installer turned to a project, not in a section."""

    @property
    def tells_of_failure(self) -> bool:
        """Whether something failed and was not tolerated, be its cause in the log or not."""
        return self.failed or bool(self._errors)

    def follow(self, found: Found, mark: Mark) -> None:
        """Follow a mark of the installer."""
        sections = self._sections_of(found.stream)
        match mark.mark:
            case "project":
                sections[-1].project = found.project
                self._turned = found.number if len(sections) == 1 else self._turned
            case "start":
                sections.append(self._section(found.title, mark.phase, found.project, found.number))
                del sections[1:-_DEEPEST]
            case "done" | "failed":
                self._end(sections, found.title, well=mark.mark == "done")
            case "pardon":
                self._pardon(sections[-1], found.number - mark.within, mark.weight)
            case "error":
                self._errors.append((found.number, sections[-1].number))
            case "success":
                while len(sections) > 1 and sections[-1].is_extension:
                    sections.pop()
                self._forget(sections[-1])
                self.failed = self.failed and len(sections) > 1
            case "failure":
                self.failed = True
                self.blamed = self.blamed or found.project

    def add(self, found: Found, around: Surroundings) -> None:
        """Keep the causes of a line, unless this section has had its share."""
        sections = self._sections_of(found.stream)
        section = sections[-1]
        section.kept[found.order] += 1
        if section.kept[found.order] > _KEPT_PER_SECTION:
            return
        project = next((one.project for one in reversed(sections[1:]) if one.project), None)
        phase = next((one.phase for one in reversed(sections) if one.phase), None)
        self.findings += [
            _Finding(
                found.order, cause, project, sections[0].project, phase, section.number, around
            )
            for cause in found.causes
        ]
        if len(self.findings) > _KEPT:
            self._thin_out()

    def _sections_of(self, stream: str) -> list[_Section]:
        """Return the open sections of an output, its root first."""
        if stream not in self._streams and len(self._streams) > _STREAMS:
            stream = next(iter(self._streams))
        if stream not in self._streams:
            self._streams[stream] = [self._section("", None, None, 0)]
        return self._streams[stream]

    def _section(
        self, title: str, phase: Phase | None, project: str | None, first: int
    ) -> _Section:
        self._sections += 1
        return _Section(self._sections, title, phase, project, first)

    def _end(self, sections: list[_Section], title: str, *, well: bool) -> None:
        """Close the section of that title; one whose start is not in the log began with it.

        Once something has failed, the latter is another one: pip tells of each that it builds.
        """
        if not any(section.title == title for section in sections[1:]):
            if well and self.failed:
                return
            del sections[1:]
            if well:
                self._forget_since(self._turned, sections[0])
                return
        closed = sections[0]
        while len(sections) > 1:
            closed = sections.pop()
            if closed.title == title:
                break
        if well:
            self._forget(closed)
        else:
            self.failed = True

    def _forget(self, section: _Section) -> None:
        """Let go of what was found in a section, or in one that began after it."""
        self._forget_since(section.first, section)

    def _forget_since(self, line: int, section: _Section) -> None:
        older, since = self._split(line)
        self.findings = [*older, *(one for one in since if one.section < section.number)]
        self._errors = [(at, own) for at, own in self._errors if at < line or own < section.number]

    def _pardon(self, section: _Section, since: int, weight: Weight | None) -> None:
        """Let go of what was found in a section from a line on, or let it weigh less."""
        older, recent = self._split(since)
        self.findings = older
        self._errors = [
            (at, own) for at, own in self._errors if at < since or own != section.number
        ]
        for one in recent:
            if one.section != section.number:
                self.findings.append(one)
            elif weight:
                self.findings.append(replace(one, order=WEIGHT_ORDER[weight]))

    def let_go_of(self, things: Set[str], stream: str) -> None:
        """Let go of what was said to be absent in a project's build, and is there after all."""
        project = self._sections_of(stream)[0].project
        self.findings = [
            one
            for one in self.findings
            if ":".join(one.cause.identity) not in things or one.collected != project
        ]

    def _split(self, line: int) -> tuple[list[_Finding], list[_Finding]]:
        """Return the findings before a line, and those from it on; they stand by their lines."""
        at = bisect_left(self.findings, line, key=lambda one: one.cause.line)
        return self.findings[:at], self.findings[at:]

    def _thin_out(self) -> None:
        """Keep the weightier half, that memory and time stay bounded whatever the log."""
        best = sorted(self.findings, key=lambda one: one.rank)[: _KEPT // 2]
        self.findings = sorted(best, key=lambda one: one.cause.line)


def diagnose(pieces: Iterable[str], knowledge: Knowledge) -> Diagnosis:
    """Return what a log says, given as pieces of its text cut anywhere; raises RecipeError.

    One pass, and memory that does not grow with the log. `cause` is None only where the log tells
    of no failure.
    """
    scanner = Scanner(knowledge)
    reading = _Reading()
    first = 1
    last: list[str] = []
    for block, following in _with_following(blocks(pieces)):
        lines = [*last, *block.split("\n")]
        shown = [*lines, *following]
        offset = first - len(last)
        for found in scanner.scan(first, block, following):
            if found.mark:
                reading.follow(found, found.mark)
            if found.runs:
                reading.let_go_of(found.runs, found.stream)
            if found.causes:
                reading.add(found, surroundings(shown, found.number - offset, offset))
        first = offset + len(lines)
        last = lines[-_LINES_AROUND:]
    around = surroundings(last, len(last) - 1, first - len(last))
    return replace(_judge(reading, knowledge, around), facts=scanner.facts)


def _with_following(whole: Iterator[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield each block with the few lines that follow it."""
    held = next(whole, None)
    for block in whole:
        if held is not None:
            yield held, block.split("\n", _LINES_AROUND)[:_LINES_AROUND]
        held = block
    if held is not None:
        yield held, []


def _judge(reading: _Reading, knowledge: Knowledge, last: Surroundings) -> Diagnosis:
    ranked = sorted(reading.findings, key=lambda finding: finding.rank)
    if not reading.tells_of_failure and not _tell_of_failure(ranked, last.first):
        return Diagnosis(failed=False)
    if not ranked:
        return replace(_unknown(last), project=reading.blamed)
    best = ranked[0]
    also = _independent(best, ranked, knowledge)
    cause = among(best.cause, also)
    diagnosis = Diagnosis(
        failed=True,
        project=best.project or reading.blamed or _collected(best),
        phase=best.phase,
        cause=cause,
        also=also,
        alternatives=alternatives(cause, (one.cause for one in ranked)),
        excerpt=best.around.out_of_margin(),
    )
    return explained(diagnosis, cause, knowledge)


def explained(diagnosis: Diagnosis, cause: Cause, knowledge: Knowledge) -> Diagnosis:
    """Return a diagnosis with what the recipe of its cause says to people."""
    recipe = knowledge.causes.cause(cause.recipe)
    if recipe is None:
        return diagnosis
    return replace(
        diagnosis,
        says=sentence(recipe, cause, knowledge),
        advice=recipe.advice.format(subject=cause.subject),
        never=tuple(one.format(subject=cause.subject) for one in recipe.never),
    )


def _collected(best: _Finding) -> str | None:
    """Return the project that was collected last; that an index lacks another is not its doing."""
    return None if best.cause.kind == "no-distribution" else best.collected


def _tell_of_failure(ranked: list[_Finding], last_lines: int) -> bool:
    """Return whether a log without any mark of failure, a paste say, failed nevertheless.

    A hint does not tell so, unless it stands among the last lines: a log that ends in an error.
    """
    if not ranked:
        return False
    return ranked[0].order != _HINT or max(one.cause.line for one in ranked) >= last_lines


def _independent(best: _Finding, ranked: list[_Finding], knowledge: Knowledge) -> tuple[Cause, ...]:
    """Return what else is as weighty as the best of its place, each thing once."""
    weightiest: dict[tuple[int, str | None], int] = {}
    for finding in ranked:
        weightiest.setdefault(finding.place, finding.order)
    told = {one.cause.line for one in ranked if one.cause.kind != "source-error"}
    also = {
        _thing(finding.cause, knowledge): finding.cause
        for finding in reversed(ranked)
        if finding.order == weightiest[finding.place] and finding.order != _HINT
        # A message's second line, which says where, is no cause of its own.
        if finding.cause.kind != "source-error" or finding.cause.line - 1 not in told
    }
    also.pop(_thing(best.cause, knowledge), None)
    return tuple(sorted(also.values(), key=lambda cause: cause.line))


def _thing(cause: Cause, knowledge: Knowledge) -> tuple[str, str]:
    """Return what a cause is about: headers of one library are one, and so are broken sources."""
    if cause.kind == "source-error":
        return cause.kind, ""
    capability = knowledge.capability(cause.kind, cause.subject)
    return ("capability", capability.id) if capability else cause.identity


def _unknown(last: Surroundings) -> Diagnosis:
    excerpt = last.out_of_margin()
    number, text = excerpt[last.at]
    return Diagnosis(
        failed=True,
        cause=Cause("unknown", "-", number, text, confidence=confidence("unknown", "hint")),
        excerpt=excerpt,
        says="The log shows a failure, but buildfix does not recognize the cause.",
    )
