"""Resolves all requirements of an install together, as pip does, with resolvelib.

Preferences follow pip's documentation ("Dependency Resolution") and its change log.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from resolvelib import (
    AbstractProvider,
    BaseReporter,
    ResolutionImpossible,
    ResolutionTooDeep,
    Resolver,
)

from buildfix.index.files import File, version_of
from buildfix.index.metadata import Metadata
from buildfix.index.selection import select
from buildfix.index.wanted import (
    PYTHON,
    Candidate,
    Given,
    PackageSource,
    Refused,
    Settings,
    Unreadable,
    Wanted,
    parsed,
    same,
    wanted_by,
)

_AHEAD = 8
"""How many more releases to read ahead when it has to backtrack."""
_ANY_HASH: frozenset[str] = frozenset()
ROUNDS = 100_000
_PATIENCE = 4
"""Seconds of waiting that count as one of computing."""
"""The maximum number of steps; pip's own limit is twice that."""


@dataclass(frozen=True)
class Root:
    """One requirement of the user."""

    text: str
    hashes: tuple[str, ...] = ()
    given: Given | None = None
    """What its URL or path leads to; its extras are in the text."""


@dataclass(frozen=True)
class Resolved:
    """What would be installed, in the order in which it was decided."""

    taken: tuple[tuple[Candidate, str], ...] = ()
    """Each with the requirement that first led to it; without what stays installed."""
    refused: Refused | None = None


