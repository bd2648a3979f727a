"""What a format of sources says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from buildfix.analysis.pyproject import Project
from buildfix.analysis.survey import Survey


@dataclass(frozen=True)
class SourceFormat:
    """A kind of build files: which projects have them, and what reads them."""

    backends: tuple[str, ...]
    """First names of the build backends (PEP 517) whose projects have this format."""
    read: Callable[[Survey, Project], tuple[str, ...]]
    """Notes what a project needs, and returns what it requires from PyPI beside pyproject.toml."""
    distribution: str | None = None
    """The build requirement by which a backend of another kind hands on to this one."""
    hands_on: bool = False
    """Whether its projects compile by other backends, if they compile anything."""
    declares: bool = False
    """Whether it declares what it links: a header then adds nothing but what is brought along."""
