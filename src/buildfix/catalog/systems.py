"""The recipe of a system as types: its package manager, releases and packages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any, Literal

from packaging.version import Version

from buildfix.catalog.stored import Problem, stored
from buildfix.catalog.structure import structure
from buildfix.core import Probe
from buildfix.core.errors import RecipeError
from buildfix.core.light_dataclass import dataclass


@dataclass(frozen=True)
class _Probe:
    argv: tuple[str, ...]
    pattern: re.Pattern[str]

    def probe(self) -> Probe:
        return Probe(self.argv, self.pattern.pattern)


@dataclass(frozen=True)
class Packages:
    """The packages that provide a capability on a system."""

    build: tuple[str, ...] = ()
    """Packages to compile and link with it, or the tool itself."""
    run: tuple[str, ...] = ()
    """Packages to only run what was built with it."""
    newer: tuple[str, ...] = ()
    """Packages that provide a newer version than the system's usual one."""
    brings: tuple[str, ...] = ()
    """Ids of companions that these packages depend on."""
    newer_version: str = ""
    """That version, if known."""
    version_of: str | None = None
    """The package whose version is the capability's, if it is not the first one."""
    repository: str | None = None
    """The name of the repository that must be enabled first."""
    keg: str | None = None
    """The keg-only formula whose folders compilers must be given (Homebrew)."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Variables for the installer, so that builds find what these packages install."""
    setup: str | None = None
    """The name of the setup that provides it instead of packages."""
    manager: str | None = None
    """Another package manager than the system's own."""
    base: bool = False
    """It is part of the system itself: nothing has to be installed."""
    unproven: bool = False
    """No published package list of that system confirms these names."""

    @property
    def absent(self) -> bool:
        """Whether the system is known not to have it."""
        return not (self.build or self.run or self.newer or self.setup or self.base)


@dataclass(frozen=True)
class Repository:
    """A package source that a stock system does not use, and how to enable it."""

    title: str
    enable: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Way:
    """One way to perform a setup: a command to run, or instructions for a person."""

    argv: tuple[str, ...] = ()
    manual: str = ""
    needs: str | None = None
    """A command that must be on PATH for this way."""
    when: Literal["attended", "unattended"] | None = None
    """`attended` or `unattended`; None for both."""
    discover: Probe | None = field(default=None, metadata=stored(None, _Probe, _Probe.probe))
    """A command to run first; its pattern's named groups fill `{…}` in `argv`."""
    touch: str | None = None
    """A file that must exist while the command runs."""
    privileged: bool = False
    success: tuple[int, ...] = ()
    """Exit codes other than 0 that mean success (3010: Windows must be restarted)."""
    wait: int = 0
    """Seconds to wait for the setup's `present`, if the command returns before it is done."""

    def __post_init__(self) -> None:
        if bool(self.argv) == bool(self.manual):
            raise Problem("needs either `argv` or `manual`", "argv")


@dataclass(frozen=True)
class Setup:
    """What no package manager installs: Xcode's command line tools, Visual Studio Build Tools."""

    title: str
    present: Probe = field(metadata=stored(None, _Probe, _Probe.probe))
    """Tests whether it is installed."""
    ways: tuple[Way, ...] = ()
    """In order of preference; the first that suits the host is used."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Release:
    """The particulars of one release of a system."""

    version: str = field(default="", metadata=stored(""))
    codename: str = ""
    python: str = ""
    """Major and minor version of its default python3."""
    packages: Mapping[str, Packages] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    """Capabilities that this release does not have."""
    commands: tuple[str, ...] | None = None
    """Programs on a stock machine, if they differ from the system's."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """The upstream version of each capability in this release."""
    repositories: Mapping[str, Repository] = field(default_factory=dict)
    libc: str = ""
    """Its C library with the version, which decides which wheels run there."""
    backports: str = ""
    """The archive's suite with newer versions for this release."""
    externally_managed: bool = False
    """Whether its python3 is marked as externally managed (PEP 668)."""

    def __post_init__(self) -> None:
        """Give each absent capability an empty entry."""
        _note_absent(self)


