"""What builds silently left out: optional parts, or everything they should compile."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from packaging.utils import canonicalize_name

from buildfix.catalog import Knowledge
from buildfix.core import MissingFeature, Need, Proof

_ALL = "only as pure Python: its build left out what it compiles"
_BUILT = re.compile(r"\s*(?:Building wheel for|Building|Built) (?P<project>[A-Za-z0-9_.-]+)")

Optional = Mapping[str, Sequence[Need]]
"""The optional needs of builds, by distribution."""


def builds_in(log: str) -> frozenset[str]:
    """Return the distributions that an attempt built, by what pip and uv write in its log."""
    with Path(log).open(encoding="utf-8", errors="replace") as lines:
        matches = filter(None, map(_BUILT.match, lines))
        return frozenset(canonicalize_name(match["project"]) for match in matches)


def broken_parts(
    parts: Iterable[MissingFeature],
    proofs: Iterable[Proof],
    compiled: Collection[str],
    logs: Sequence[str],
) -> tuple[MissingFeature, ...]:
    """Return the `parts` that were seen not to work, and the builds that compiled nothing.

    `compiled` are the distributions that compile something, `logs` the attempts' from first to
    last. A distribution that compiled nothing is reported once, with its newest log.
    """
    wholly = {one.distribution: one for one in uncompiled(proofs, compiled)}
    kept = (one for one in parts if one.distribution not in wholly)
    newest = {name: log for log in logs for name in builds_in(log)} if wholly else {}
    return (*kept, *(replace(one, log=newest.get(name, "")) for name, one in wholly.items()))


def unused_features(
    optional: Optional,
    applied: Collection[str],
    knowledge: Knowledge,
    packages_for: Callable[[Need], tuple[str, ...]],
) -> Iterator[MissingFeature]:
    """Yield missing optional features, each once for each project.

    `applied` are the packages that steps installed, `packages_for` returns those that meet a need.
    """
    told = set()
    for project, need in ((project, need) for project, needs in optional.items() for need in needs):
        capability = knowledge.capability(need.kind, need.subject)
        what = capability.title if capability else f"{need.kind.rpartition('-')[0]} {need.subject}"
        if (project, what) in told:
            continue
        packages = packages_for(need)
        if packages and not set(packages).issubset(applied):
            told.add((project, what))
            yield MissingFeature(project, what, packages)


def uncompiled(proofs: Iterable[Proof], compiled: Collection[str]) -> Iterator[MissingFeature]:
    """Yield the projects that compile something but were installed without any compiled file.

    Such a build continued without its compiled part when that failed, as google-crc32c's does, and
    pyrsistent's with a Python that its C code does not support.
    """
    for proof in proofs:
        if proof.distribution in compiled and not (proof.compiled or proof.programs):
            yield MissingFeature(proof.distribution, _ALL)