class Provider(AbstractProvider[Wanted, Candidate, str]):
    """Answers resolvelib's questions as pip does."""

    def __init__(self, world: PackageSource, settings: Settings):
        """Use `world` as the source of files and metadata; for one resolution only."""
        self._world, self._settings = world, settings
        self._candidates: dict[tuple[str, object], Candidate] = {}
        self._selected: dict[tuple[str, str, frozenset[str]], list[File]] = {}
        self._requested: dict[str, int] = {}
        self._depths: dict[str, float] = {}
        self._begun = (time.process_time(), time.monotonic())
        self.certain = True

    def roots(self, asked: Iterable[Root]) -> Iterator[Wanted]:
        """Yield the user's requirements whose markers hold; raises Unreadable."""
        for place, root in enumerate(asked):
            requirement = parsed(root.text)
            if requirement is None or not self._settings.holds(requirement):
                continue
            wanted = list(self._wanted(requirement, root.given, root.hashes))
            self._requested.setdefault(wanted[0].identifier, place)
            yield from wanted

    def identify(self, requirement_or_candidate: Wanted | Candidate) -> str:
        """Return the name of a project with its extras."""
        return requirement_or_candidate.identifier

    def find_matches(
        self,
        identifier: str,
        requirements: Mapping[str, Iterator[Wanted]],
        incompatibilities: Mapping[str, Iterator[Candidate]],
    ) -> Sequence[Candidate]:
        """Return the candidates that meet all requirements, the best first."""
        if identifier == PYTHON:
            return ()
        name = identifier.partition("[")[0]
        with_extras_first = dict.fromkeys((identifier, name))
        asked = list(chain.from_iterable(requirements.get(one, ()) for one in with_extras_first))
        refused = set(map(id, incompatibilities[identifier]))
        exact = next(filter(None, (one.exact for one in asked)), None)
        found = [exact] if exact else self._indexed(asked, refused)
        if refused:  # it backtracked here before, and may again
            self._look_ahead(name, found, refused)
        limit = self._settings.constraint(name)
        candidates = (self._with_extras(one, asked[0].extras) for one in found)
        return [one for one in candidates if id(one) not in refused and _meets(one, asked, limit)]

    def _look_ahead(self, name: str, found: Iterable[Candidate], refused: set[int]) -> None:
        files = (one.file for one in found if id(one) not in refused)
        self._world.expect(name, list(islice(filter(None, files), _AHEAD)))

    def is_satisfied_by(self, requirement: Wanted, candidate: Candidate) -> bool:
        """Return whether a candidate meets a requirement."""
        return requirement.met_by(candidate)

    def _seconds(self) -> float:
        """Return how long it takes so far; on a busy machine, it would have been shorter."""
        computed, waited = time.process_time() - self._begun[0], time.monotonic() - self._begun[1]
        return max(computed, waited / _PATIENCE)

    def get_dependencies(self, candidate: Candidate) -> Iterator[Wanted]:
        """Yield what a candidate requires; raises ResolutionTooDeep if it takes too long."""
        if self._seconds() > self._settings.seconds:
            raise ResolutionTooDeep(ROUNDS)
        if candidate.base is not None:
            yield Wanted(candidate.name, text=str(candidate.base), exact=candidate.base)
        metadata = self._metadata(candidate)
        if not self._settings.runs(metadata):
            yield Wanted(PYTHON, text=metadata.requires_python)
        elif self._settings.dependencies:
            provided = set(map(canonicalize_name, metadata.extras))
            yield from self._dependencies(metadata, candidate.extras & provided, candidate)

    def narrow_requirement_selection(
        self,
        identifiers: Iterable[str],
        resolutions: Mapping[str, Candidate],  # noqa: ARG002
        candidates: Mapping[str, Iterator[Candidate]],  # noqa: ARG002
        information: Mapping[str, Iterator[Any]],  # noqa: ARG002
        backtrack_causes: Sequence[Any],
    ) -> Iterable[str]:
        """Return those of the identifiers that caused the last backtracking, or all if none did."""
        if self._settings.by_depth:
            return identifiers
        everything = list(identifiers)
        causes = _identifiers(backtrack_causes)
        return [one for one in everything if one in causes] or everything

    def get_preference(
        self,
        identifier: str,
        resolutions: Mapping[str, Candidate],  # noqa: ARG002
        candidates: Mapping[str, Iterator[Candidate]],  # noqa: ARG002
        information: Mapping[str, Iterator[Any]],
        backtrack_causes: Sequence[Any],
    ) -> tuple[Any, ...]:
        """Return the key that decides which project is next: the lowest."""
        rows = list(information[identifier])
        operators = [one for row in rows for one in row.requirement.specifier]
        direct = any(row.requirement.exact is not None for row in rows)
        pinned = any(one.operator[:2] == "==" and "*" not in one.version for one in operators)
        order = self._requested.get(identifier, math.inf)
        if self._settings.by_depth:
            late, caused = identifier == "setuptools", identifier in _identifiers(backtrack_causes)
            depth = self._depth(identifier, rows)
            bound = not operators
            return (late, not direct, not pinned, not caused, depth, order, bound, identifier)
        bounded = any(
            one.operator in ("<", "<=", "~=") or (one.operator == "==" and "*" in one.version)
            for one in operators
        )
        return (not direct, not pinned, not bounded, order, not operators, identifier)

    def best(self, wanted: Wanted) -> Candidate | None:
        """Return the candidate for a requirement alone, or None if nothing meets it."""
        return next(iter(self._indexed([wanted], set())), None)

    def likely(self, wanted: Wanted) -> Metadata | None:
        """Return the metadata that a resolution will most likely need for a requirement."""
        one = self.best(wanted)
        return self._metadata(one) if one is not None else None

    def _depth(self, identifier: str, rows: Sequence[Any]) -> float:
        """Return how many requirements a project is away from the user's request."""
        if identifier in self._requested:
            depth = 1.0
        else:
            parents = [row.parent.name if row.parent else "" for row in rows]
            depth = 1.0 + min((self._depths.get(one, 0.0) for one in parents), default=0.0)
        self._depths[identifier] = depth
        return depth

    def _indexed(self, asked: Sequence[Wanted], refused: set[int]) -> list[Candidate]:
        """Return a project's candidates, installed or in an index, that meet the requirements."""
        first = asked[0]
        specifier = self._settings.constraint(first.name)
        for one in asked:
            specifier &= one.specifier
        hashes = [one.hashes for one in asked if one.hashes]
        allowed = frozenset.intersection(*hashes) if hashes else _ANY_HASH
        files = self._of(first.name, specifier, allowed)
        found = [self._candidate(first.name, file) for file in files]
        there = self._installed(first.name, specifier, first.extras, refused)
        if there is None:
            return found
        others = [one for one in found if one.version != there.version]
        if self._may_upgrade(first.identifier):
            return sorted([there, *others], key=partial(_age, there))
        return [there, *others]

    def _may_upgrade(self, identifier: str) -> bool:
        strategy = self._settings.upgrade
        return strategy == "eager" or (
            strategy == "only-if-needed" and identifier in self._requested
        )

    def _installed(
        self, name: str, specifier: SpecifierSet, extras: frozenset[str], refused: set[int]
    ) -> Candidate | None:
        metadata = self._settings.installed.get(name)
        if metadata is None or self._settings.reinstall:
            return None
        if not specifier.contains(metadata.version, prereleases=True):
            return None
        one = self._candidate(name, None)
        return None if id(self._with_extras(one, extras)) in refused else one

    def _of(self, name: str, specifier: SpecifierSet, hashes: frozenset[str]) -> list[File]:
        key = (name, str(specifier), hashes)
        if key not in self._selected:
            formats = self._settings.formats(name)
            rules = replace(
                self._settings.rules, binary="binary" in formats, source="source" in formats
            )
            self._selected[key] = select(self._world.files(name), specifier, rules, hashes)
        return self._selected[key]

    def _candidate(self, name: str, file: File | None) -> Candidate:
        """Return the one candidate of a file, or of what is installed."""
        key = (name, file)
        if key not in self._candidates:
            version = file.version if file else version_of(self._settings.installed[name].version)
            self._candidates[key] = Candidate(name, version, file)
        return self._candidates[key]

    def _with_extras(self, one: Candidate, extras: frozenset[str]) -> Candidate:
        base = one.base or one
        if not extras:
            return base
        key = (f"{base.name}[{','.join(sorted(extras))}]", str(id(base)))
        if key not in self._candidates:
            self._candidates[key] = replace(base, extras=extras, base=base)
        return self._candidates[key]

    def _metadata(self, candidate: Candidate) -> Metadata:
        if candidate.given is not None:
            metadata = candidate.given.metadata
        elif candidate.file is None:
            return self._settings.installed[candidate.name]
        else:
            try:
                metadata = self._world.metadata(candidate.name, candidate.file)
            except Unreadable:
                metadata = Metadata(certain=False)
        self.certain = self.certain and metadata.certain
        return metadata

    def _dependencies(
        self, metadata: Metadata, extras: Iterable[str], candidate: Candidate
    ) -> Iterator[Wanted]:
        named = tuple(extras)
        if candidate.base is not None and not named:
            return
        for text in metadata.requires:
            requirement = parsed(text)
            if requirement is None:  # pip chooses another release then
                yield from (Wanted(PYTHON, text=text),) if metadata.certain else ()
            elif self._settings.holds(requirement, named):
                yield from self._wanted(requirement)

    def _wanted(
        self, requirement: Requirement, given: Given | None = None, hashes: Sequence[str] = ()
    ) -> Iterator[Wanted]:
        if given is None and requirement.url:
            try:
                given = self._world.by_url(requirement)
            except Unreadable:
                given = Given(Metadata(certain=False), requirement.url)
        if given is None:
            yield from wanted_by(requirement, hashes=hashes)
            return
        name = canonicalize_name(given.metadata.name or requirement.name)
        key = (name, given.place)
        if key not in self._candidates:
            self._candidates[key] = Candidate(name, version_of(given.metadata.version), given=given)
        base = self._candidates[key]
        extras = frozenset(map(canonicalize_name, requirement.extras))
        yield Wanted(name, extras, text=str(requirement), exact=self._with_extras(base, extras))


