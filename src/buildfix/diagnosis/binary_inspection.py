"""Explains why a module does not load, from files: what it was built against, what is installed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from buildfix.catalog.loaders import LoaderWords
from buildfix.core import Interpreter
from buildfix.diagnosis.demangle import demangled
from buildfix.platforms.binaries import locate, read_binary
from buildfix.platforms.linked import Binary
from buildfix.platforms.search_paths import is_always_there

_OF_PYTHON = re.compile(r"_{0,2}Py[A-Z_]\w*")
"""Names of Python's own C API; Mach-O adds an underscore."""
_PYTHONS = re.compile(
    r"^python(?P<major>3)(?P<minor>\d+)t?(?:_d)?\.dll$"
    r"|(?:Python3?\.framework/Versions/|libpython)(?P<release>3\.\d+)",
    re.IGNORECASE,
)
"""The library of one Python version: python3.dll, of the stable ABI, is none."""
_NAMED_AT_MOST = 3


@dataclass(frozen=True)
class LoaderContext:
    """The environment in which a module is loaded."""

    interpreter: Interpreter
    arch: str
    macos: str
    """The version of macOS; empty on other systems."""
    folders: tuple[str, ...]
    """Where libraries are searched for."""
    words: LoaderWords
    """The messages of its loader."""


@dataclass(frozen=True)
class Explanation:
    """What the files say about an import's error message."""

    says: str = ""
    """A sentence; empty if they explain nothing."""
    libraries: tuple[Path, ...] = ()
    """The installed libraries; one of them lacks the symbol that the import needs."""


def explain_files(message: str, here: LoaderContext) -> Explanation:
    """Return what the files say about an import's error message."""
    if lacking := _lacking(message, here):
        says = (
            _other_python(lacking.file, lacking.module, here)
            or _of_python(lacking, here)
            or _of_library(lacking, here)
        )
        found = (locate(name, lacking.module, here.folders) for name in _suspects(lacking))
        return Explanation(says, tuple(filter(None, found)))
    told = (tell(message, here) for tell in (_of_machine, _of_version, _of_dll))
    return Explanation(next(filter(None, told), ""))


def _of_machine(message: str, here: LoaderContext) -> str:
    match = here.words.find("machine", message)
    module = read_binary(Path(match["file"]), here.arch) if match else None
    return _other_machine(Path(match["file"]).name, module, here) if match and module else ""


def _other_machine(file: str, module: Binary, here: LoaderContext) -> str:
    """Return the sentence for a module that was built for another processor."""
    python = read_binary(Path(here.interpreter.path).resolve(), here.arch)
    if python is None or set(module.machines) >= set(python.machines):
        return ""
    mine, its = " and ".join(module.machines), " and ".join(python.machines)
    return f"{file} was built for {mine}, but this Python ({here.interpreter.path}) is for {its}."


def _of_version(message: str, here: LoaderContext) -> str:
    match = here.words.find("version", message)
    if match is None:
        return ""
    library = read_binary(Path(match["library"]), here.arch)
    module, name = Path(match["module"]).name, Path(match["library"]).name
    has = (
        (f"; the installed {name} only provides versions up to {library.versions[-1]}")
        if library and library.versions
        else ""
    )
    return f"{module} was built against a {name} that provides {match['version']}{has}."


@dataclass(frozen=True)
class _Lacking:
    """A module, and the symbol that none of its libraries provides."""

    file: str
    module: Binary
    symbol: str


def _lacking(message: str, here: LoaderContext) -> _Lacking | None:
    match = here.words.find("symbol", message)
    if match is None:
        return None
    path = Path((here.words.find("user", message) or match)["module"])
    module = read_binary(path, here.arch)
    if module is None:
        return None
    return _Lacking(path.name, module, match["symbol"].partition("@")[0])


def _suspects(lacking: _Lacking) -> list[str]:
    """Return the names of the libraries that might have provided it."""
    wanted = lacking.module.undefined.get(lacking.symbol)
    if wanted and wanted.library:
        return [wanted.library]
    return [name for name in lacking.module.needed if not is_always_there(name)]


def _other_python(file: str, module: Binary, here: LoaderContext) -> str:
    """Return the sentence for a module that is linked with another Python."""
    release = here.interpreter.release
    for name in module.needed:
        match = _PYTHONS.search(name)
        made_for = (match["release"] or f"3.{match['minor']}") if match else release
        if made_for != release:
            base = PureWindowsPath(name).name
            return f"{file} was built for Python {made_for} ({base}), but this is Python {release}."
    return ""


