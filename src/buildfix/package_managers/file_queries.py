"""Which files would meet a need, and how the indexes are asked for them: plain functions.

A subject is what a log says. One that has anything in it but the characters of file names gets no
answer, so that nothing of it can be read as an option or a pattern by the program that is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from buildfix.core import Need

_PLAIN = re.compile(r"(?!.*(?:^|/)\.\.?(?:/|$))[A-Za-z0-9_][A-Za-z0-9_.+/-]*")
_SHARED = re.compile(r"(?:lib)?(?P<name>.+?)(?:\.so(?P<number>\.[0-9.]+)?)?")


@dataclass(frozen=True)
class Wanted:
    """How the path of a file that meets a need ends."""

    kind: str
    """The need's own kind."""
    name: str
    """What is looked for, without what every file of that kind has: `xml2` of `libxml2.so`."""
    endings: tuple[str, ...]
    """Each from a slash on."""
    substitutes: tuple[str, ...] = ()
    """Endings of what may serve in place of it, never for sure: a pkg-config file for CMake."""
    numbered: bool = False
    """Whether a number follows, as after `/libmagic.so`."""

    def rank(self, path: str) -> int | None:
        """Return which ending a path has, those of substitutes last, None where it has none."""
        if self.numbered:
            path = _without_number(path)
        found = (
            rank
            for rank, ending in enumerate((*self.endings, *self.substitutes))
            if path.endswith(ending)
        )
        return next(found, None)

    @property
    def globs(self) -> tuple[str, ...]:
        """The endings as patterns of a shell."""
        number = ".[0-9]*" if self.numbered else ""
        return tuple(f"*{ending}{number}" for ending in (*self.endings, *self.substitutes))


def wanted(need: Need) -> Wanted | None:
    """Return which files would meet a need, None where none is to be asked for."""
    make = _MAKERS.get(need.kind)
    return make(need.kind, need.subject) if make and _PLAIN.fullmatch(need.subject) else None


def wanted_by(needs: Iterable[Need]) -> dict[Need, Wanted]:
    """Return which files would meet each need, for those that a file meets."""
    found = ((need, wanted(need)) for need in needs)
    return {need: one for need, one in found if one}


def regex(asked: Iterable[Wanted]) -> str:
    """Return one extended regular expression (POSIX and Perl) for the ends of all these paths.

    The slash that they all begin with stands before the choice: so apt-file takes a third of the
    time for eighty of them, no more than for one.
    """
    endings = (
        one[1:].replace(".", r"\.").replace("+", r"\+") + (r"\.[0-9.]+" if each.numbered else "")
        for each in asked
        for one in (*each.endings, *each.substitutes)
    )
    return f"/({'|'.join(dict.fromkeys(endings))})"


def _without_number(path: str) -> str:
    """Return the path of a shared library without its number, nothing where it has none."""
    match = re.fullmatch(r"(.*\.so)\.[0-9.]+", path)
    return match[1] if match else ""


def _shared(kind: str, subject: str) -> Wanted | None:
    """Return a shared library as a loader or ctypes names it: `libGL.so.1`, `libmagic`, `magic`."""
    match = _SHARED.fullmatch(subject)
    if match is None or "/" in subject:
        return None
    ending = f"/lib{match['name']}.so"
    if match["number"]:
        return Wanted(kind, match["name"], (ending + match["number"],))
    return Wanted(kind, match["name"], (ending,), numbered=True)


def _cmake(kind: str, subject: str) -> Wanted:
    """Return a package's configuration as find_package looks for it (cmake-commands(7)).

    A package without one is found by a module of CMake's own, which looks for the files themselves.
    """
    lower = subject.lower()
    return Wanted(
        kind,
        lower,
        (f"/{subject}Config.cmake", f"/{lower}-config.cmake"),
        (f"/pkgconfig/{lower}.pc", f"/{lower}.h", f"/lib{lower}.so"),
    )


def _with(*endings: str) -> Callable[[str, str], Wanted]:
    return lambda kind, subject: Wanted(
        kind, subject, tuple(ending.format(subject) for ending in endings)
    )


_MAKERS: Mapping[str, Callable[[str, str], Wanted | None]] = {
    "header-missing": _with("/{}"),
    "pkgconfig-missing": _with("/pkgconfig/{}.pc"),
    "tool-missing": _with("/bin/{}", "/sbin/{}"),
    "library-missing": _with("/lib{}.so", "/lib{}.a"),
    "runtime-library-missing": _shared,
    "cmake-package-missing": _cmake,
}


def owning(
    files: Mapping[str, Iterable[str]], libraries: Iterable[str], program: str
) -> frozenset[str]:
    """Return the packages that have a file named as one of these libraries, or the program.

    In whatever folder: a library's link in one and its file in another, alternatives, folders that
    are links (`/lib` to `/usr/lib`) all come to the same name. `program` is a path.
    """
    wanted, ending = frozenset(libraries), f"/bin/{program.rpartition('/')[2]}"
    return frozenset(
        package
        for package, paths in files.items()
        if any(path.rpartition("/")[2] in wanted or path.endswith(ending) for path in paths)
    )
