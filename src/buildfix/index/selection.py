"""Which files of a project an installer takes, the best first: the one selection for all callers.

The rules are pip's: Requires-Python, the tags that the target takes, wheels or sources forbidden,
pre-releases (PEP 440), yanked files (PEP 592), hashes, build tags, --prefer-binary.
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
    """What a target takes, and what the user told the installer."""

    python: str
    """The target's version."""
    rank: Mapping[Tag, int]
    """The tags of the wheels that it takes, each with its rank, the best the lowest."""
    prereleases: bool = False
    prefer_binary: bool = False
    any_python: bool = False
    """Whether Requires-Python is not looked at."""
    binary: bool = True
    """Whether wheels of the project are allowed."""
    source: bool = True
    """Whether its sources are."""

    def fits(self, file: File) -> bool:
        """Say whether a file can be taken, whatever its version."""
        if not (self.any_python or file.runs_on(self.python)):
            return False
        if not file.is_wheel:
            return self.source
        return self.binary and any(tag in self.rank for tag in file.tags)

    def order(self, file: File) -> tuple[Any, ...]:
        """Return what files are sorted by: the one that goes first has the highest."""
        places = [self.rank[tag] for tag in file.tags if tag in self.rank]
        place = -min(places, default=len(self.rank))
        preferred = file.is_wheel and self.prefer_binary
        return preferred, file.version, place, file.build


def select(
    files: Iterable[File],
    specifier: SpecifierSet,
    rules: Rules,
    hashes: Collection[str] = (),
) -> list[File]:
    """Return one file of each version that may be taken, the best first.

    `hashes` are those that are allowed; with none, any file is.
    """
    found = allowed([file for file in files if rules.fits(file)], specifier, rules.prereleases)
    ranked = sorted(_hashed(found, hashes), key=rules.order)
    best = {file.version: file for file in ranked}  # of equal ones the last, as pip has it
    return sorted(best.values(), key=rules.order, reverse=True)


def allowed(
    files: Sequence[File], specifier: SpecifierSet, prereleases: bool = False
) -> list[File]:
    """Return the files whose version meets a specifier.

    A pre-release is among them only where asked for or where there is nothing else (PEP 440); what
    was yanked only where it is pinned and there is nothing else (PEP 592).
    """
    versions = set(specifier.filter({file.version for file in files}, prereleases or None))
    found = [file for file in files if file.version in versions]
    kept = [file for file in found if not file.yanked]
    return found if not kept and is_pinned(specifier) else kept


def is_pinned(specifier: SpecifierSet) -> bool:
    """Say whether a specifier names one version."""
    return any(
        one.operator == "===" or (one.operator == "==" and not one.version.endswith(".*"))
        for one in specifier
    )


def _hashed(files: Sequence[File], hashes: Collection[str]) -> Sequence[File]:
    """Return the files with an allowed hash, and those of which the index tells none.

    All where none has an allowed one: the installer refuses that itself.
    """
    if not hashes or not any(set(file.hashes) & set(hashes) for file in files):
        return files
    return [file for file in files if not file.hashes or set(file.hashes) & set(hashes)]