def _named(releases: Mapping[str, Release]) -> Mapping[str, Release]:
    return {name: replace(release, version=name) for name, release in releases.items()}


@dataclass(frozen=True)
class PythonPackages:
    """How a system packages its own interpreters."""

    headers: tuple[str, ...] = ()
    versioned_headers: tuple[str, ...] = ()
    venv: tuple[str, ...] = ()
    versioned_venv: tuple[str, ...] = ()
    versioned_repository: str | None = None
    """The repository with versions that the system itself does not package."""
    owned: tuple[str, ...] = ()
    """Base prefixes whose interpreters the system owns."""
    interpreter: tuple[str, ...] = ()
    """Packages with the default python3, if a bare image may not have it."""
    pip: tuple[str, ...] = ()
    """Packages with the pip of the default python3."""
    brings_pip: bool = False
    """Whether a Python that is installed there as usual has pip."""


@dataclass(frozen=True)
class ManagerRecipe:
    """A package manager that installs where compilers do not look by default."""

    prefixes: Mapping[str, str] = field(default_factory=dict)
    """Its install prefix, by architecture."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Variables that make builds look there, with `{prefix}`."""
    keg_variables: Mapping[str, str] = field(default_factory=dict)
    """The same for one keg-only formula, with `{prefix}` and `{keg}`."""
    setup: str | None = None
    """The name of the setup that installs the manager itself."""


