"""What a module that does not load was built against, and what is there: for the diagnosis."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from buildfix.errors import CommandNotFound
from buildfix.hosts.binaries import Binary, library_folders, locate, read_binary
from buildfix.installers.requirements import named_projects
from buildfix.model import Diagnosis
from buildfix.repair.session import Session
from buildfix.verify import installed_version

_MODULE = re.compile(r"(?P<module>/\S+?\.so[\w.]*): undefined symbol: (?P<symbol>[^\s,)]+)")
_VERSION = re.compile(
    r"(?P<library>/\S+): version [`'](?P<version>\S+)' not found \(required by (?P<module>/[^)]+)\)"
)
_SYSTEM = re.compile(r"(?:ld-linux[\w.-]*|lib(?:c|m|dl|rt|pthread|gcc_s|stdc\+\+))\.so[\d.]*")
_NUMPY = "numpy"
_WITH_NUMPY_1 = re.compile(
    r"compiled using NumPy 1\.x|Expected 96 from C header, got 88|_ARRAY_API not found"
    r"|numpy\.core\.multiarray failed to import"
)
"""What modules built with numpy 1 say under numpy 2."""
_WITHOUT_NUMPY_1 = Version("3.13")
"""numpy 1.26.4, the last of numpy 1, has wheels for CPython 3.9 to 3.12."""


def told_of_abi(session: Session, diagnosis: Diagnosis, message: str) -> Diagnosis:
    """Return a diagnosis of `abi-mismatch` with the library and versions that are in play."""
    cause = diagnosis.cause
    if cause is None or cause.kind != "abi-mismatch" or not session.local:
        return diagnosis
    if cause.subject == _NUMPY:
        version = installed_version(session.machine, session.interpreter, _NUMPY)
        session.pair = _pair(session, message, version or "")
        says = f"{diagnosis.says} numpy {version} is here." if version else diagnosis.says
        return replace(diagnosis, says=says)
    told = _of_version(message) or _of_symbol(session, message)
    if session.against:
        _read_source(session)
    return replace(diagnosis, says=told) if told else diagnosis


def _read_source(session: Session) -> None:
    """Find out what a build of the broken distribution asks for: it will be done unisolated."""
    from buildfix.foresee.outlook import read_build  # only now: it takes its time to load
    from buildfix.foresee.releases import fetch_source

    if session.broken is None:
        return
    requirement, options = session.broken, session.request.installer_args
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


def _of_version(message: str) -> str:
    match = _VERSION.search(message)
    library = read_binary(Path(match["library"])) if match else None
    if match is None:
        return ""
    module, name = Path(match["module"]).name, Path(match["library"]).name
    has = f"; {name} here goes up to {library.versions[-1]}" if library and library.versions else ""
    return f"{module} was built against a {name} that has {match['version']}{has}."


def _of_symbol(session: Session, message: str) -> str:
    match = _MODULE.search(message)
    module = read_binary(Path(match["module"])) if match else None
    if match is None or module is None:
        return ""
    symbol, file = match["symbol"].partition("@")[0], Path(match["module"]).name
    wanted = module.undefined.get(symbol)
    shown = _demangled(session, symbol)
    if wanted and wanted.library:
        at = f", version {wanted.version}"
        there = _there(session, module, wanted.library)
        return f"{file} was built against a {wanted.library} that has {shown}{at}; {there}."
    own = [name for name in module.needed if not _SYSTEM.fullmatch(name)]
    if not own:
        return f"{file} uses {shown}, and is linked with no library that could have it."
    whose = own[0] if len(own) == 1 else f"one of {', '.join(own)}"
    there = "; ".join(_there(session, module, name) for name in own[:3])
    return f"{file} was built against another {whose}: one that has {shown}; {there}."


def _there(session: Session, module: Binary, name: str) -> str:
    """Return what is here under a library's name."""
    folders = library_folders(session.host().arch, session.interpreter.prefix)
    path = locate(name, module, folders)
    if path is None:
        return f"no {name} is here"
    library = read_binary(path)
    upto = f", which goes up to {library.versions[-1]}" if library and library.versions else ""
    return f"here is {path.resolve()}{_of_package(session, path)}{upto}"


def _of_package(session: Session, path: Path) -> str:
    """Return of which installed package a library is part; it is what to build against then."""
    inside = (path.relative_to(one) for one in session.interpreter.site if path.is_relative_to(one))
    name = next((one.parts[0] for one in inside), "")
    version = installed_version(session.machine, session.interpreter, name) if name else None
    if version is None:
        return ""
    session.against = name
    return f" of {name} {version}"


def _demangled(session: Session, symbol: str) -> str:
    """Return a C++ name as one writes it, where binutils' c++filt is there to tell."""
    try:
        said = session.machine.run(["c++filt", symbol]).stdout.strip()
    except CommandNotFound:
        return symbol
    return said or symbol
