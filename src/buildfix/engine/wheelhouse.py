"""The folder in which built wheels are kept, each with a record, and looked for first.

pip keeps what it builds in its cache: with a wheelhouse each attempt gets an empty cache of its own
in the place of `--no-cache-dir`, and its wheels are taken from there. One run of pip does it all,
as without a wheelhouse; `pip wheel` beforehand would resolve and fetch everything twice, and would
not keep what builds themselves require. What pip does not put into its cache, folders above all, is
taken from its temporary folder, which it is told not to clear. A folder that is asked for by its
path is built each time all the same, for its source may have changed; its wheel is there for who
asks for the project by its name. Editable projects are not kept: their wheels only point somewhere.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.tags import Tag
from packaging.utils import canonicalize_name
from packaging.version import Version

from buildfix import __version__
from buildfix.core import Host, Interpreter, Request, Step, Variables
from buildfix.core.errors import UsageError
from buildfix.core.light_dataclass import dataclass
from buildfix.core.redaction import redacted
from buildfix.engine.temporary_folders import forget_killed_runs, scratch
from buildfix.installers.request_items import requirement_of
from buildfix.installers.requirements import ParsedRequest
from buildfix.machines.owners import as_its_folder
from buildfix.platforms.operating_systems import operating_system
from buildfix.platforms.search_paths import find_library, is_always_there
from buildfix.wheels.built import (
    Record,
    fits,
    needed_libraries,
    platform_facts,
    read_record,
    wheel_facts,
    write_record,
)

if TYPE_CHECKING:
    from buildfix.forecast.resolution import ResolvedDistribution


@dataclass(frozen=True)
class Kept:
    """A wheel of the wheelhouse that is compatible here."""

    path: Path
    project: str
    version: Version
    lacks: tuple[str, ...] = ()
    """The shared libraries that it needs and this machine does not have yet."""


@dataclass
class Wheelhouse:
    """A folder of built wheels, and the scratch space of one run."""

    folder: Path
    scratch: Path
    builds: Path | None = None
    """Where pip works if its temporary folders are searched; None if it keeps its own."""
    promised: set[Path] = field(default_factory=set)
    """Wheels whose libraries this machine lacks, but will have before the install."""
    local: bool = True
    """Whether its wheels are for this machine, whose libraries can be inspected."""
    kept: dict[str, Path] = field(default_factory=dict)
    """The wheels that this run saved to the folder, by name in the caches."""

    def look(self, host: Host, taken: frozenset[Tag]) -> tuple[Kept, ...]:
        """Return the wheels for this host and an interpreter that accepts these tags."""
        paths = sorted(self.folder.glob("*.whl"))
        found = (_kept(path, host, taken, local=self.local) for path in paths)
        return tuple(filter(None, found))

    def usable(
        self, host: Host, taken: frozenset[Tag], but: Iterable[str] = ()
    ) -> tuple[Kept, ...]:
        """Return the wheels that run here, none of those projects among them."""
        missing_features = frozenset(map(canonicalize_name, but))
        return tuple(
            one
            for one in self.look(host, taken)
            if one.project not in missing_features and (not one.lacks or one.path in self.promised)
        )

    def offer(self, wheels: Iterable[Kept]) -> Path:
        """Return a folder for --find-links with these wheels: this one if it has no others."""
        paths = [one.path for one in wheels]
        if sorted(paths) == sorted(self.folder.glob("*.whl")):
            return self.folder
        digest = hashlib.sha256("\0".join(map(str, paths)).encode()).hexdigest()[:12]
        folder = self.scratch / f"offered-{digest}"
        if not folder.is_dir():
            folder.mkdir(parents=True)
            for path in paths:
                _link(path, folder / _without_build_tag(path.name))
        return folder

    def cache(self, attempt: int) -> Path:
        """Return the installer's cache folder for an attempt, counted from 1; 0 is for all."""
        return self.scratch / f"cache-{attempt:03}"

    def working(self, attempt: int) -> Variables:
        """Return what makes pip keep the wheels there that it does not cache."""
        if self.builds is None:
            return ()
        folder = self.builds / f"attempt-{attempt:03}"
        folder.mkdir(exist_ok=True)
        return (("TMPDIR", str(folder)), ("PIP_NO_CLEAN", "1"))

    def forget(self, attempt: int) -> None:
        """Remove what an attempt built, and what was built ahead of it: it must not be used."""
        places = [self.cache(0), self.cache(attempt)]
        if self.builds is not None:
            places.append(self.builds / f"attempt-{attempt:03}")
        for place in places:
            shutil.rmtree(place, ignore_errors=True)

    def keep(self, maker: Maker, but: Iterable[str] = ()) -> tuple[Path, ...]:
        """Save what was built so far, except those projects, to the folder."""
        missing_features = frozenset(map(canonicalize_name, but))
        left = sorted(self.builds.glob("attempt-*")) if self.builds else []
        for wheel in _built([*sorted(self.scratch.glob("cache-*")), *left]):
            facts = wheel_facts(wheel.name)
            whole = zipfile.is_zipfile(wheel)  # not where the disk was full
            if facts and whole and facts[0] not in missing_features:
                self.kept[wheel.name] = _store(wheel, self.folder, maker)
        return tuple(self.kept.values())