def _of_python(lacking: _Lacking, here: LoaderContext) -> str:
    """Return the sentence for a symbol that Python itself lacks."""
    symbol = lacking.symbol
    wanted = lacking.module.undefined.get(symbol)
    if wanted is None or wanted.library or not _OF_PYTHON.fullmatch(symbol):
        return ""
    return (
        f"{lacking.file} uses {symbol} from Python itself, which Python {here.interpreter.release} "
        "does not have: it was built for another Python version."
    )


def _of_library(lacking: _Lacking, here: LoaderContext) -> str:
    file, module = lacking.file, lacking.module
    shown, wanted = demangled(lacking.symbol), module.undefined.get(lacking.symbol)
    if wanted and wanted.library:
        library = PureWindowsPath(wanted.library).name
        if is_always_there(wanted.library) and _is_newer(module.oldest_macos, here.macos):
            return (
                f"{file} was built for macOS {module.oldest_macos} or later, where {library} "
                f"provides {shown}; this is macOS {here.macos}."
            )
        at = f", version {wanted.version}" if wanted.version else ""
        there = _there(module, wanted.library, here)
        return f"{file} was built against a {library} that provides {shown}{at}; {there}."
    own = _suspects(lacking)
    if not own:
        return f"{file} uses {shown}, but none of the libraries it is linked with can provide it."
    names = [PureWindowsPath(name).name for name in own]
    whose = names[0] if len(own) == 1 else f"one of {', '.join(names)}"
    there = "; ".join(_there(module, name, here) for name in own[:_NAMED_AT_MOST])
    return f"{file} was built against a version of {whose} that provides {shown}; {there}."


def _is_newer(wanted: str, there: str) -> bool:
    def parts(version: str) -> list[int]:
        return [int(part) for part in re.findall(r"\d+", version)]

    return bool(wanted and there) and parts(wanted) > parts(there)


def _there(module: Binary, name: str, here: LoaderContext) -> str:
    """Return what is installed under a library's name."""
    path = locate(name, module, here.folders)
    if path is None and is_always_there(name):
        return "this system's version does not"
    if path is None:
        return f"{PureWindowsPath(name).name} is not installed"
    library = read_binary(path, here.arch)
    upto = (
        (f", which only provides versions up to {library.versions[-1]}")
        if library and library.versions
        else ""
    )
    return f"found {path.resolve()}{upto}"


def _of_dll(message: str, here: LoaderContext) -> str:
    """Return what Windows does not say: which DLL is missing, lacks a symbol, or does not match."""
    file = _dll_of(message, here)
    module = read_binary(file, here.arch) if file else None
    if file is None or module is None:
        return ""
    told = _other_machine(file.name, module, here) or _other_python(file.name, module, here)
    return told or next(_troubles(file, module, here), "")


def _dll_of(message: str, here: LoaderContext) -> Path | None:
    if match := here.words.find("dll-file", message):
        return Path(match["file"])
    match = here.words.find("dll-module", message)
    if match is None:
        return None
    name = match["module"]
    found = (
        path for folder in here.interpreter.site for path in Path(folder).rglob(f"{name}*.pyd")
    )
    return next((path for path in found if path.name.partition(".")[0] == name), None)


def _troubles(file: Path, module: Binary, here: LoaderContext) -> Iterator[str]:
    folders = (str(file.parent), *here.folders)
    located = {
        name: locate(name, module, folders) for name in module.needed if not is_always_there(name)
    }
    absent = [name for name, path in located.items() if path is None]
    if absent:
        are = "is" if len(absent) == 1 else "are"
        yield f"{file.name} needs {' and '.join(absent[:_NAMED_AT_MOST])}, which {are} missing."
    for name, path in located.items():
        lacks = _names_absent(name, path, module) if path else []
        if lacks:
            listed = ", ".join(map(demangled, lacks[:_NAMED_AT_MOST]))
            wants = f"was built against a version of {name} that provides {listed}"
            yield f"{file.name} {wants}; found {path}."


def _names_absent(name: str, path: Path, module: Binary) -> list[str]:
    """Return the symbols that a module needs from a library and its file does not have."""
    library = read_binary(path)
    if library is None:
        return []
    wanted = (one for one, it in module.undefined.items() if it.library == name)
    return [one for one in wanted if one not in library.defined]
