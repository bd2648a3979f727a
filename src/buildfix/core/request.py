"""What the user asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

InstallerName = Literal["pip", "uv"]


@dataclass(frozen=True)
class FetchOptions:
    """How distributions get into the target by name: what the user told the installer of it."""

    installer: InstallerName = "pip"
    arguments: tuple[str, ...] = ()
    """Options on indexes, constraints, hashes, proxies and certificates, for every install."""
    closed: str = ""
    """Why no distribution may be fetched by its name alone; empty where one may."""
    folders: tuple[str, ...] | None = None
    """The local folders that hold all that may be installed; None where an index may be asked."""
    direct: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Projects that were asked for by path or URL, each with the words that ask for it again."""


@dataclass(frozen=True)
class Request:
    """What the user asked for."""

    requirements: tuple[str, ...] = ()
    """Requirement specifiers, paths and URLs, as given."""
    requirement_files: tuple[str, ...] = ()
    editables: tuple[str, ...] = ()
    python: str | None = None
    """The interpreter to install into; None: found by the rules of the contract."""
    from_source: bool = False
    installer: InstallerName = "pip"
    installer_args: tuple[str, ...] = ()
    """Passed to the installer untouched."""
    jobs: int | None = None
    """Compile jobs at once; None: limited by cores and free memory."""
    unattended: bool = False
    complete: bool = False
    "Also install the optional libraries that builds can use."
    max_rounds: int = 12
    "Give up after this many failed builds."
    wheelhouse: str | None = None
    """A folder where built wheels are kept and looked for first."""
    allow_version_change: bool = False
    """Unattended, another version than asked for may be taken where nothing else serves."""
    clean: bool = False
    """After success, remove build-only packages that this run installed."""

    @property
    def words(self) -> tuple[str, ...]:
        """All that was asked, as one would say it to pip."""
        return (
            *(word for path in self.requirement_files for word in ("-r", path)),
            *(word for path in self.editables for word in ("-e", path)),
            *self.requirements,
        )
