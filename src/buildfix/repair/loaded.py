"""What a module that does not load was built against, and what is there: for the diagnosis."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from buildfix.hosts.binaries import library_folders
from buildfix.installers import pip_options
from buildfix.installers.requirements import named_projects
from buildfix.model import Diagnosis
from buildfix.repair.linkage import Surround, libraries_here, told_of_files
from buildfix.repair.session import Session
from buildfix.verify import installed_version

_OF_FILES = frozenset({"abi-mismatch", "platform-unsupported", "runtime-library-missing"})
"""Causes of which the files may tell more than the message."""
_NUMPY = "numpy"
_WITH_NUMPY_1 = re.compile(
    r"compiled using NumPy 1\.x|Expected 96 from C header, got 88|_ARRAY_API not found"
    r"|numpy\.core\.multiarray failed to import"
)
"""What modules built with numpy 1 say under numpy 2."""
_WITHOUT_NUMPY_1 = Version("3.13")
"""numpy 1.26.4, the last of numpy 1, has wheels for CPython 3.9 to 3.12."""


def told_of_abi(session: Session, diagnosis: Diagnosis, message: str) -> Diagnosis:
    """Return a diagnosis of an import with the library and versions that are in play."""
    cause = diagnosis.cause
    if cause is None or cause.kind not in _OF_FILES or not session.local:
        return diagnosis
    if cause.subject == _NUMPY:
        version = installed_version(session.machine, session.interpreter, _NUMPY)
        session.pair = _pair(session, message, version or "")
        says = f"{diagnosis.says} numpy {version} is here." if version else diagnosis.says
        return replace(diagnosis, says=says)
    here = _surround(session)
    told = told_of_files(message, here)
    for library in libraries_here(message, here):
        told = f"{told}{_of_package(session, library)}"
    if session.against:
        _read_source(session)
    return replace(diagnosis, says=told) if told else diagnosis


def _read_source(session: Session) -> None:
    """Find out what a build of the broken distribution asks for: it will be done unisolated."""
    from buildfix.foresee.outlook import read_build  # only now: it takes its time to load
    from buildfix.foresee.releases import fetch_source

    if session.broken is None:
        return
    requirement, options = session.broken, pip_options(session.request)
    with tempfile.TemporaryDirectory(prefix="buildfix-", ignore_cleanup_errors=True) as folder:
        python = session.interpreter.path
        sdist = fetch_source(session.machine, python, requirement, Path(folder), options)
        build = sdist and read_build(sdist, session.host(), session.knowledge)
    if build:
        session.rebuilt = {Requirement(requirement).name: build.build_requires}


def _pair(session: Session, message: str, version: str) -> str | None:
    """Return the numpy that a module was built with, where nobody asked for the one that is here.

    numpy 2 runs nothing that was built with numpy 1 (NumPy 2.0's release notes).
    """
    asked = _NUMPY in named_projects(session.request)
    with_1 = _WITH_NUMPY_1.search(message) is not None and version.startswith("2.")
    had = Version(session.interpreter.version) < _WITHOUT_NUMPY_1
    return "numpy<2" if with_1 and had and not asked else None


def _surround(session: Session) -> Surround:
    host, interpreter = session.host(), session.interpreter
    folders = library_folders(host.system, host.arch, interpreter.prefix, interpreter.site)
    macos = host.version if host.system == "darwin" else ""
    return Surround(interpreter, host.arch, macos, folders)


def _of_package(session: Session, path: Path) -> str:
    """Return of which installed package a library is part; it is what to build against then."""
    inside = (path.relative_to(one) for one in session.interpreter.site if path.is_relative_to(one))
    name = next((one.parts[0] for one in inside), "")
    version = installed_version(session.machine, session.interpreter, name) if name else None
    if version is None:
        return ""
    session.against = name
    return f" {path.name} is of {name} {version}."
