"""The protocol of an installer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from buildfix.core import InstallerName, Interpreter, Variables
from buildfix.installers.option import Option

Argv = tuple[str, ...]


class Installer(ABC):
    """The command lines, options and variables of one installer."""

    name: ClassVar[InstallerName]
    program: ClassVar[str | None] = None
    """The program that must be on PATH; None for the target's own pip."""
    uses_pip: ClassVar[bool] = False
    """Whether the target's pip installs; then its version and resolver matter."""
    values: ClassVar[tuple[tuple[str, ...], ...]]
    """Options with a value that apply to every install of a run, each with its aliases."""
    switches: ClassVar[tuple[str, ...]]
    """Such options without a value."""
    variables: ClassVar[Variables] = ()
    """Variables that prevent questions, progress bars and notices."""
    no_cache: ClassVar[str]
    """The option that disables its cache."""
    reinstall: ClassVar[str]
    """The option that reinstalls what is installed already."""

    @abstractmethod
    def install(self, python: str) -> Argv:
        """Return the start of a command that installs into the environment of `python`."""

    @abstractmethod
    def uninstall(self, python: str) -> Argv:
        """Return the start of a command that removes from the environment of `python`."""

    @abstractmethod
    def constrained(self, interpreter: Interpreter, constraints: str) -> tuple[Argv, Variables]:
        """Return the arguments and variables that apply constraints to build requirements."""

    @abstractmethod
    def unisolated(self, names: Sequence[str]) -> Argv:
        """Return the arguments that build these projects without isolation; `*` means all."""

    @abstractmethod
    def no_binary(self, names: Sequence[str]) -> Argv:
        """Return the arguments that build these projects from source."""

    @abstractmethod
    def configured(self, environ: Mapping[str, str], prefix: str) -> tuple[Option, ...]:
        """Return the index places and hash options from variables and configuration files."""

    def caching(self, interpreter: Interpreter, cache: Path) -> tuple[Argv, Variables]:
        """Return the arguments and variables, besides --cache-dir, that keep built wheels."""
        del interpreter, cache
        return (), ()

    def takes_config_settings(self, interpreter: Interpreter) -> bool:
        """Return whether it accepts settings for build backends."""
        del interpreter
        return False

    def merged(self, own: Sequence[Option], listed: Sequence[Option]) -> tuple[Option, ...]:
        """Return the options of the command line combined with those of requirements files."""
        return (*own, *listed)

    def as_pip(self, options: Iterable[Option]) -> tuple[Option, ...]:
        """Return the pip equivalents of its options, without those that pip does not have."""
        return tuple(options)

    def variable(self, option: str) -> str:
        """Return the name of the variable that sets an option; empty if there is none."""
        del option
        return ""
