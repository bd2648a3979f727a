"""What a source tree says about building it, read without running any of it."""

from __future__ import annotations

from buildfix.hosts.surroundings import Surroundings
from buildfix.sources.apart import read_apart
from buildfix.sources.archive import SourceTree, SourceUnreadable, open_tree
from buildfix.sources.findings import Finding
from buildfix.sources.reading import Reading, read_source

__all__ = [
    "Finding",
    "Reading",
    "SourceTree",
    "SourceUnreadable",
    "Surroundings",
    "open_tree",
    "read_apart",
    "read_source",
]
