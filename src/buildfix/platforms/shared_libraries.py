"""Finds shared libraries that compiled modules need and this machine lacks, from their ELF files.

A library is searched for as ld.so(8) does: DT_RPATH of the file and of the files that need it,
LD_LIBRARY_PATH, DT_RUNPATH, the loader's cache and its standard folders. A file of that name in the
modules' own distributions counts as found too: packages load those themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from buildfix.core.errors import CommandNotFound
from buildfix.machines.local import Machine
from buildfix.platforms.elf import Links, links_of
from buildfix.platforms.search_paths import find_library

_LOADER = re.compile(r"ld-[\w.-]+\.so[\d.]*|linux-(?:vdso|gate)\.so\.\d+")
"""The loader itself, and what the kernel maps into every process."""
_CACHED = re.compile(r"^\s+(?P<name>\S+) \(.*\) => (?P<path>/.*)$")
"""A line of `ldconfig -p`."""
_LDCONFIG = ("ldconfig", "/sbin/ldconfig", "/usr/sbin/ldconfig")


@dataclass(frozen=True)
class Loader:
    """Where the dynamic loader looks, apart from folders that the files name."""

    told: tuple[str, ...] = ()
    """LD_LIBRARY_PATH."""
    standard: tuple[str, ...] = ()
    cached: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The files in its cache, by the name in binaries."""


def loader_of(machine: Machine, standard: Sequence[str]) -> Loader:
    """Return this machine's loader, with its `standard` folders; musl's has no cache."""
    told = machine.environ.get("LD_LIBRARY_PATH", "").split(":")
    return Loader(tuple(filter(None, told)), tuple(standard), _cache(machine))


def missing_libraries(
    modules: Iterable[Path], own: Iterable[Path], loader: Loader
) -> dict[str, Path]:
    """Return the libraries that are not here, each with the first file that needs it.

    `own` are all shared objects of the modules' distributions: what is among them is read in its
    turn, while the system's own libraries have what they need.
    """
    search = _Search(loader, {path.name: path for path in own})
    for module in modules:
        search.read(module, ())
    return search.missing


class _Search:
    def __init__(self, loader: Loader, own: Mapping[str, Path]):
        self._loader = loader
        self._own = own
        self._links: dict[Path, Links | None] = {}
        self._read: set[Path] = set()
        self.missing: dict[str, Path] = {}

    def read(self, file: Path, inherited: tuple[str, ...]) -> None:
        """Look for all that a file needs; `inherited` are folders of what needs the file."""
        pending = [(file, inherited)]
        while pending:
            path, folders = pending.pop()
            links = self._links_of(path) if path not in self._read else None
            self._read.add(path)
            if links is None:
                continue
            mine = () if links.runpath else (*_filled(links.rpath, path), *folders)
            for name in links.needed:
                found = self._found(name, path, links, mine)
                if found is None:
                    self.missing.setdefault(name, path)
                elif found.name in self._own:
                    pending.append((found, mine))

    def _found(self, name: str, path: Path, links: Links, rpath: Sequence[str]) -> Path | None:
        """Return the file that a name leads to, None where there is none."""
        if _LOADER.fullmatch(name):
            return Path(name)
        told = (*rpath, *self._loader.told, *_filled(links.runpath, path))
        cached = (str(Path(one).parent) for one in self._loader.cached.get(name, ()))
        fits = partial(self._is_for, links.machine)
        found = find_library(name, (*told, *cached, *self._loader.standard), fits)
        return found if found or "/" in name else self._own.get(name)

    def _is_for(self, machine: str, path: Path) -> bool:
        """Return whether a file is a shared object for a processor."""
        links = self._links_of(path)
        return links is not None and links.machine == machine

    def _links_of(self, path: Path) -> Links | None:
        if path not in self._links:
            self._links[path] = links_of(path)
        return self._links[path]


def _filled(folders: Iterable[str], path: Path) -> Iterator[str]:
    """Yield the folders that a file names, with what ld.so(8) puts in the place of its words."""
    for folder in folders:
        place = re.sub(r"\$(?:ORIGIN\b|\{ORIGIN\})", lambda _: str(path.parent), folder)
        if "$LIB" in place or "${LIB}" in place:
            yield from (re.sub(r"\$(?:LIB\b|\{LIB\})", lib, place) for lib in ("lib", "lib64"))
        elif place:
            yield place


def _cache(machine: Machine) -> Mapping[str, tuple[str, ...]]:
    """Return the loader's cache, nothing where there is no ldconfig(8) that tells it."""
    program = next(filter(None, map(machine.which, _LDCONFIG)), None)
    if program is None:
        return {}
    try:
        said = machine.run([program, "-p"]).stdout
    except CommandNotFound:
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for match in filter(None, map(_CACHED.match, said.splitlines())):
        found[match["name"]] = (*found.get(match["name"], ()), match["path"])
    return found
