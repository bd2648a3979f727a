"""What buildfix asks of an installer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from buildfix.core import InstallerName, Interpreter, Variables
from buildfix.installers.option import Option

Argv = tuple[str, ...]


class Installer(Protocol):
    """The argument vectors, options and variables of pip or another installer."""

    name: InstallerName
    program: str | None
    """The program that it needs on PATH; None for the target's own pip."""
    uses_pip: bool
    """Whether the target's pip installs: its version, resolver and temporary files count."""
    values: tuple[tuple[str, ...], ...]
    """Options with a value that hold for every install of a run, each with its other names."""
    switches: tuple[str, ...]
    """Such options without a value."""
    variables: Variables
    """Keep it from asking questions, showing progress and giving notices."""
    no_cache: str
    """The option by which it keeps nothing."""
    reinstall: str
    """The option by which it installs what is installed already."""

    def install(self, python: str) -> Argv:
        """Return the start of a command that installs into the environment of `python`."""
        ...

    def uninstall(self, python: str) -> Argv:
        """Return the start of a command that removes from the environment of `python`."""
        ...

    def caching(self, interpreter: Interpreter, cache: Path) -> tuple[Argv, Variables]:
        """Return what it needs beside --cache-dir to keep the wheels that it builds."""
        ...

    def constrained(self, interpreter: Interpreter, constraints: str) -> tuple[Argv, Variables]:
        """Return what applies a file of constraints to build requirements."""
        ...

    def unisolated(self, names: Sequence[str]) -> Argv:
        """Return what builds these projects without isolation; `*` means all."""
        ...

    def no_binary(self, names: Sequence[str]) -> Argv:
        """Return what builds these projects from source."""
        ...

    def takes_config_settings(self, interpreter: Interpreter) -> bool:
        """Say whether it passes settings to build backends."""
        ...

    def configured(self, environ: Mapping[str, str], prefix: str) -> tuple[Option, ...]:
        """Return the places and hashes that variables and configuration files set."""
        ...

    def merged(self, own: Sequence[Option], listed: Sequence[Option]) -> tuple[Option, ...]:
        """Return the options of the command line with those of requirements files."""
        ...

    def as_pip(self, options: Iterable[Option]) -> tuple[Option, ...]:
        """Return its options as pip has them, without those that pip does not have."""
        ...

    def variable(self, option: str) -> str:
        """Return the name of the variable that sets an option, empty if none does."""
        ...
