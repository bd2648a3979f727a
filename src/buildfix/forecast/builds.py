"""What the builds of an install will need, read from the sources that pip would build."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from buildfix.catalog import Knowledge
from buildfix.catalog.parallel import MAKEFILES_GENERATED, OBJECTS_APART
from buildfix.catalog.rust import RustRecipe
from buildfix.core import Host, Need, Request
from buildfix.core.errors import BuildfixError
from buildfix.core.tell import Tell, silent
from buildfix.forecast.locked_crates import with_declared_rust
from buildfix.forecast.requested import Build, Settings, asked_for, settings_of
from buildfix.forecast.resolution import Resolution, ResolvedDistribution, Target, walk
from buildfix.forecast.url_sources import Direct, fetch_direct
from buildfix.index.wanted import Refused
from buildfix.installers.request_items import requirement_of
from buildfix.installers.requirements import named_projects, parse, requirements_by_url
from buildfix.machines.local import Machine
from buildfix.platforms.operating_systems import operating_system
from buildfix.platforms.surroundings import Surroundings
from buildfix.platforms.tags import tags_of

if TYPE_CHECKING:
    from buildfix.analysis import Download, Obstacle, Reading


_OF_LIBRARIES = frozenset(
    {
        "header-missing",
        "library-missing",
        "pkgconfig-missing",
        "cmake-package-missing",
        "dependency-missing",
    }
)


@dataclass(frozen=True)
class Forecast:
    """What is known about an install before anything is built."""

    coming: tuple[ResolvedDistribution, ...] = ()
    builds: tuple[Build, ...] = ()
    known: bool = True
    """Whether the index told what would be installed."""
    troubles: tuple[str, ...] = ()
    """Which indexes could not be read completely, each with the reason."""
    unread: tuple[str, ...] = ()
    """Why sources could not be read, one sentence each."""
    unreachable: tuple[Direct, ...] = ()
    """What was requested by URLs that cannot be fetched."""
    refused: Refused | None = None
    """Why the requirements cannot be installed together."""

    def needs(self, knowledge: Knowledge) -> tuple[Need, ...]:
        """Return what the builds need, from their sources and the projects' recipes."""
        return tuple(self.askers(knowledge))

    def askers(
        self, knowledge: Knowledge, environ: Mapping[str, str] | None = None, *, gpu: bool = False
    ) -> dict[Need, str]:
        """Return what the builds need, each with the first project that needs it.

        With `gpu` also what they need to use one; `environ` are the user's settings.
        """
        found: dict[Need, str] = {}
        for build in self.builds:
            for need in needs_of(build, knowledge, environ, gpu=gpu):
                found.setdefault(need, build.name)
        for name in self._compiled_when_imported(knowledge):
            found.setdefault(Need("cuda-missing", "CUDA_HOME"), name)
        return found

    def _compiled_when_imported(self, knowledge: Knowledge) -> Iterator[str]:
        """Yield the projects whose wheels compile their kernels already when they are imported."""
        for one in self.coming:
            recipe = knowledge.project(one.name) if one.wheel else None
            if recipe and recipe.compiles_when_imported:
                yield one.name

    def build_requires(self) -> dict[str, tuple[str, ...]]:
        """Return the projects that would be built, each with its build requirements."""
        return {build.name: build.reading.build_requires for build in self.builds}

    def shown(self) -> dict[str, dict[str, str]]:
        """Return what is proven of all projects to be built (`SHOWN`), each with those projects.

        They have their versions, "" if a source does not say. Nothing is proven if a source could
        not be read.
        """
        if not self.builds or not self._is_all_read():
            return {}
        versions = {one.name: one.version for one in self.coming}
        built = {b.name: versions.get(b.name) or b.reading.version for b in self.builds}
        held = {
            OBJECTS_APART: not any(build.reading.one_by_one for build in self.builds),
            MAKEFILES_GENERATED: all(build.reading.makefiles_generated for build in self.builds),
        }
        return {what: built for what, holds in held.items() if holds}

    def _is_all_read(self) -> bool:
        """Return whether all projects to be built are known and their sources were read."""
        if not self.known or any((self.troubles, self.unread, self.unreachable)):
            return False
        names = {one.name for one in self.coming}
        named = all(build.reading.name or build.name in names for build in self.builds)
        return named and all(one.wheel or one.path for one in self.coming)

    def compiled(self) -> frozenset[str]:
        """Return the projects whose builds compile something, according to their sources."""
        return frozenset(
            build.name
            for build in self.builds
            if any(one.sure and one.need.kind == "compiler-missing" for one in build.reading.needs)
        )

    def compile_seconds(self) -> dict[str, float]:
        """Return about how long one core compiles the sources of each project."""
        return {build.name: build.reading.compile_seconds for build in self.builds}

    def self_sufficient(self, knowledge: Knowledge) -> frozenset[str]:
        """Return the projects whose builds neither need nor use anything of the system."""
        return frozenset(build.name for build in self.builds if _needs_nothing(build, knowledge))

    def optional(self, knowledge: Knowledge) -> dict[str, tuple[Need, ...]]:
        """Return the optional libraries that each project can use.

        This includes libraries under conditions that only the build can evaluate, but not those
        that a recipe calls spare.
        """
        return {build.name: tuple(_libraries(build, knowledge)) for build in self.builds}

    def obstacles(self) -> dict[str, Obstacle]:
        """Return why builds certainly fail, by the name and version of their projects."""
        versions = {one.name: one.version for one in self.coming}
        return {
            f"{build.name} {versions.get(build.name) or build.reading.version}".strip(): one
            for build in reversed(self.builds)
            for one in self._obstacles_of(build)[:1]
        }

    def _obstacles_of(self, build: Build) -> list[Obstacle]:
        """Return why a build fails; a folder, or what a URL leads to, may be a part of a tree."""
        unpacked = any(one.name == build.name and one.path for one in self.coming)
        return [one for one in build.reading.obstacles if unpacked or not one.of_archive]

    def downloads(self) -> dict[str, tuple[Download, ...]]:
        """Return what each build fetches from hosts beside the index, if anything."""
        found = {build.name: build.reading.downloads for build in self.builds}
        return {name: several for name, several in found.items() if several}

    def unknown(self) -> dict[str, tuple[Need, ...]]:
        """Return the libraries that each build links and that no recipe knows, if any."""
        found = {one.name: tuple(lib.need for lib in one.reading.unknown) for one in self.builds}
        return {name: several for name, several in found.items() if several}

    def probable(self) -> tuple[Need, ...]:
        """Return what the builds probably need as well; only a failure shows that it matters."""
        return tuple(need for build in self.builds for need in _probable(build))