def resolve(roots: Sequence[Root], world: PackageSource, settings: Settings) -> Resolved:
    """Return what an install of all these would choose."""
    provider = Provider(world, settings)
    try:
        found = Resolver(provider, BaseReporter()).resolve(provider.roots(roots), ROUNDS)
    except ResolutionImpossible as error:
        return Resolved(refused=_refused(list(error.causes), provider))
    except ResolutionTooDeep:
        return Resolved(refused=Refused("too-deep", certain=False))
    rows = []
    for name, candidate in found.mapping.items():
        if candidate.base is None and not _stays(candidate, settings):
            first = next(iter(found.criteria[name].iter_requirement()), None)
            rows.append((candidate, (first and first.text) or str(candidate)))
    return Resolved(tuple(rows))


def _refused(causes: Sequence[Any], provider: Provider) -> Refused:
    """Return why there is no solution, in the way pip reports it."""
    told = tuple(dict.fromkeys(map(_text_and_parent, causes)))
    if any(one.requirement.name == PYTHON for one in causes):
        return Refused("python", told, provider.certain)
    by_name = (one for one in causes if one.requirement.exact is None)
    missing = [one for one in by_name if provider.best(one.requirement) is None]
    if not missing and len(told) > 1:
        return Refused("conflict", told, provider.certain)
    first = next(iter(missing), causes[0])
    certain = provider.certain or first.parent is None
    return Refused("missing", (_text_and_parent(first),), certain)


def _text_and_parent(cause: Any) -> tuple[str, str]:
    return cause.requirement.text, str(cause.parent or "")


def _stays(candidate: Candidate, settings: Settings) -> bool:
    """Return whether exactly this version is installed already, so that nothing has to be done."""
    there = settings.installed.get(candidate.name)
    if candidate.is_installed:
        return True
    if there is None or settings.reinstall or candidate.given is not None:
        return False
    return version_of(there.version) == candidate.version


def _meets(candidate: Candidate, asked: Iterable[Wanted], limit: SpecifierSet) -> bool:
    version = candidate.version
    allowed = version is None or limit.contains(version, prereleases=True)
    return allowed and all(one.met_by(candidate) for one in asked)


def _age(there: Candidate, one: Candidate) -> int:
    """Return -1 for what is newer than what is there, 1 for what is older."""
    if one.version is None or there.version is None:
        return 0
    return (one.version < there.version) - (one.version > there.version)


def _identifiers(causes: Iterable[Any]) -> set[str]:
    named = (one for cause in causes for one in (cause.requirement, cause.parent) if one)
    return {one.identifier for one in named}


__all__ = ["Given", "Refused", "Resolved", "Root", "resolve", "same"]