@dataclass(frozen=True)
class HostRecipe:
    """A system: its package manager, releases, and what provides each capability."""

    id: str = field(metadata=stored("host/id"))
    title: str = field(metadata=stored("host/title"))
    system: str = field(metadata=stored("host/system"))
    manager: str = field(metadata=stored("host/manager"))
    extends: str | None = field(default=None, metadata=stored("host/extends"))
    libc: str = field(default="", metadata=stored("host/libc"))
    """`musl` if it is not glibc on Linux."""
    arch: str = field(default="x86_64", metadata=stored("host/arch"))
    """The architecture of a stock machine."""
    image: str = field(default="", metadata=stored("host/image"))
    """The official container image of a release, with `{version}`; empty if there is none."""
    guide: str = field(default="", metadata=stored("host/guide"))
    """Instructions with `{packages}`, if packages must not be installed by commands."""
    layered: str = field(default="", metadata=stored("host/layered"))
    """How a person adds `{packages}` where the system itself is mounted read-only."""
    read_only: bool = field(default=False, metadata=stored("host/read-only"))
    """A stock machine's own system is mounted read-only."""
    variants: Mapping[str, str] = field(default_factory=dict, metadata=stored("host/variants"))
    """Other recipes for the same os-release(5), each with the file by which it is recognized."""
    commands: tuple[str, ...] = field(default=(), metadata=stored("host/commands"))
    """Programs on a stock machine that setups ask for."""
    managers: Mapping[str, ManagerRecipe] = field(default_factory=dict)
    python: PythonPackages = field(default_factory=PythonPackages)
    releases: Mapping[str, Release] = field(
        default_factory=dict, metadata=stored(None, Mapping[str, Release], _named)
    )
    packages: Mapping[str, Packages] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    """Capabilities that are in no package list of this system."""
    repositories: Mapping[str, Repository] = field(default_factory=dict)
    setups: Mapping[str, Setup] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Give each absent capability an empty entry."""
        _note_absent(self)

    def with_versions(self, versions: Mapping[str, Any], where: str) -> HostRecipe:
        """Return this recipe with a list of its releases' versions; raises RecipeError."""
        listed = structure(versions, Mapping[str, Mapping[str, str]], where)  # type: ignore[type-abstract]
        for name in listed.keys() - self.releases.keys():
            raise RecipeError(f"{where}, key `{name}`", "is not a known key")
        releases = {
            name: replace(release, versions={**listed.get(name, {}), **release.versions})
            for name, release in self.releases.items()
        }
        return replace(self, releases=releases)

    def over(self, base: HostRecipe) -> HostRecipe:
        """Return this recipe with everything added that only `base` has."""
        return replace(
            self,
            extends=None,
            layered=self.layered or base.layered,
            python=self.python if self.python != PythonPackages() else base.python,
            packages={**base.packages, **self.packages},
            repositories={**base.repositories, **self.repositories},
            setups={**base.setups, **self.setups},
            managers={**base.managers, **self.managers},
            releases={
                version: _over(release, base.like(release))
                for version, release in self.releases.items()
            },
        )

    def known(self, version: str) -> Release | None:
        """Return the particulars of a release; None if unknown.

        `9.4` is a release of `9` if the recipe has no closer one; `""` is any release of a rolling
        system.
        """
        name = version
        while name not in self.releases and "." in name:
            name = name.rpartition(".")[0]
        return self.releases.get(name) or self.releases.get("")

    def called(self, codename: str) -> Release | None:
        """Return the release with this codename; None if unknown."""
        named = (one for one in self.releases.values() if one.codename == codename)
        return next(named, None) if codename else None

    def like(self, release: Release) -> Release:
        """Return the release that another system's is made from; empty if unknown."""
        return self.called(release.codename) or self.known(release.version) or Release()

    def release(self, version: str) -> Release:
        """Return the particulars of a release, or of the known one nearest to it."""
        return self.known(version) or self._nearest(version)

    def _nearest(self, version: str) -> Release:
        """Return the newest release that is not newer than a version, else the oldest.

        A version that is not a number belongs to a development branch (sid, edge).
        """
        numbered = {Version(name): one for name, one in self.releases.items() if _number(name)}
        branch = next((one for name, one in self.releases.items() if not _number(name)), None)
        if not numbered or not _number(version):
            return branch or (numbered[max(numbered)] if numbered else Release(version))
        older = [one for one in numbered if one <= Version(version)]
        return numbered[max(older, default=min(numbered))]

    def for_host(self, id: str, version: str, codename: str) -> HostRecipe | None:
        """Return this recipe, whose release `version` is the one that a host has; None if unknown.

        A system that is only like this one (ID_LIKE) numbers its releases in its own way: the
        codename says more.
        """
        own = id == self.id
        by_version, by_codename = self.known(version), self.called(codename)
        found = by_version or by_codename if own else by_codename or by_version
        if found is None:
            return self if own and not self.releases else None
        return replace(self, releases={**self.releases, version: found})

    def titled(self, version: str) -> str:
        """Return the title of the release whose particulars serve for a version."""
        return f"{self.title} {self.release(version).version}".strip()

    def packages_for(self, capability: str, version: str) -> Packages | None:
        """Return the packages for a capability on a release; None if unknown."""
        return self.release(version).packages.get(capability) or self.packages.get(capability)

    def repository(self, name: str, version: str) -> Repository | None:
        """Return a repository for a release."""
        return self.release(version).repositories.get(name) or self.repositories.get(name)

    def version_of(self, capability: str, version: str) -> str | None:
        """Return the upstream version of a capability on a release; None if unknown."""
        return self.release(version).versions.get(capability)


def _note_absent(recipe: HostRecipe | Release) -> None:
    packages = {**dict.fromkeys(recipe.absent, Packages()), **recipe.packages}
    object.__setattr__(recipe, "packages", packages)


def _number(version: str) -> bool:
    return version.replace(".", "").isdigit()


def _over(release: Release, base: Release) -> Release:
    return replace(
        release,
        python=release.python or base.python,
        libc=release.libc or base.libc,
        externally_managed=release.externally_managed or base.externally_managed,
        packages={**base.packages, **release.packages},
        versions={**base.versions, **release.versions},
        repositories={**base.repositories, **release.repositories},
    )
