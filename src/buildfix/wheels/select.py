"""Which of a project's files pip chooses for a target, and why it does not choose a wheel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from packaging.requirements import Requirement
from packaging.version import Version

from buildfix.catalog.wheels import WheelKind
from buildfix.index.files import File
from buildfix.index.selection import Rules, allowed, select
from buildfix.wheels.reasons import Reason, why_forbidden, why_no_python, why_none, why_old_pip
from buildfix.wheels.target import Target


@dataclass(frozen=True)
class Verdict:
    """Which file a requirement leads to on a target."""

    requirement: Requirement
    target: Target
    files: tuple[File, ...]
    taken: File | None
    """The file that this pip chooses; None if no file is compatible."""
    best: File | None
    """The file that a current pip would choose if nothing forbids wheels."""
    reasons: tuple[Reason, ...] = ()
    """Why no wheel is chosen, the nearest miss first."""

    @property
    def served(self) -> bool:
        """Whether a wheel is chosen, so that nothing has to be built."""
        return self.taken is not None and self.taken.is_wheel

    @property
    def has_wheel(self) -> bool:
        """Whether a pip of today takes a wheel, where nothing forbids it."""
        return self.best is not None and self.best.is_wheel

    @property
    def version(self) -> Version | None:
        """The version in question: the one that a current pip would choose."""
        chosen = self.best or self.taken
        if chosen:
            return chosen.version
        allowed = matching(self.files, self.requirement, self.target)
        return max((file.version for file in allowed), default=None)

    @property
    def newer(self) -> File | None:
        """A file of the newest matching release, if that does not support this Python."""
        allowed = matching(self.files, self.requirement, self.target)
        newest = max(allowed, key=lambda file: file.version, default=None)
        if newest is None or self.version is None or newest.version <= self.version:
            return None
        return None if newest.runs_on(self.target.python) else newest


def judge(
    requirement: Requirement, files: Sequence[File], target: Target, kinds: Iterable[WheelKind]
) -> Verdict:
    """Return which of `files` pip chooses for a requirement on a target, and why not a wheel."""
    best = choose(requirement, files, target)
    by_pip = choose(requirement, files, target, by_pip=True)
    verdict = Verdict(requirement, target, tuple(files), by_pip, best)
    if verdict.served:
        return verdict
    return replace(verdict, reasons=_reasons(verdict, tuple(kinds)))


def choose(
    requirement: Requirement, files: Sequence[File], target: Target, *, by_pip: bool = False
) -> File | None:
    """Return the file that a current pip chooses: the newest version, a wheel before its source.

    With `by_pip`, the one that the target's own pip chooses with the user's settings.
    """
    rules = Rules(
        target.python,
        target.taken_by_pip if by_pip else target.taken,
        target.prereleases,
        binary=not (by_pip and target.no_binary),
    )
    return next(iter(select(files, requirement.specifier, rules)), None)


def matching(files: Sequence[File], requirement: Requirement, target: Target) -> list[File]:
    """Return the files whose version meets a requirement, compatible or not."""
    return allowed(files, requirement.specifier, target.prereleases)


def _reasons(verdict: Verdict, kinds: Sequence[WheelKind]) -> tuple[Reason, ...]:
    best, target = verdict.best, verdict.target
    forbidden = (why_forbidden(target),) if target.no_binary else ()
    if best is not None and best.is_wheel:
        old = best.tags.isdisjoint(target.taken_by_pip)
        return (why_old_pip(best, target, kinds), *forbidden) if old else forbidden
    allowed = matching(verdict.files, verdict.requirement, target)
    if not allowed:
        says = f"The index has no version that satisfies {verdict.requirement}."
        return (Reason("no-version", str(verdict.requirement), says),)
    if not any(file.runs_on(target.python) for file in allowed):
        return (why_no_python(allowed, target),)
    of_version = [file for file in allowed if file.version == verdict.version]
    return (*why_none(of_version, target), *forbidden)
