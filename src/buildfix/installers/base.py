"""What buildfix asks of an installer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from buildfix.core import InstallerName, Interpreter, Variables
from buildfix.installers.option import Option

Argv = tuple[str, ...]


class Installer(ABC):
    """The argument vectors, options and variables of pip or another installer."""

    name: ClassVar[InstallerName]
    program: ClassVar[str | None] = None
    """The program that it needs on PATH; None for the target's own pip."""
    uses_pip: ClassVar[bool] = False
    """Whether the target's pip installs: its version, resolver and temporary files count."""
    values: ClassVar[tuple[tuple[str, ...], ...]]
    """Options with a value that hold for every install of a run, each with its other names."""
    switches: ClassVar[tuple[str, ...]]
    """Such options without a value."""
    variables: ClassVar[Variables] = ()
    """Keep it from asking questions, showing progress and giving notices."""
    no_cache: ClassVar[str]
    """The option by which it keeps nothing."""
    reinstall: ClassVar[str]
    """The option by which it installs what is installed already."""

    @abstractmethod
    def install(self, python: str) -> Argv:
        """Return the start of a command that installs into the environment of `python`."""

    @abstractmethod
    def uninstall(self, python: str) -> Argv:
        """Return the start of a command that removes from the environment of `python`."""

    @abstractmethod
    def constrained(self, interpreter: Interpreter, constraints: str) -> tuple[Argv, Variables]:
        """Return what applies a file of constraints to build requirements."""

    @abstractmethod
    def unisolated(self, names: Sequence[str]) -> Argv:
        """Return what builds these projects without isolation; `*` means all."""

    @abstractmethod
    def no_binary(self, names: Sequence[str]) -> Argv:
        """Return what builds these projects from source."""

    @abstractmethod
    def configured(self, environ: Mapping[str, str], prefix: str) -> tuple[Option, ...]:
        """Return the places and hashes that variables and configuration files set."""

    def caching(self, interpreter: Interpreter, cache: Path) -> tuple[Argv, Variables]:
        """Return what it needs beside --cache-dir to keep the wheels that it builds."""
        del interpreter, cache
        return (), ()

    def takes_config_settings(self, interpreter: Interpreter) -> bool:
        """Return whether settings for build backends can be given to it."""
        del interpreter
        return False

    def merged(self, own: Sequence[Option], listed: Sequence[Option]) -> tuple[Option, ...]:
        """Return the options of the command line with those of requirements files."""
        return (*own, *listed)

    def as_pip(self, options: Iterable[Option]) -> tuple[Option, ...]:
        """Return its options as pip has them, without those that pip does not have."""
        return tuple(options)

    def variable(self, option: str) -> str:
        """Return the name of the variable that sets an option, empty if none does."""
        del option
        return ""
