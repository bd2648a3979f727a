"""The headers that compiled sources include on this system, followed through the tree's own."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from buildfix.analysis.findings import Grade
from buildfix.analysis.preprocessor import included, surely_defined
from buildfix.analysis.survey import Survey

MAX_FILES = 3000
"""How many sources and headers of one tree are followed."""
MAX_DEPTH = 2
"""How many headers deep the macros are looked for that decide what a file includes."""
MAX_READ_FOR_MACROS = 1000
"""How many headers of one tree are read for their macros."""
_HEADERS = (".h", ".hpp", ".hh", ".hxx", ".inc")
_EXTERN = re.compile(
    r"""^[ \t]*cdef[ \t]+extern[ \t]+from[ \t]+["'](<?[^"'*>]+>?)["']""", re.MULTILINE
)
_DISTUTILS = re.compile(r"^#[ \t]*distutils:[ \t]*(\w+)[ \t]*=[ \t]*(.+)$", re.MULTILINE)
_CIMPORT = re.compile(
    r"""^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+c?import|cimport[ \t]+([\w.]+)"""
    r"""|include[ \t]+["']([^"']+)["'])""",
    re.MULTILINE,
)
_INCLUDABLE = (
    *(".h", ".hpp", ".hh", ".hxx", ".h.in", ".inc", ".c", ".inl"),
    *(".ipp", ".tcc", ".pxd", ".pxi", ".cc", ".cpp", ".proto", ".fbs"),
)


def predefined(survey: Survey) -> dict[str, bool]:
    """Return which of the compilers' own macros are defined there, and which surely are not."""
    here = survey.surroundings
    holds = {
        "linux": here.system == "linux",
        "glibc": here.libc == "glibc",
        "darwin": here.system == "darwin",
        "win32": here.is_windows,
        "win64": here.is_windows and here.is_64bit,
        "msvc": here.compiler == "msvc",
        "posix": not here.is_windows,
        "gnuc": here.compiler != "msvc",
        "clang": here.compiler == "clang",
        "x86_64": here.arch in ("x86_64", "AMD64"),
        "aarch64": here.arch in ("aarch64", "arm64", "ARM64"),
        "never": False,
    }
    return {name: holds[group] for group, names in survey.facts.macros.items() for name in names}


_SYSTEM_FOLDER = re.compile(r"(?:^|/)(win|windows|win32|win64|msvc\w*|mingw\w*)/", re.IGNORECASE)


@dataclass
class _Follower:
    """Walks through one tree's sources, each once."""

    survey: Survey
    known: dict[str, bool]
    by_base: dict[str, list[str]]
    seen: dict[str, bool] = field(default_factory=dict)
    """Files that were followed, and whether they surely are compiled."""
    _owned: dict[tuple[str, str], str | None] = field(default_factory=dict)
    _macros: dict[tuple[str, int], frozenset[str]] = field(default_factory=dict)

    def follow(self, name: str, macros: frozenset[str], grade: Grade) -> None:
        """Note what a file and the tree's own headers that it includes ask for."""
        pending = [(name, True)]
        while pending and len(self.seen) < MAX_FILES:
            current, surely = pending.pop()
            text = self.survey.tree.text(current)
            if text is None or self.seen.get(current) in (True, surely):
                continue
            self.seen[current] = surely
            for header, line, sure, quoted in self._wanted(current, text, macros):
                own = self.own(header, current)
                both = sure and surely
                if own:
                    pending.append((own, both))
                elif self._may_be_systems(header, quoted):
                    self.survey.header(header, f"{current}:{line}", grade if both else "optional")

    def _wanted(
        self, name: str, text: str, macros: frozenset[str]
    ) -> Iterator[tuple[str, int, bool, bool]]:
        if name.endswith((".pyx", ".pxd", ".pxi")):
            yield from self._of_cython(text)
        else:
            yield from included(text, self.known, macros, self._defined_by(name))

    def _of_cython(self, text: str) -> Iterator[tuple[str, int, bool, bool]]:
        """Yield what Cython takes from headers and its own files; surely where no `IF` is above."""
        for match in _EXTERN.finditer(text):
            header, line = match[1].strip("<>"), _line(text, match.start())
            yield header, line, not _indented(match), not match[1].startswith("<")
        for match in _CIMPORT.finditer(text):
            surely = match[3] is None or not _indented(match)
            for own in _cython_files(match):
                yield own, 0, surely, True

    def _defined_by(self, includer: str, depth: int = 1) -> Callable[[str], Iterable[str]]:
        """Return what tells the macros of the tree's own headers that a file includes.

        The headers that those include count, too; a template has them only once it was filled in.
        """

        def macros_of(header: str) -> Iterable[str]:
            own = self.own(header, includer)
            if own is None or not own.endswith(_HEADERS):
                return ()
            if (own, depth) not in self._macros and len(self._macros) < MAX_READ_FOR_MACROS:
                self._macros[own, depth] = frozenset()  # headers may include each other
                text = self.survey.tree.text(own) or ""
                deeper = self._defined_by(own, depth + 1) if depth < MAX_DEPTH else _no_macros
                found = surely_defined(text, self.known, deeper)
                self._macros[own, depth] = frozenset(found)
            return self._macros.get((own, depth), ())

        return macros_of

    def own(self, header: str, includer: str) -> str | None:
        """Return the tree's own file that an include means, None where it is none."""
        key = (header, posixpath.dirname(includer))
        if key not in self._owned:
            self._owned[key] = self._find_own(header, includer)
        return self._owned[key]

    def _find_own(self, header: str, includer: str) -> str | None:
        folder = posixpath.dirname(includer)
        beside = posixpath.normpath(posixpath.join(folder, header))
        if beside in self.survey.tree.names():
            return beside
        while folder:  # of several copies of a library, the one that includes it
            folder = posixpath.dirname(folder)
            near = posixpath.join(folder, header)
            if folder and near in self.survey.tree.names() and not self._of_other_system(near):
                return near
        for name in self.by_base.get(posixpath.basename(header), ()):
            if self._of_other_system(name):
                continue
            if name == header or name.endswith("/" + header.lstrip("./")):
                return name
        return self._made_from(posixpath.basename(header))

    def _made_from(self, base: str) -> str | None:
        """Return the file of the tree that a header is generated from."""
        sources = [f"{base}.in", f"{base}.cmake"]
        if base.endswith(".pb.h"):
            sources.append(base.removesuffix(".pb.h") + ".proto")
        if base.endswith("_generated.h"):
            sources.append(base.removesuffix("_generated.h") + ".fbs")
        found = (one for source in sources for one in self.by_base.get(source, ()))
        return next(found, None)

    def _of_other_system(self, name: str) -> bool:
        """Say whether a file lies in a folder named for a system that this is not."""
        match = _SYSTEM_FOLDER.search(name)
        return match is not None and (match[1].lower()[:3] in ("win", "msv", "min")) is not (
            self.survey.surroundings.is_windows
        )

    def _may_be_systems(self, header: str, quoted: bool) -> bool:
        """Say whether a header that is none of the tree's may be one of the system's."""
        if not quoted or "/" in header:
            return True
        return self.survey.knowledge.capability("header-missing", header) is not None


