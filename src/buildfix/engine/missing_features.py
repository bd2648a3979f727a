"""What the builds left out without a word: optional parts, or all that they should compile."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from buildfix.core import MissingFeature, Need, Proof

if TYPE_CHECKING:
    from buildfix.engine.session import Session

_ALL = "all that it compiles, which its build gave up"
_BUILT = re.compile(r"\s*(?:Building wheel for|Building|Built) (?P<project>[A-Za-z0-9_.-]+)")


def missing_features(session: Session) -> tuple[MissingFeature, ...]:
    """Return what is not in what was built, for want of something that is known here.

    What was seen not to work comes first. Each thing is told once for each project, by its name,
    however many headers and libraries of it were looked for.
    """
    foreseen = session.foreseen_so_far()
    if session.foresight and _has_built(session):
        foreseen = session.foreseen()  # a quick build is done before its source is read
    built = {proof.distribution for proof in session.proofs}
    given_up = tuple(
        replace(one, log=_log_of(session, one.distribution))
        for one in uncompiled(session.proofs, foreseen.compiled)
    )
    wholly = {one.distribution for one in given_up}
    parts = (one for one in session.parts_missing if one.distribution not in wholly)
    missing = (*parts, *given_up)
    optional = [
        (project, need)
        for project, needs in foreseen.optional.items()
        if project in built
        for need in needs
    ]
    if not optional:
        return missing
    session.draft_plan(need for _, need in optional)  # the package lists are asked for all at once
    return (*missing, *_unused(session, optional))


def _has_built(session: Session) -> bool:
    """Say whether the last attempt built anything, by what pip and uv say then."""
    if not session.attempts:
        return False
    with Path(session.attempts[-1].log).open(encoding="utf-8", errors="replace") as lines:
        return any(_BUILT.match(line) for line in lines)


def _log_of(session: Session, distribution: str) -> str:
    """Return the newest log that tells of the build of a distribution, nothing where none does."""
    for attempt in reversed(session.attempts):
        with Path(attempt.log).open(encoding="utf-8", errors="replace") as lines:
            matches = filter(None, map(_BUILT.match, lines))
            built: set[str] = {canonicalize_name(match["project"]) for match in matches}
        if distribution in built:
            return attempt.log
    return ""


def _unused(session: Session, optional: Iterable[tuple[str, Need]]) -> Iterator[MissingFeature]:
    """Yield what was not there and would be made use of."""
    applied = {name for step in session.applied for name in (*step.packages, *step.removes)}
    told = set()
    for project, need in optional:
        capability = session.knowledge.capability(need.kind, need.subject)
        what = capability.title if capability else f"{need.kind.rpartition('-')[0]} {need.subject}"
        if (project, what) in told:
            continue
        packages = _packages(session, need)
        if packages and not applied.issuperset(packages):
            told.add((project, what))
            yield MissingFeature(project, what, packages)


def _packages(session: Session, need: Need) -> tuple[str, ...]:
    return tuple(name for step in session.draft_plan([need]).steps for name in step.packages)


def uncompiled(proofs: Iterable[Proof], compiled: Collection[str]) -> Iterator[MissingFeature]:
    """Yield the projects that compile something of which nothing is in what was installed.

    Such a build went on without its compiled part where that failed, as google-crc32c's does, and
    pyrsistent's under a Python that its C code is too old for.
    """
    for proof in proofs:
        if proof.distribution in compiled and not (proof.compiled or proof.programs):
            yield MissingFeature(proof.distribution, _ALL)
