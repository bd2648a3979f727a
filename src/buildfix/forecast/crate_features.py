"""Which of the locked crates are compiled, and with which features, by the index of crates."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from buildfix.platforms.surroundings import Surroundings
from buildfix.target_scripts.answers import CrateAnswer, CrateNeed

if TYPE_CHECKING:
    from buildfix.analysis import LockedCrates


@dataclass
class CompiledCrate:
    """A crate that is compiled; versions of it are taken together."""

    features: set[str] = field(default_factory=set)
    uses: set[str] = field(default_factory=set)
    """The crates that it is built with."""
    known: bool = True
    """Whether its features are all that is on: what they turn on is told by the index."""


def compiled_crates(
    locked: LockedCrates, said: Mapping[tuple[str, str], CrateAnswer], place: Surroundings
) -> Mapping[str, CompiledCrate]:
    """Return the crates that are compiled in these surroundings, as far as the index answered.

    One of which the index says nothing is taken to be built with all that the lock file has for it.
    """
    return _Resolution(locked, said, place).compiled


def crate_needs(locked: LockedCrates, compiled: Mapping[str, CompiledCrate]) -> Iterator[str]:
    """Yield what the compiled crates need, as `kind:subject`."""
    from buildfix.analysis.cargo import needs_with

    for name, crate in locked.needs.items():
        found = compiled.get(name)
        if found is None or (name == "cmake" and not _unknown_user(name, locked, compiled)):
            continue
        features = found.features if found.known else None
        source = f"{name.removesuffix('-sys')}-src"
        copied = "*" in crate.bundled or source in found.uses
        copied = copied or not found.features.isdisjoint(crate.bundled)
        yield from needs_with(crate, copied=copied, features=features)


def _unknown_user(crate: str, locked: LockedCrates, compiled: Mapping[str, CompiledCrate]) -> bool:
    """Say whether a crate is used by one that the recipes do not know."""
    return any(crate in one.uses for name, one in compiled.items() if name not in locked.needs)


class _Resolution:
    """Turns on features, and what they bring, until nothing more is turned on."""

    def __init__(
        self,
        locked: LockedCrates,
        said: Mapping[tuple[str, str], CrateAnswer],
        place: Surroundings,
    ):
        self.compiled: dict[str, CompiledCrate] = {}
        self._locked, self._said, self._place = locked, said, place
        self._activated: dict[str, set[str]] = {}
        """The optional dependencies that features turned on, by the names that features use."""
        self._changed = deque[str]()
        for root in locked.roots:
            self._turn_on(root, locked.asked.get(root, ("default",)))
        while self._changed:
            self._follow(self._changed.popleft())

    def _turn_on(self, name: str, features: Iterable[str]) -> None:
        is_new = name not in self.compiled
        crate = self.compiled.setdefault(name, CompiledCrate())
        before = len(crate.features)
        crate.features.update(features)
        if is_new or len(crate.features) > before:
            self._changed.append(name)

    def _follow(self, name: str) -> None:
        crate = self.compiled[name]
        rows = [
            self._said[name, version]
            for version in self._locked.versions.get(name, ())
            if (name, version) in self._said
        ]
        if not rows:
            crate.known = not crate.features
            for needed in self._locked.dependencies.get(name, ()):
                crate.uses.add(needed)
                self._turn_on(needed, self._locked.asked.get(needed, ("default",)))
        for row in rows:
            self._follow_row(name, crate, row)

    def _follow_row(self, name: str, crate: CompiledCrate, row: CrateAnswer) -> None:
        activated = self._activated.setdefault(name, set())
        handed: dict[str, set[str]] = {}
        optional = {one["alias"] for one in row["needs"] if one["optional"]}
        pending, seen = list(crate.features), set[str]()
        while pending:
            feature = pending.pop()
            if feature in seen:
                continue
            seen.add(feature)
            owner, slash, inner = feature.partition("/")
            if slash:
                handed.setdefault(owner.removesuffix("?"), set()).add(inner)
                if not owner.endswith("?"):
                    activated.add(owner)
                    pending.append(owner)
            elif feature.startswith("dep:"):
                activated.add(feature[4:])
            elif feature in row["features"]:
                crate.features.add(feature)
                pending += row["features"][feature]
            elif feature in optional:
                crate.features.add(feature)
                activated.add(feature)
        for need in row["needs"]:
            if self._is_built(need, activated):
                crate.uses.add(need["name"])
                self._turn_on(need["name"], {*need["features"], *handed.get(need["alias"], ())})

    def _is_built(self, need: CrateNeed, activated: set[str]) -> bool:
        from buildfix.analysis.cargo_conditions import holds  # most installs do not compile Rust

        if need["name"] not in self._locked.versions:
            return False
        if need["optional"] and need["alias"] not in activated:
            return False
        return not need["target"] or holds(need["target"], self._place) is not False