def _no_macros(_header: str) -> Iterable[str]:
    return ()


def _indented(match: re.Match[str]) -> bool:
    """Say whether a line is in a block: what stands for itself is only in one of an `IF`."""
    return match[0][:1] in " \t"


def _cython_files(match: re.Match[str]) -> Iterator[str]:
    """Yield the files that a cimport or include of Cython may mean."""
    if match[3]:
        yield match[3]
    else:
        yield (match[1] or match[2]).lstrip(".").replace(".", "/") + ".pxd"


def note_compiled(survey: Survey, grade: Grade) -> None:
    """Note the headers that all sources compiled here include, and what Cython's comments say."""
    follower = _Follower(survey, predefined(survey), _by_base(survey.tree.names()))
    for source, compiled in sorted(
        survey.sources.items(), key=lambda item: item[1].grade != "sure"
    ):
        weight = grade if compiled.grade == "sure" else compiled.grade
        macros = compiled.macros
        found = source if source in survey.tree.names() else _generated_from(survey, source)
        if found is None:
            continue
        text = survey.tree.text(found) or ""
        if found.endswith((".pyx", ".py")):
            _note_distutils(survey, found, text)
            declared = posixpath.splitext(found)[0] + ".pxd"
            follower.follow(declared, macros, weight)
        if not found.endswith(".py"):
            follower.follow(found, macros, weight)


def note_includes(
    survey: Survey, code: str, where: str, macros: frozenset[str], grade: Grade
) -> None:
    """Note what a piece of C code that is compiled here includes."""
    by_base = _by_base(survey.tree.names())
    follower = _Follower(survey, predefined(survey), by_base)
    for header, _, sure, _ in included(code, follower.known, macros):
        own = follower.own(header, where.partition(":")[0])
        if own:
            follower.follow(own, macros, grade)
        else:
            survey.header(header, where, grade if sure else "optional")


def _by_base(names: Iterable[str]) -> dict[str, list[str]]:
    by_base: dict[str, list[str]] = {}
    for name in names:
        if name.endswith(_INCLUDABLE):
            by_base.setdefault(posixpath.basename(name), []).append(name)
    for found in by_base.values():
        found.sort(key=len)
    return by_base


def _generated_from(survey: Survey, source: str) -> str | None:
    """Return what a source that is not in the tree is made from."""
    stem, suffix = posixpath.splitext(source)
    candidates = (
        f"{stem}.pyx",
        f"{stem}.pyx.in",
        f"{source}.in",
        f"{stem}.py",
        f"{stem}.c",
        f"{stem}.cpp",
    )
    return next((one for one in candidates if suffix and one in survey.tree.names()), None)


def _note_distutils(survey: Survey, name: str, text: str) -> None:
    """Note what Cython's own comments hand to the compiler."""
    for match in _DISTUTILS.finditer(text):
        where = f"{name}:{_line(text, match.start())}"
        if match[1] == "language" and "c++" in match[2]:
            survey.compiles("cxx", where)
        elif match[1] == "libraries":
            for library in re.split(r"[\s,]+", match[2].strip().strip("[]")):
                survey.library(library.strip("'\""), where, "sure")


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1
