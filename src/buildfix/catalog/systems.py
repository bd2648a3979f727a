"""What a recipe says of a system: its package manager, its releases, and what brings what there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from buildfix.catalog.table import Table, compile_pattern
from buildfix.core import Probe

_Entry = TypeVar("_Entry")


@dataclass(frozen=True)
class Packages:
    """What brings a capability on a system."""

    build: tuple[str, ...] = ()
    """Packages to compile and link against it, or the tool itself."""
    run: tuple[str, ...] = ()
    """Packages only to run what was built against it."""
    newer: tuple[str, ...] = ()
    """Packages that bring a newer version of it beside the system's usual one."""
    brings: tuple[str, ...] = ()
    """Ids of companions that these packages depend on themselves."""
    newer_version: str = ""
    """That version, as far as it is known."""
    version_of: str | None = None
    """The package whose version is the capability's, where that is not the first one's."""
    repository: str | None = None
    """The name of the repository that has to be enabled before."""
    keg: str | None = None
    """The keg-only formula whose folders compilers have to be told (Homebrew)."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What the installer gets so that builds find it where these packages put it."""
    setup: str | None = None
    """The name of the setup that brings it instead of packages."""
    manager: str | None = None
    """Another package manager than the system's own."""
    base: bool = False
    """It is part of the system itself: there is nothing to install."""
    unproven: bool = False
    """No published list of that system was found that holds these names."""

    @property
    def absent(self) -> bool:
        """Whether it is known that the system has none of it."""
        return not (self.build or self.run or self.newer or self.setup or self.base)

    @classmethod
    def read(cls, table: Table) -> Packages:
        """Take packages from their table; raises RecipeError."""
        packages = cls(
            build=table.texts("build"),
            run=table.texts("run"),
            newer=table.texts("newer"),
            brings=table.texts("brings"),
            newer_version=table.text("newer-version", ""),
            version_of=table.optional_text("version-of"),
            repository=table.optional_text("repository"),
            keg=table.optional_text("keg"),
            variables=table.text_map("variables"),
            setup=table.optional_text("setup"),
            manager=table.optional_text("manager"),
            base=table.flag("base"),
            unproven=table.flag("unproven"),
        )
        table.done()
        return packages


@dataclass(frozen=True)
class Repository:
    """A source of packages that a stock system does not use yet, and how it is enabled."""

    title: str
    enable: tuple[tuple[str, ...], ...]

    @classmethod
    def read(cls, table: Table) -> Repository:
        """Take a repository from its table; raises RecipeError."""
        repository = cls(title=table.text("title"), enable=table.text_lists("enable"))
        table.done()
        return repository


@dataclass(frozen=True)
class Way:
    """One way to a setup: a command that is run, or what a person is told."""

    argv: tuple[str, ...] = ()
    manual: str = ""
    needs: str | None = None
    """A command that has to be on PATH for this way."""
    when: str | None = None
    """`attended` or `unattended`, None for both."""
    discover: Probe | None = None
    """What is run before; the named groups of its pattern fill `{…}` in `argv`."""
    touch: str | None = None
    """A file that has to exist while the command runs."""
    privileged: bool = False
    success: tuple[int, ...] = ()
    """Exit codes beside 0 that mean that it is done (3010: after a restart of Windows)."""
    wait: int = 0
    """Seconds until the setup's `present` holds, where the command returns before it is done."""

    @classmethod
    def read(cls, table: Table) -> Way:
        """Take a way from its table; raises RecipeError."""
        way = cls(
            argv=table.texts("argv"),
            manual=table.text("manual", ""),
            needs=table.optional_text("needs"),
            when=table.optional_text("when"),
            discover=_probe(table.table("discover")) if "discover" in table else None,
            touch=table.optional_text("touch"),
            privileged=table.flag("privileged"),
            success=table.numbers("success"),
            wait=table.number("wait", 0),
        )
        if way.when not in (None, "attended", "unattended"):
            raise table.error("when", "must be attended or unattended")
        if bool(way.argv) == bool(way.manual):
            raise table.error("argv", "a way has either `argv` or `manual`")
        table.done()
        return way


