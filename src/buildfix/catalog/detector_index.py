"""Finds the capability that claims a name."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from itertools import chain

from buildfix.catalog.schema import Capability

_CASELESS = frozenset({"words", "cmake"})
"""Detectors for which the case of letters does not matter."""


class DetectorIndex:
    """Finds the capability that claims a name in one detector.

    Globs are stored under the text before their first `*`, so an unknown name is looked up by its
    prefixes instead of being tried against a thousand globs.
    """

    def __init__(self, detector: str, capabilities: Iterable[Capability]):
        self._caseless = detector in _CASELESS
        self._exact: dict[str, Capability] = {}
        self._globs: dict[str, list[tuple[str, Capability]]] = {}
        for capability in capabilities:
            for name in map(self._fold, capability.detectors.get(detector, ())):
                if "*" in name:
                    beginning = name.partition("*")[0]
                    self._globs.setdefault(beginning, []).append((name, capability))
                else:
                    self._exact[name] = capability
        self._longest = max(map(len, self._globs), default=0)

    def find(self, subject: str) -> Capability | None:
        """Return the capability that claims `subject`: exact names, then the longest prefix."""
        name = self._fold(subject)
        if name in self._exact:
            return self._exact[name]
        longest = min(len(name), self._longest)
        beginnings = (name[:end] for end in range(longest, -1, -1))
        globs = chain.from_iterable(self._globs.get(one, ()) for one in beginnings)
        return next((owner for glob, owner in globs if fnmatchcase(name, glob)), None)

    def _fold(self, name: str) -> str:
        return name.lower() if self._caseless else name
