"""What a source tree says about building it, read without running any of it."""

from __future__ import annotations

from buildfix.analysis.archive import SourceUnreadable, open_tree
from buildfix.analysis.downloads import Download
from buildfix.analysis.findings import Finding, LockedCrates
from buildfix.analysis.obstacles import Obstacle
from buildfix.analysis.reader_process import read_all_apart, read_apart
from buildfix.analysis.reading import Reading, read_source
from buildfix.platforms.surroundings import Surroundings

__all__ = [
    "Download",
    "Finding",
    "LockedCrates",
    "Obstacle",
    "Reading",
    "SourceUnreadable",
    "Surroundings",
    "open_tree",
    "read_all_apart",
    "read_apart",
    "read_source",
]