@dataclass(frozen=True)
class Maker:
    """The machine that builds, for the record."""

    request: Request
    host: Host
    interpreter: Interpreter
    applied: tuple[Step, ...] = ()
    coming: tuple[ResolvedDistribution, ...] = ()
    owners: Callable[[Sequence[str]], Mapping[str, str]] = lambda _: {}
    """Returns the installed package and its version for each library, if known."""

    def record(self, wheel: Path) -> Record:
        """Return the record of a wheel in an installer's cache."""
        facts = wheel_facts(wheel.name)
        project, version, tags = facts if facts else ("", Version("0"), frozenset())
        needs = needed_libraries(wheel)
        return Record(
            project=project,
            version=str(version),
            wheel=wheel.name,
            requirement=redacted(" ".join(self.request.words)),
            sdist=_source_of(wheel) or self._sdist(project),
            python=f"{self.interpreter.implementation} {self.interpreter.version}",
            tags=tuple(sorted(map(str, tags))),
            platform=platform_facts(self.host),
            needs=needs,
            steps=tuple(redacted(step.summary) for step in self.applied),
            packages=tuple(name for step in self.applied for name in step.packages),
            date=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            buildfix=__version__,
            linked=dict(self.owners(needs)),
        )

    def _sdist(self, project: str) -> str | None:
        named = (one.filename for one in self.coming if one.name == project and not one.wheel)
        return next(named, None)


@contextlib.contextmanager
def open_wheelhouse(folder: str) -> Iterator[Wheelhouse]:
    """Provide the wheelhouse in a folder, which is created if needed; raises UsageError."""
    path = _checked(folder)
    with contextlib.ExitStack() as stack:
        try:
            path.mkdir(parents=True, exist_ok=True)
            space = stack.enter_context(scratch(path))
        except OSError as error:
            raise UsageError(
                f"Cannot write to {folder}: {error.strerror}.", do="Name another folder."
            ) from error
        forget_killed_runs(path)
        yield Wheelhouse(path, space, stack.enter_context(scratch()))


def wheelhouse_untouched(folder: str, scratch: Path, *, local: bool = True) -> Wheelhouse:
    """Return the wheelhouse in a folder for reading only; raises UsageError."""
    return Wheelhouse(_checked(folder), scratch, local=local)


def _checked(folder: str) -> Path:
    path = Path(folder).absolute()
    if path.exists() and not path.is_dir():
        raise UsageError(f"{folder} is not a folder.", do="Name a folder with --wheelhouse.")
    return path


def with_offer(request: ParsedRequest, wheels: Sequence[Kept], offered: Path) -> ParsedRequest:
    """Return the request as the installer gets it if wheels are offered.

    `--from-source` forbids the index's wheels, but not wheels built here: a requirement that such a
    wheel meets becomes its path. The newest is used.
    """
    arguments = (*request.installer_args, "--find-links", str(offered))
    words = request.requirements
    if request.from_source:
        words = tuple(_word(word, wheels) for word in words)
    return replace(request, requirements=words, installer_args=arguments)


