"""What the builds of an install will need, read from the sources that pip would build."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from buildfix.errors import BuildfixError
from buildfix.foresee.walk import Coming, Target, Why, walk
from buildfix.hosts.surroundings import Surroundings
from buildfix.hosts.tags import tags_of
from buildfix.installers.requirements import local_projects, requirements_asked
from buildfix.knowledge import Knowledge
from buildfix.model import Host, Interpreter, Need, Request
from buildfix.run import Machine

if TYPE_CHECKING:
    from buildfix.sources import Reading


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
class Build:
    """A project that would be built, and what its source says."""

    name: str
    reading: Reading


@dataclass(frozen=True)
class Outlook:
    """What is known of an install before anything is built."""

    coming: tuple[Coming, ...] = ()
    builds: tuple[Build, ...] = ()
    known: bool = True
    """Whether the index told what would come."""

    def needs(self, knowledge: Knowledge) -> tuple[Need, ...]:
        """Return what the builds need, by their sources and by the projects' recipes."""
        found = [need for build in self.builds for need in _needs_of(build, knowledge)]
        return tuple(dict.fromkeys(found))

    def optional(self) -> dict[str, tuple[Need, ...]]:
        """Return the libraries that each project makes use of if they are there, and does without.

        What hangs on conditions that cannot be known before the build is among them.
        """
        return {build.name: tuple(_libraries(build.reading)) for build in self.builds}


def look_ahead(
    request: Request,
    host: Host,
    machine: Machine,
    python: str,
    knowledge: Knowledge,
    folder: Path,
    *,
    elsewhere: bool = False,
) -> Outlook:
    """Return what an install of `request` on `host` would bring and build.

    Nothing is run of what is read. `python` is an interpreter with pip; with `elsewhere` the host
    is another machine than this. `folder` takes the sdists. What cannot be read is passed over: its
    build will tell.
    """
    interpreter = host.interpreter
    if interpreter is None:
        return Outlook()
    place = surroundings_of(host, interpreter)
    local = list(_local_builds(request, place, knowledge))
    target = Target(tags_of(host, interpreter), place.markers()) if elsewhere else None
    asked: list[tuple[str, Why]] = [(text, "asked") for text in requirements_asked(request)]
    for build in local:
        asked += [(text, "build") for text in build.reading.build_requires]
        asked += [(text, "asked") for text in build.reading.requires]
    coming = walk(machine, python, request, asked, folder, target)
    fetched = _fetched_builds(coming or (), place, knowledge)
    return Outlook(coming or (), (*local, *fetched), known=coming is not None)


def surroundings_of(host: Host, interpreter: Interpreter) -> Surroundings:
    """Return the host as the conditions in build files ask for it."""
    libc = host.libc.partition(" ")[0] or ("glibc" if host.system == "linux" else "")
    compiler = {"darwin": "clang", "win32": "msvc"}.get(host.system, "gcc")
    return Surroundings(host.system, host.arch, libc, interpreter.version, compiler)


def _local_builds(request: Request, place: Surroundings, knowledge: Knowledge) -> Iterator[Build]:
    for path in local_projects(request):
        reading = _read(path, place, knowledge)
        if reading:
            yield Build(reading.name or path.name, reading)


def _fetched_builds(
    coming: tuple[Coming, ...], place: Surroundings, knowledge: Knowledge
) -> Iterator[Build]:
    for one in coming:
        reading = _read(one.path, place, knowledge) if one.path else None
        if reading:
            yield Build(one.name, reading)


def _read(path: Path, place: Surroundings, knowledge: Knowledge) -> Reading | None:
    from buildfix.sources import open_tree, read_source  # most installs build nothing

    try:
        return read_source(open_tree(path), place, knowledge)
    except BuildfixError:
        return None


def _needs_of(build: Build, knowledge: Knowledge) -> Iterator[Need]:
    recipe = knowledge.project(build.name)
    if recipe:
        yield from recipe.build
    yield from (finding.need for finding in build.reading.needs if finding.sure)


def _libraries(reading: Reading) -> Iterator[Need]:
    unsure = (finding for finding in reading.needs if not finding.sure)
    for finding in (*unsure, *reading.optional):
        if finding.need.kind in _OF_LIBRARIES:
            yield finding.need
