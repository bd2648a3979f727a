"""The files of buildfix and of all that it needs, to copy to another machine.

They are determined from the metadata of what is installed here, for the Python there.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from buildfix.core.errors import MachineError

OWN = "buildfix"
_COMPILED = frozenset({".so", ".pyd", ".dylib", ".pyc"})
"""Some projects have compiled twins of their modules, which serve this Python only."""
_OTHER_PYTHON = "Install a newer Python there, or run buildfix here with that version."

Environment = Mapping[str, str]
"""What environment markers ask of the Python there (PEP 508)."""


def own_files(environment: Environment, recipes: Path) -> dict[str, Path]:
    """Return all files of a copy, by their place in it; raises MachineError if one is missing."""
    package = Path(__file__).parents[1]
    files = {f"{OWN}/{name}": path for name, path in _below(package)}
    files |= {f"{OWN}/recipes/{name}": path for name, path in _below(recipes)}
    for one in dependencies(environment):
        if one.files is None:
            raise MachineError(
                f"Cannot tell which files belong to {one.name}, which buildfix needs there.",
                do="Install buildfix with pip.",
            )
        for file in one.files:
            if ".." not in file.parts and file.suffix not in _COMPILED:
                files[file.as_posix()] = Path(str(one.locate_file(file)))
    return {name: path.resolve() for name, path in files.items() if path.is_file()}


def dependencies(environment: Environment) -> tuple[Distribution, ...]:
    """Return what buildfix needs at run time on the Python there; raises MachineError."""
    found: dict[str, Distribution] = {}
    pending = list(_wanted(OWN, "", environment))
    seen: set[tuple[str, str]] = set()
    while pending:
        name, extra = pending.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        found.setdefault(name, _installed(name, environment))
        pending += _wanted(name, extra, environment)
    return tuple(found[name] for name in sorted(found))


def pack(files: Iterable[tuple[str, Path | bytes]], archive: Path) -> None:
    """Write an archive of files by their names in it; who owns them here is of no use there."""
    with tarfile.open(archive, "w:gz", compresslevel=6) as tar:
        for name, content in files:
            if isinstance(content, bytes):
                member = tarfile.TarInfo(name)
                member.size, member.mode = len(content), 0o600
                tar.addfile(member, io.BytesIO(content))
            else:
                tar.add(content, name, recursive=False, filter=_of_nobody)


def _of_nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _below(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix not in _COMPILED:
            yield path.relative_to(folder).as_posix(), path


def _installed(name: str, environment: Environment) -> Distribution:
    version = environment["python_full_version"]
    try:
        found = distribution(name)
    except PackageNotFoundError as error:
        raise MachineError(
            f"With the Python {version} there, buildfix needs {name}, which is not installed here.",
            do=_OTHER_PYTHON,
        ) from error
    wanted = SpecifierSet(found.metadata.get("Requires-Python") or "")
    if not wanted.contains(version, prereleases=True):
        raise MachineError(
            f"{name} {found.version}, which buildfix uses here, needs Python {wanted}, "
            f"but the Python there is {version}.",
            do=_OTHER_PYTHON,
        )
    return found


def _wanted(name: str, extra: str, environment: Environment) -> Iterator[tuple[str, str]]:
    """Yield what a distribution requires, with the empty extra and those that are asked for."""
    for requirement in map(Requirement, requires(name) or ()):
        asked = {**environment, "extra": extra}
        if requirement.marker is None or requirement.marker.evaluate(asked):
            for one in ("", *requirement.extras):
                yield canonicalize_name(requirement.name), one
