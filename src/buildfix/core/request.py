"""What the user requested."""

from __future__ import annotations

from typing import Literal

from buildfix.core.light_dataclass import dataclass

InstallerName = Literal["pip", "uv"]


@dataclass(frozen=True)
class FetchOptions:
    """How to install distributions by name: the user's settings for the installer."""

    installer: InstallerName = "pip"
    arguments: tuple[str, ...] = ()
    """Options for indexes, constraints, hashes, proxies and certificates."""
    closed: str = ""
    """Why no distribution may be installed by name; empty if it may."""
    folders: tuple[str, ...] | None = None
    """The local folders with everything that may be installed; None if an index may be used."""
    settings: tuple[str, ...] = ()
    """What an installer that is not pip reads from its variables itself, as such options."""
    direct: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Projects that were requested by path or URL, each with the words that request it again."""


@dataclass(frozen=True)
class Request:
    """What the user requested."""

    requirements: tuple[str, ...] = ()
    """Requirement specifiers, paths and URLs, as given."""
    requirement_files: tuple[str, ...] = ()
    editables: tuple[str, ...] = ()
    python: str | None = None
    """The interpreter to install into; None: chosen by the contract's rules."""
    from_source: bool = False
    installer: InstallerName = "pip"
    installer_args: tuple[str, ...] = ()
    """Arguments passed to the installer unchanged."""
    jobs: int | None = None
    """Parallel compile jobs; None: limited by cores and free memory."""
    unattended: bool = False
    complete: bool = False
    "Also install the optional libraries that builds can use."
    max_rounds: int = 12
    "Give up after this many failed builds."
    wheelhouse: str | None = None
    """A folder where built wheels are saved, and looked for first."""
    allow_version_change: bool = False
    """Whether another version may be installed unattended if nothing else works."""
    clean: bool = False
    """After success, remove build-only packages that this run installed."""
    cache: str | None = None
    """Where compiled objects are kept: a folder, or `auto`; None: nowhere."""
    own_environment: bool = False
    """Whether to install into a new virtual environment in the current folder."""

    @property
    def words(self) -> tuple[str, ...]:
        """Everything requested, as arguments for pip."""
        return (
            *(word for path in self.requirement_files for word in ("-r", path)),
            *(word for path in self.editables for word in ("-e", path)),
            *self.requirements,
        )
