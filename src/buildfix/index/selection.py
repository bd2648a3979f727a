"""Which files of a project an installer accepts, the best first: one selection for all callers.

The rules are pip's: Requires-Python, the target's tags, forbidden wheels or sources, pre-releases
(PEP 440), yanked files (PEP 592), hashes, build tags, --prefer-binary.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.tags import Tag

from buildfix.index.files import File


@dataclass(frozen=True)
class Rules:
    """What a target accepts, and the user's settings for the installer."""

    python: str
    """The target's Python version."""
    rank: Mapping[Tag, int]
    """The tags of the wheels that it accepts, with their rank (0 is best)."""
    prereleases: bool = False
    prefer_binary: bool = False
    any_python: bool = False
    """Whether to ignore Requires-Python."""
    binary: bool = True
    """Whether wheels of the project are allowed."""
    source: bool = True
    """Whether sdists of the project are allowed."""

    def fits(self, file: File) -> bool:
        """Return whether a file is acceptable, whatever its version."""
        if not (self.any_python or file.runs_on(self.python)):
            return False
        if not file.is_wheel:
            return self.source
        return self.binary and any(tag in self.rank for tag in file.tags)

    def order(self, file: File) -> tuple[Any, ...]:
        """Return the sort key of a file; the highest is preferred."""
        places = [self.rank[tag] for tag in file.tags if tag in self.rank]
        place = -min(places, default=len(self.rank))
        preferred = file.is_wheel and self.prefer_binary
        return preferred, file.version, place, file.build


def select(
    files: Iterable[File], specifier: SpecifierSet, rules: Rules, hashes: Collection[str] = ()
) -> list[File]:
    """Return one file of each acceptable version, the best first.

    `hashes` are the allowed hashes; if there are none, any file is allowed.
    """
    found = allowed([file for file in files if rules.fits(file)], specifier, rules.prereleases)
    ranked = sorted(_hashed(found, hashes), key=rules.order)
    best = {file.version: file for file in ranked}  # of equal ones the last, as in pip
    return sorted(best.values(), key=rules.order, reverse=True)


def allowed(
    files: Sequence[File], specifier: SpecifierSet, prereleases: bool = False
) -> list[File]:
    """Return the files whose version meets a specifier.

    Pre-releases are included only if requested or if there is nothing else (PEP 440); yanked files
    only if the version is pinned and there is nothing else (PEP 592).
    """
    versions = set(specifier.filter({file.version for file in files}, prereleases or None))
    found = [file for file in files if file.version in versions]
    kept = [file for file in found if not file.yanked]
    return found if not kept and is_pinned(specifier) else kept


def is_pinned(specifier: SpecifierSet) -> bool:
    """Return whether a specifier names one version."""
    return any(
        one.operator == "===" or (one.operator == "==" and not one.version.endswith(".*"))
        for one in specifier
    )


def _hashed(files: Sequence[File], hashes: Collection[str]) -> Sequence[File]:
    """Return the files that have an allowed hash or whose hash the index does not list.

    If none has an allowed hash, return all: the installer itself rejects them.
    """
    if not hashes or not any(set(file.hashes) & set(hashes) for file in files):
        return files
    return [file for file in files if not file.hashes or set(file.hashes) & set(hashes)]