def forecast_builds(
    request: Request,
    host: Callable[[], Host],
    machine: Machine,
    python: str,
    knowledge: Knowledge,
    folder: Path,
    *,
    elsewhere: bool = False,
    fresh: bool = False,
    chosen: Iterable[tuple[str, str]] = (),
    offline: bool = False,
    tell: Tell = silent,
) -> Forecast:
    """Return what an install of `request` on `host` would install and build.

    No code of the sources is run. `python` is an interpreter with pip; with `elsewhere` the host is
    another machine; its facts are gathered when something is built. With `fresh` the install goes
    into a new environment. What was `chosen`, with versions, counts as installed. sdists are put
    into `folder`. What cannot be read is skipped. With `offline` only the user's indexes are asked.
    """
    unread: list[str] = []
    for_all, for_requested = settings_of(request, machine.environ)

    def read(name: str, path: Path) -> Build | None:
        return next(read_all([(name, path)], for_requested), None)

    def read_all(sources: Sequence[tuple[str, Path]], settings: Settings) -> Iterator[Build]:
        if sources:
            more = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
            tell(f"Reading {sources[0][1].resolve().name}{more}")
            place = replace(surroundings_of(host()), settings=(*for_all, *settings))
            yield from _builds_of(sources, place, knowledge, unread)

    direct = _by_url(request, host, machine, python, folder)
    asked, local = asked_for(parse(request).items, direct, read)
    builds = [build.reading.build_requires for build in local]
    there = {**(_libraries_there(host()) if elsewhere and not fresh else {}), **dict(chosen)}
    builds += [(text,) for text in _undeclared(request, local, knowledge, there)]
    target = _target(host()) if elsewhere else None
    walked = walk(
        machine, python, request, asked, folder, target, builds=builds, present=there, fresh=fresh
    )
    found = walked or Resolution(())
    sdists = [(one.name, one.path) for one in found.coming if one.path]
    requested = set(named_projects(request)) if for_requested else set()
    sources = (
        *local,
        *read_all([one for one in sdists if one[0] not in requested], ()),
        *read_all([one for one in sdists if one[0] in requested], for_requested),
    )
    rust = None if offline else knowledge.rust
    return Forecast(
        found.coming,
        _with_rust(sources, host, machine, python, rust),
        walked is not None,
        found.troubles,
        (*unread, *(f"{one}." for one in found.unfetched)),
        tuple(one for one in direct.values() if one.trouble),
        found.refused,
    )


def _with_rust(
    builds: tuple[Build, ...],
    host: Callable[[], Host],
    machine: Machine,
    python: str,
    rust: RustRecipe | None,
) -> tuple[Build, ...]:
    """Return builds that need the Rust of their crates; most installs have none."""
    if rust is None or not any(build.reading.crates for build in builds):
        return builds
    return with_declared_rust(builds, machine, python, rust, surroundings_of(host()))


def read_build(path: Path, host: Host, knowledge: Knowledge) -> Reading | None:
    """Return what a source says about its build on this host; None if it cannot be read."""
    try:
        return _read(path, surroundings_of(host), knowledge)
    except BuildfixError:
        return None


def surroundings_of(host: Host) -> Surroundings:
    """Return the host in the terms that conditions in build files use."""
    version = host.interpreter.version if host.interpreter else ""
    libc = host.libc.partition(" ")[0] or ("glibc" if host.system == "linux" else "")
    compiler = operating_system(host.system).compiler
    implementation = host.interpreter.implementation if host.interpreter else "CPython"
    return Surroundings(host.system, host.arch, libc, version, compiler, implementation)