@dataclass(frozen=True)
class Setup:
    """What no package manager installs: Xcode's command line tools, Visual Studio Build Tools."""

    title: str
    present: Probe
    """Tells that it is there."""
    ways: tuple[Way, ...]
    """Tried in their order; the first that fits the host is taken."""
    notes: tuple[str, ...] = ()

    @classmethod
    def read(cls, table: Table) -> Setup:
        """Take a setup from its table; raises RecipeError."""
        setup = cls(
            title=table.text("title"),
            present=_probe(table.table("present")),
            ways=tuple(Way.read(way) for way in table.tables("ways")),
            notes=table.texts("notes"),
        )
        table.done()
        return setup


def _probe(table: Table) -> Probe:
    pattern = table.text("pattern")
    compile_pattern(table, "pattern", pattern)
    probe = Probe(table.texts("argv"), pattern)
    table.done()
    return probe


@dataclass(frozen=True)
class Release:
    """What is particular to one release of a system."""

    version: str
    codename: str = ""
    python: str = ""
    """Major and minor version of its default python3."""
    packages: Mapping[str, Packages] = field(default_factory=dict)
    commands: tuple[str, ...] | None = None
    """Programs that a stock machine of it has, where those differ from the system's."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """The upstream version of a capability that this release brings."""
    repositories: Mapping[str, Repository] = field(default_factory=dict)
    libc: str = ""
    """Its C library with the version, which decides what wheels run there."""
    backports: str = ""
    """The suite of the archive with newer versions made for this release."""
    externally_managed: bool = False
    """Whether its python3 is marked as externally managed (PEP 668)."""

    @classmethod
    def read(cls, version: str, table: Table) -> Release:
        """Take a release from its table; raises RecipeError."""
        release = cls(
            version=version,
            codename=table.text("codename", ""),
            python=table.text("python", ""),
            packages=_named(table, "packages", Packages.read),
            commands=table.texts("commands") if "commands" in table else None,
            versions=table.text_map("versions"),
            repositories=_named(table, "repositories", Repository.read),
            libc=table.text("libc", ""),
            backports=table.text("backports", ""),
            externally_managed=table.flag("externally-managed"),
        )
        table.done()
        return release


@dataclass(frozen=True)
class PythonPackages:
    """How a system packages its own interpreters."""

    headers: tuple[str, ...] = ()
    versioned_headers: tuple[str, ...] = ()
    venv: tuple[str, ...] = ()
    versioned_venv: tuple[str, ...] = ()
    versioned_repository: str | None = None
    """The repository of versions that the system itself does not package."""
    owned: tuple[str, ...] = ()
    """Base prefixes whose interpreters the system owns."""
    interpreter: tuple[str, ...] = ()
    """Packages with the default python3, where a bare image of the system may lack it."""
    pip: tuple[str, ...] = ()
    """Packages with the pip of the default python3."""

    @classmethod
    def read(cls, table: Table) -> PythonPackages:
        """Take them from their table; raises RecipeError."""
        python = cls(
            headers=table.texts("headers"),
            versioned_headers=table.texts("versioned-headers"),
            venv=table.texts("venv"),
            versioned_venv=table.texts("versioned-venv"),
            versioned_repository=table.optional_text("versioned-repository"),
            owned=table.texts("owned"),
            interpreter=table.texts("interpreter"),
            pip=table.texts("pip"),
        )
        table.done()
        return python


@dataclass(frozen=True)
class ManagerRecipe:
    """What a package manager installs where compilers do not look by themselves."""

    prefixes: Mapping[str, str] = field(default_factory=dict)
    """Where it installs, by architecture."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What the installer gets so that they look there, with `{prefix}`."""
    keg_variables: Mapping[str, str] = field(default_factory=dict)
    """The same for one keg-only formula, with `{prefix}` and `{keg}`."""
    setup: str | None = None
    """The name of the setup that brings the manager itself."""

    @classmethod
    def read(cls, table: Table) -> ManagerRecipe:
        """Take it from its table; raises RecipeError."""
        manager = cls(
            prefixes=table.text_map("prefixes"),
            variables=table.text_map("variables"),
            keg_variables=table.text_map("keg-variables"),
            setup=table.optional_text("setup"),
        )
        table.done()
        return manager