def met_by(word: str, wheels: Iterable[Kept]) -> Kept | None:
    """Return the newest of these wheels that meets a requirement; None if none does."""
    requirement = requirement_of(word)
    if requirement is None or requirement.url or requirement.marker:
        return None
    name = canonicalize_name(requirement.name)
    mine = {one.version: one for one in wheels if one.project == name}
    allowed = list(requirement.specifier.filter(mine))
    return mine[max(allowed)] if allowed else None


def _word(word: str, wheels: Sequence[Kept]) -> str:
    one = met_by(word, wheels)
    if one is None:
        return word
    extras = ",".join(sorted(Requirement(word).extras))
    return f"{one.path}[{extras}]" if extras else str(one.path)


def _kept(path: Path, host: Host, tags: frozenset[Tag], *, local: bool) -> Kept | None:
    facts, record = wheel_facts(path.name), read_record(path)
    if facts is None or not fits(path.name, record, tags, host):
        return None
    needs = record.needs if record else ()
    if local:
        prefix = host.interpreter.base_prefix if host.interpreter else ""
        standard = operating_system(host.system).library_folders(host.arch, prefix)
        folders = (*standard, f"{prefix}/lib")  # conda's own folder comes last
        lacks = tuple(name for name in needs if find_library(name, folders) is None)
    else:
        lacks = tuple(name for name in needs if not is_always_there(name))
    return Kept(path, facts[0], facts[1], lacks)


def _built(caches: Sequence[Path]) -> list[Path]:
    """Return the wheels in installers' caches; of several with the same name, the last one built.

    pip stores them below `wheels`, uv below `sdists-v…`; other folders contain downloads. What pip
    does not cache is in a temporary folder (pip._internal.utils.temp_dir).
    """
    found = {}
    for cache in caches:
        for pattern in ("wheels/**/*.whl", "sdists-*/**/*.whl", "pip-ephem-wheel-cache-*/**/*.whl"):
            found.update({path.name: path for path in cache.glob(pattern) if _is_whole(path)})
    return list(found.values())


def _is_whole(wheel: Path) -> bool:
    """Return whether a wheel contains its project instead of pointing to its folder.

    pip's have the build tag `0.editable` by convention; uv stores them in a folder with that name.
    """
    editable = "-0.editable-" in wheel.name or "editable" in wheel.parts
    return wheel.is_file() and not editable


def _store(wheel: Path, folder: Path, maker: Maker) -> Path:
    """Copy a wheel and its record to a folder; return its path."""
    record = maker.record(wheel)
    path = _place(wheel.name, folder, record)
    partly = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        shutil.copyfile(wheel, partly)
        partly.replace(path)
    finally:
        partly.unlink(missing_ok=True)
    write_record(replace(record, wheel=path.name), path)
    for written in folder.glob(f"{path.name}*"):
        as_its_folder(written)
    return path


def _place(filename: str, folder: Path, record: Record) -> Path:
    """Return the path for a wheel: its own name, unless another platform's wheel has it.

    Wheels of two systems may have the same name, because a tag such as `linux_x86_64` does not say
    more; then the second one gets a build tag with its system.
    """
    path = folder / filename
    there = read_record(path) if path.exists() else None
    if not path.exists() or (there and there.platform == record.platform):
        return path
    name, version, *rest = filename.split("-")
    system = f"{record.platform['id']}{record.platform['version']}".replace("-", "_")
    return folder / "-".join((name, version, f"0{system}", *rest[-3:]))


def _without_build_tag(filename: str) -> str:
    """Return a wheel's original name: what is offered is for one system only."""
    parts = filename.split("-")
    ours = len(parts) == 6 and parts[2].startswith("0") and not parts[2].isdigit()
    return "-".join((*parts[:2], *parts[3:])) if ours else filename


def _source_of(wheel: Path) -> str | None:
    """Return where a wheel's source came from, according to pip's cache (pip 23.0 and later)."""
    try:
        url = json.loads((wheel.parent / "origin.json").read_text(encoding="utf-8"))["url"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return redacted(str(url))


def _link(path: Path, link: Path) -> None:
    """Make a file available elsewhere, as a link or a copy."""
    try:
        link.symlink_to(path)
    except OSError:
        shutil.copyfile(path, link)