def _target(host: Host) -> Target | None:
    if host.interpreter is None:
        return None
    return Target(tags_of(host, host.interpreter), surroundings_of(host).markers())


def _by_url(
    request: Request, host: Callable[[], Host], machine: Machine, python: str, folder: Path
) -> dict[str, Direct]:
    """Return the files requested by URL whose markers hold."""
    asked = [
        one
        for one in requirements_by_url(request)
        if one.marker is None or one.marker.evaluate(surroundings_of(host()).markers())
    ]
    found = fetch_direct(machine, python, request, [one.url or "" for one in asked], folder)
    return {one.url: one for one in found}


def _builds_of(
    sources: Sequence[tuple[str, Path]],
    place: Surroundings,
    knowledge: Knowledge,
    unread: list[str],
) -> Iterator[Build]:
    """Yield the builds whose sources can be read; a local one has the name in its own metadata.

    Why others cannot be read is added to `unread`; they have what they probably need, if anything.
    """
    from buildfix.analysis import read_all_apart  # most installs do not build anything

    found = read_all_apart([path for _, path in sources], place, knowledge)
    for (name, path), one in zip(sources, found, strict=True):
        reading: Reading | None
        if isinstance(one, BuildfixError):
            unread.append(str(one))
            reading = _read_in_part(path, place, knowledge)
        else:
            reading = one
        if reading:
            yield Build(canonicalize_name(reading.name or name), reading)


def _read(path: Path, place: Surroundings, knowledge: Knowledge, *, follow: bool = True) -> Reading:
    from buildfix.analysis import read_apart  # most installs do not build anything

    return read_apart(path, place, knowledge, follow=follow)


def _read_in_part(path: Path, place: Surroundings, knowledge: Knowledge) -> Reading | None:
    """Return what a source probably needs; None if not even that can be read."""
    try:
        return _read(path, place, knowledge, follow=False)
    except BuildfixError:
        return None


def _libraries_there(host: Host) -> dict[str, str]:
    """Return the libraries that a described host has, with versions."""
    torch = host.cuda.torch
    return {torch.name: torch.version} if torch else {}


def _undeclared(
    request: Request, local: Iterable[Build], knowledge: Knowledge, there: Iterable[str]
) -> Iterator[str]:
    """Yield what builds import without declaring it, to be resolved with its own requirements."""
    asked = {*named_projects(request), *there}
    names = dict.fromkeys((*named_projects(request), *(build.name for build in local)))
    recipes = (knowledge.project(name) for name in names)
    texts = (text for recipe in recipes if recipe for text in recipe.undeclared)
    return (text for text in texts if canonicalize_name(Requirement(text).name) not in asked)


def needs_of(
    build: Build,
    knowledge: Knowledge,
    environ: Mapping[str, str] | None = None,
    *,
    gpu: bool = False,
) -> Iterator[Need]:
    """Yield what a build needs, from its source and its recipe; with `gpu` to use one, too.

    `environ` are the user's settings.
    """
    recipe = knowledge.project(build.name)
    if recipe:
        yield from recipe.gpu if gpu else ()
        yield from recipe.chosen_in(environ or {})
        yield from recipe.build_of(build.reading.version)
        yield from (_imported(build, Requirement(text)) for text in recipe.undeclared)
    for need in (finding.need for finding in build.reading.needs if finding.sure):
        module = need.kind == "python-module-missing"
        yield _imported(build, Requirement(need.subject)) if module else need
    if not build.reading.understood and not (recipe and recipe.build):
        yield from _probable(build)


def _needs_nothing(build: Build, knowledge: Knowledge) -> bool:
    reading, recipe = build.reading, knowledge.project(build.name)
    found = (*reading.needs, *reading.optional, *reading.probable)
    return reading.understood and not found and not (recipe and (recipe.build or recipe.undeclared))


def _probable(build: Build) -> Iterator[Need]:
    return (replace(one.need, probable=True) for one in build.reading.probable)


def _imported(build: Build, requirement: Requirement) -> Need:
    """Return the need for what a build imports, in a version that also works at run time.

    Otherwise the install after the build would install another version than it was built with.
    """
    asked = [one for one in map(requirement_of, build.reading.requires) if one]
    wanted = canonicalize_name(requirement.name)
    mine = (one.specifier for one in asked if canonicalize_name(one.name) == wanted)
    specifier = requirement.specifier & next(mine, SpecifierSet())
    return Need("python-module-missing", requirement.name, str(specifier) or None)


def _libraries(build: Build, knowledge: Knowledge) -> Iterator[Need]:
    recipe = knowledge.project(build.name)
    spare = recipe.spare if recipe else ()
    unsure = (finding for finding in build.reading.needs if not finding.sure)
    for need in (finding.need for finding in (*unsure, *build.reading.optional)):
        if need.kind not in _OF_LIBRARIES:
            continue
        capability = knowledge.capability(need.kind, need.subject) if spare else None
        if capability is None or capability.id not in spare:
            yield need