@dataclass(frozen=True)
class HostRecipe:
    """A system: its package manager, its releases, and what brings what there."""

    id: str
    title: str
    system: str
    manager: str
    extends: str | None = None
    libc: str = ""
    """`musl` where it is not glibc on Linux."""
    arch: str = "x86_64"
    """The architecture of a stock machine."""
    image: str = ""
    """The official container image of a release, with `{version}`; empty where there is none."""
    guide: str = ""
    """Where imperative installs are wrong: what a person is told, with `{packages}`."""
    commands: tuple[str, ...] = ()
    """Programs that a stock machine has and that a way to a setup asks for."""
    managers: Mapping[str, ManagerRecipe] = field(default_factory=dict)
    python: PythonPackages = field(default_factory=PythonPackages)
    releases: Mapping[str, Release] = field(default_factory=dict)
    packages: Mapping[str, Packages] = field(default_factory=dict)
    repositories: Mapping[str, Repository] = field(default_factory=dict)
    setups: Mapping[str, Setup] = field(default_factory=dict)

    @classmethod
    def read(cls, table: Table) -> HostRecipe:
        """Take a system from its file's table; raises RecipeError."""
        head = table.table("host")
        recipe = cls(
            id=head.text("id"),
            title=head.text("title"),
            system=head.text("system"),
            manager=head.text("manager"),
            extends=head.optional_text("extends"),
            libc=head.text("libc", ""),
            arch=head.text("arch", "x86_64"),
            image=head.text("image", ""),
            guide=head.text("guide", ""),
            commands=head.texts("commands"),
            managers=_named(table, "managers", ManagerRecipe.read),
            python=PythonPackages.read(table.table("python")),
            releases={
                version: Release.read(version, release)
                for version, release in table.table("releases").named_tables()
            },
            packages=_named(table, "packages", Packages.read),
            repositories=_named(table, "repositories", Repository.read),
            setups=_named(table, "setups", Setup.read),
        )
        head.done()
        table.done()
        return recipe

    def with_versions(self, table: Table) -> HostRecipe:
        """Return this recipe with the versions of a list of them; raises RecipeError."""
        releases = {
            version: replace(release, versions={**table.text_map(version), **release.versions})
            for version, release in self.releases.items()
        }
        table.done()
        return replace(self, releases=releases)

    def over(self, base: HostRecipe) -> HostRecipe:
        """Return this recipe with all that only `base` knows added."""
        return replace(
            self,
            extends=None,
            python=self.python if self.python != PythonPackages() else base.python,
            packages={**base.packages, **self.packages},
            repositories={**base.repositories, **self.repositories},
            setups={**base.setups, **self.setups},
            managers={**base.managers, **self.managers},
            releases={
                version: _over(release, base.release(version))
                for version, release in self.releases.items()
            },
        )

    def release(self, version: str) -> Release:
        """Return what is particular to a release, nothing where it is not known.

        `9.4` is a release of `9` where the recipe knows no closer one; `""` is any release of a
        system that rolls.
        """
        name = version
        while name not in self.releases and "." in name:
            name = name.rpartition(".")[0]
        return self.releases.get(name) or self.releases.get("") or Release(version)

    def knows(self, version: str) -> bool:
        """Say whether anything is particular to a release, as `release` finds it."""
        return self.release(version) in self.releases.values()

    def packages_for(self, capability: str, version: str) -> Packages | None:
        """Return what brings a capability on a release, None where that is not known."""
        return self.release(version).packages.get(capability) or self.packages.get(capability)

    def repository(self, name: str, version: str) -> Repository | None:
        """Return a repository as a release has it."""
        return self.release(version).repositories.get(name) or self.repositories.get(name)

    def version_of(self, capability: str, version: str) -> str | None:
        """Return the upstream version of a capability on a release, None where it is not known."""
        return self.release(version).versions.get(capability)


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


def _named(table: Table, key: str, read: Callable[[Table], _Entry]) -> dict[str, _Entry]:
    return {name: read(entry) for name, entry in table.table(key).named_tables()}
