"""Other releases of a project, and what their sources require of a library."""

from __future__ import annotations

import re
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path, PurePosixPath

from packaging.tags import Tag
from packaging.version import Version

from buildfix.analysis import SourceUnreadable, Surroundings, open_tree, read_apart
from buildfix.analysis.minimums import minimum_of
from buildfix.catalog import Knowledge
from buildfix.catalog.schema import Capability
from buildfix.core import Interpreter, Request
from buildfix.forecast.resolution import Asked, walk
from buildfix.index.files import read_files
from buildfix.machines.local import Machine
from buildfix.platforms.interpreter import ask_pip
from buildfix.target_scripts.answers import ProjectFiles

_CODE = frozenset(
    {".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".hxx", ".pyx", ".pxd", ".pxi", ".i", ".m"}
)
_LARGEST = 4_000_000
"""Larger source files (in bytes) are not searched."""
_INCLUDE = re.compile(
    r"""^\s*(?:#\s*include\s*|cdef\s+extern\s+from\s+)[<"](?P<header>[^>"\n]+)""", re.MULTILINE
)
_ERROR = re.compile(r"#\s*error\b")


@dataclass(frozen=True)
class Files:
    """The files of one release in the index."""

    version: Version
    has_sdist: bool
    tags: frozenset[Tag]


def releases_of(
    machine: Machine, interpreter: Interpreter, project: str, options: Sequence[str] = ()
) -> tuple[Files, ...]:
    """Return the final releases that this Python may install, the oldest first; empty if unknown.

    `options` are the user's pip install options for indexes.
    """
    question = {"project": project, "arguments": list(options)}
    facts: ProjectFiles | None
    facts = ask_pip(machine, interpreter.path, "project-files", question)
    found: dict[Version, Files] = {}
    for file in read_files(facts["files"], project) if facts else ():
        if file.yanked or not file.runs_on(interpreter.version) or file.version.is_prerelease:
            continue
        there = found.get(file.version)
        sdist = not file.is_wheel or (there is not None and there.has_sdist)
        tags = file.tags | (there.tags if there else frozenset())
        found[file.version] = Files(file.version, sdist, tags)
    return tuple(found[version] for version in sorted(found))


def fetch_source(
    machine: Machine,
    python: str,
    requirement: str,
    folder: Path,
    options: tuple[str, ...] = (),
    *,
    fresh: bool = False,
) -> Path | None:
    """Return a release's sdist, fetched by the user's own pip; None if not available.

    `options` are the user's pip install options for indexes. With `fresh` it does not matter
    whether that release is installed.
    """
    request = Request(requirements=(requirement,), from_source=True, installer_args=options)
    asked = [Asked(requirement)]
    walked = walk(machine, python, request, asked, folder, fresh=fresh, alone=True)
    return next((one.path for one in walked.coming if one.path), None) if walked else None


def names_in(sdist: Path, names: Iterable[str]) -> frozenset[str]:
    """Return which of these identifiers an sdist's code uses."""
    wanted = re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b")
    return frozenset(match[0] for _, text in _code(sdist) for match in wanted.finditer(text))


def defined_in(sdist: Path, names: Iterable[str]) -> frozenset[str]:
    """Return which of these functions and macros an sdist's own code defines."""
    one_of = "|".join(map(re.escape, names))
    body = rf"\b(?P<function>{one_of})\s*\([^;{{}}()]*\)\s*\{{"
    wanted = re.compile(rf"{body}|#\s*define\s+(?P<macro>{one_of})\b")
    found = (match for _, text in _code(sdist) for match in wanted.finditer(text))
    return frozenset(match["function"] or match["macro"] for match in found)


def headers_in(sdist: Path, file: str) -> tuple[str, ...]:
    """Return what the source file with that name includes.

    For a file that Cython generates, it is what its declarations in the same folder take from
    headers.
    """
    stem = PurePosixPath(file).stem
    texts = dict(_code(sdist))
    folders = {path.parent for path in texts if path.name == f"{stem}.pyx"}
    mine = [text for path, text in texts.items() if path.stem == stem]
    mine += [
        text for path, text in texts.items() if path.suffix == ".pxd" and path.parent in folders
    ]
    found = (match["header"] for text in mine for match in _INCLUDE.finditer(text))
    return tuple(dict.fromkeys(found))


def asked_of(
    sdist: Path, capability: Capability, place: Surroundings, knowledge: Knowledge
) -> str | None:
    """Return the version of a library that a source requires; None if it does not say.

    It may be in its build files, in an `#error` line, in a constant of its setup.py, or in its
    recipe. Raises RecipeError.
    """
    try:
        reading = read_apart(sdist, place, knowledge)
        tree = open_tree(sdist)
    except SourceUnreadable:
        return None
    recipe = knowledge.project(reading.name)
    declared = recipe.build_of(reading.version) if recipe else ()
    for need in (*(finding.need for finding in reading.needs), *declared):
        named = need.subject == capability.id
        if need.required and (named or knowledge.capability(need.kind, need.subject) == capability):
            return need.required
    told = _in_error_lines(sdist, capability, knowledge)
    return told or minimum_of(tree.text("setup.py") or "", capability)


def _in_error_lines(sdist: Path, capability: Capability, knowledge: Knowledge) -> str | None:
    """Read `#error` lines as the compiler would print them, with the patterns for logs."""
    causes = [
        (one, one.required)
        for one in knowledge.causes.causes
        if one.kind == "library-too-old" and one.required
    ]
    lines = (line.strip() for _, text in _code(sdist) for line in text.splitlines())
    for line, (cause, required) in product(filter(_ERROR.match, lines), causes):
        match = cause.pattern.search(f"error: {line}")
        if match is None:
            continue
        groups = match.groupdict("")
        if knowledge.capability(cause.kind, cause.subject.format(**groups)) == capability:
            return required.format(**groups)
    return None


def _code(sdist: Path) -> Iterator[tuple[PurePosixPath, str]]:
    """Yield path and text of each source file, complete: a name may be at its end."""
    for name, data in _members(sdist):
        path = PurePosixPath(name)
        if path.suffix in _CODE:
            yield path, data.decode("utf-8", "replace")


def _members(sdist: Path) -> Iterator[tuple[str, bytes]]:
    if zipfile.is_zipfile(sdist):
        with zipfile.ZipFile(sdist) as archive:
            for info in archive.infolist():
                if info.file_size < _LARGEST:
                    yield info.filename, archive.read(info)
        return
    with tarfile.open(sdist) as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isfile() else None
            if file and member.size < _LARGEST:
                yield member.name, file.read()
