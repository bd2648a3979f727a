"""What installed distributions contain."""

from __future__ import annotations

import os
import re
import sys
from importlib.machinery import EXTENSION_SUFFIXES

from buildfix.target_scripts.dist_info import dist_info
from buildfix.target_scripts.installed import listed, name_of, origin_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildfix.target_scripts.answers import DistributionFacts, Installed

SKIPPED = frozenset(
    {
        *("tests", "test", "testing", "docs", "doc", "examples", "benchmarks"),
        *("setup", "conftest", "scripts"),
    }
)
EDITABLE = "__editable__"
"""What setuptools puts in front of its own finders."""
MACHINE_CODE = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
"""How programs and libraries begin, of Linux, Windows and macOS."""
MANY = 1000
"""How many files without a suffix are looked at."""


def answer(asked: list[str]) -> dict[str, DistributionFacts]:
    """Return the facts of those that are installed, by the name or URL that was asked for."""
    found = ((want, find(want)) for want in asked)
    return {want: facts_of(dist) for want, dist in found if dist is not None}


def find(want: str) -> Installed | None:
    """Return the distribution of that name, or installed from that URL; None if missing."""
    quickly = None if ":" in want else dist_info(want)
    return quickly or find_by_library(want)


def find_by_library(want: str) -> Installed | None:
    """Return the same by importlib.metadata, which knows every way to install."""
    from importlib.metadata import PackageNotFoundError, distribution, distributions

    if ":" in want:
        place = place_of(want)
        return next((dist for dist in distributions() if place_of(url_of(dist)) == place), None)
    try:
        return distribution(want)
    except PackageNotFoundError:  # Python 3.8 finds only some spellings of a name
        return next((dist for dist in distributions() if name_of(dist) == want), None)


def facts_of(dist: Installed) -> DistributionFacts:
    """Return the facts of a distribution."""
    files = files_of(dist)
    packages, compiled = modules_of(files)
    there, lost = parted(dist, listed(dist))
    return {
        "name": name_of(dist),
        "version": dist.version,
        "wheel": wheel_of(dist),
        "packages": packages,
        "compiled": compiled,
        "programs": programs_of(files),
        "binary": has_binary(dist, files),
        "files": len(there),
        "lost": lost,
    }


def url_of(dist: Installed) -> str:
    """Return the URL that a distribution was installed from; empty if none is recorded."""
    return str(origin_of(dist).get("url", ""))


def place_of(url: str) -> str:
    """Return a URL as direct_url.json has it: no `git+`, no revision, fragment or password."""
    bare = url.partition("#")[0].rstrip("/")
    if re.match(r"(git|hg|svn|bzr)\+", bare):
        head, slash, last = bare.partition("+")[2].rpartition("/")
        bare = head + slash + last.partition("@")[0]
    return re.sub(r"//[^/@]*@", "//", bare)


def module_of(path: str) -> tuple[str, bool] | None:
    """Return a file's module name and whether it is compiled; None if it is no module."""
    suffixes = sorted(EXTENSION_SUFFIXES, key=len, reverse=True)
    compiled = next((end for end in suffixes if path.endswith(end)), None)
    if not compiled and not path.endswith(".py"):
        return None
    parts = path[: -len(compiled or ".py")].split("/")
    if parts[-1] == "__init__":
        parts.pop()
    names = all(map(str.isidentifier, parts)) and SKIPPED.isdisjoint(parts)
    return (".".join(parts), bool(compiled)) if parts and names else None


def files_of(dist: Installed) -> list[str]:
    """Return the files relative to site-packages; of an editable install, those of its folders."""
    files = listed(dist)
    for name in list(files):
        if name.startswith(EDITABLE) or name.endswith(".pth"):
            with open(str(dist.locate_file(name)), encoding="utf-8", errors="replace") as file:
                text = file.read()
            folders = [line for line in text.splitlines() if os.path.isdir(line)]
            folders += [os.path.dirname(where) for where in re.findall(r"'(/[^']+)'", text)]
            for folder in folders:
                import glob  # few distributions are editable

                found = glob.glob(folder + "/*.*") + glob.glob(folder + "/*/*.*")
                files += [os.path.relpath(path, folder).replace(os.sep, "/") for path in found]
    return files


def modules_of(files: list[str]) -> tuple[list[str], list[str]]:
    """Return the top-level modules, and the other compiled modules sorted by depth."""
    found = dict(filter(None, map(module_of, files)))
    named = {name: compiled for name, compiled in found.items() if not name.startswith(EDITABLE)}
    depths: dict[str, int] = {}  # by top-level name: a namespace package has no file
    for name in named:
        top = name.partition(".")[0]
        depths[top] = min(depths.get(top, name.count(".")), name.count("."))
    packages = [name for name in named if name.count(".") == depths[name.partition(".")[0]]]
    others = [name for name, compiled in named.items() if compiled and name not in packages]
    return sorted(packages), sorted(others, key=lambda name: (name.count("."), name))


def programs_of(files: list[str]) -> list[str]:
    """Return the paths of commands, which lie beside this interpreter."""
    folder = os.path.dirname(sys.executable)
    names = (name for name in files if re.search(r"(^|/)(bin|Scripts)/[^/]+$", name))
    paths = (os.path.join(folder, os.path.basename(name)) for name in names)
    return [path for path in paths if os.access(path, os.X_OK)]


def has_binary(dist: Installed, files: list[str]) -> bool:
    """Return whether a distribution has a compiled file of any kind."""
    compiled = re.compile(r"\.(so|dylib|pyd|dll|exe)(\.|$)|\.(a|lib|node)$")
    if any(map(compiled.search, files)):
        return True
    programs = [
        name for name in files if "." not in os.path.basename(name) or "/bin/" in f"/{name}"
    ]
    return any(is_compiled(str(dist.locate_file(name))) for name in programs[:MANY])


def is_compiled(path: str) -> bool:
    """Return whether a file is a program or a library for a machine, by how it begins."""
    try:
        with open(path, "rb") as file:
            return file.read(4).startswith(MACHINE_CODE)
    except OSError:
        return False


def parted(dist: Installed, files: list[str]) -> tuple[list[str], list[str]]:
    """Return the files of a distribution that exist, and those that are missing; no bytecode."""
    there: list[str] = []
    lost: list[str] = []
    for name in files:
        if not name.endswith(".pyc"):
            (there if os.path.exists(str(dist.locate_file(name))) else lost).append(name)
    return there, lost


def wheel_of(dist: Installed) -> str | None:
    """Return the name of the wheel that was installed; None if it is not recorded."""
    tags = re.findall(r"^Tag: *(\S+)", dist.read_text("WHEEL") or "", re.M)
    if not tags:
        return None
    merged = "-".join(
        ".".join(sorted(set(part), key=part.index))
        for part in zip(*(tag.split("-") for tag in tags))
    )
    name = re.sub(r"[-_.]+", "_", dist.metadata["Name"])
    return f"{name}-{dist.version}-{merged}.whl"
