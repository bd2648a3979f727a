"""The headers that compiled sources include on this system, followed through the tree's own."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from buildfix.analysis.findings import Grade
from buildfix.analysis.survey import Survey

MAX_FILES = 3000
"""How many sources and headers of one tree are followed."""
MAX_CONDITION = 1000
"""Characters of a condition; real ones have a few dozen."""
_DIRECTIVE = re.compile(
    r"^[ \t]*#[ \t]*(include|import|ifdef|ifndef|if|elif|else|endif|define|undef)\b[ \t]*(.*)$",
    re.MULTILINE,
)
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
_NAME = re.compile(r"[<\"]([^>\"]+)[>\"]")
_MACRO = re.compile(
    r"defined\s*\(?\s*(\w+)\s*\)?|__has_include\s*\([^)]*\)|\b([A-Za-z_]\w*)\b|(\d+)[uUlL]*"
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
            yield from included(text, self.known, macros)

    def _of_cython(self, text: str) -> Iterator[tuple[str, int, bool, bool]]:
        """Yield what Cython takes from headers and its own files; surely where no `IF` is above."""
        for match in _EXTERN.finditer(text):
            header, line = match[1].strip("<>"), _line(text, match.start())
            yield header, line, not _indented(match), not match[1].startswith("<")
        for match in _CIMPORT.finditer(text):
            surely = match[3] is None or not _indented(match)
            for own in _cython_files(match):
                yield own, 0, surely, True

    def own(self, header: str, includer: str) -> str | None:
        """Return the tree's own file that an include means, None where it is none."""
        key = (header, posixpath.dirname(includer))
        if key not in self._owned:
            self._owned[key] = self._find_own(header, includer)
        return self._owned[key]

    def _find_own(self, header: str, includer: str) -> str | None:
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(includer), header))
        if beside in self.survey.tree.names():
            return beside
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


def included(
    text: str, known: dict[str, bool], macros: Collection[str]
) -> Iterator[tuple[str, int, bool, bool]]:
    """Yield each header that is included, its line, whether surely, and whether in quotes.

    A header under a condition that only the build decides is not sure; one under a condition that
    does not hold here is left out.
    """
    defined = {**known, **dict.fromkeys(macros, True)}
    stack: list[tuple[bool | None, bool]] = []  # what holds, whether a branch held before
    count = 0
    last = 0
    for match in _DIRECTIVE.finditer(text):
        count += text.count("\n", last, match.start())
        last = match.start()
        word, rest = match[1], match[2]
        if word in ("include", "import"):
            holds = [one for one, _ in stack]
            name = _NAME.match(rest)
            if name and False not in holds:
                yield name[1].strip(), count + 1, None not in holds, rest.startswith('"')
        elif word in ("define", "undef"):
            _define(word, rest, defined, stack)
        else:
            _condition(word, rest, defined, stack)


def surely_compiled(text: str, known: dict[str, bool]) -> Iterator[tuple[int, str]]:
    """Yield the parts of C code that no condition, or only one that holds, stands above.

    Each has the number of its first line; directives are no part of it.
    """
    defined = dict(known)
    stack: list[tuple[bool | None, bool]] = []
    start = 0
    for match in (*_DIRECTIVE.finditer(text), None):
        if all(one is True for one, _ in stack):
            yield _line(text, start), text[start : match.start() if match else len(text)]
        if match is None:
            return
        start = match.end()
        if match[1] in ("define", "undef"):
            _define(match[1], match[2], defined, stack)
        elif match[1] == "ifndef" and "".join(match[2].split()[:1]) not in defined:
            stack.append((None, False))
        elif match[1] not in ("include", "import"):
            _condition(match[1], match[2], defined, stack)


def _define(
    word: str, rest: str, defined: dict[str, bool], stack: list[tuple[bool | None, bool]]
) -> None:
    name = re.match(r"\w+", rest)
    if name and all(one is True for one, _ in stack):
        defined[name[0]] = word == "define"


def _condition(
    word: str, rest: str, defined: dict[str, bool], stack: list[tuple[bool | None, bool]]
) -> None:
    if word in ("if", "ifdef", "ifndef"):
        holds = _opened(word, rest, defined)
        stack.append((holds, holds is True))
    elif word in ("elif", "else") and stack:
        before, held = stack.pop()
        holds = _continued(word, rest, defined, before)
        stack.append((False if held else holds, held or holds is True))
    elif word == "endif" and stack:
        stack.pop()


def _opened(word: str, rest: str, defined: dict[str, bool]) -> bool | None:
    if word == "if":
        return evaluate_condition(rest, defined)
    holds = defined.get("".join(rest.split()[:1]))
    if word == "ifdef":
        return holds
    return True if holds is None else not holds  # a guard, or a default for what nothing has set


def _continued(word: str, rest: str, defined: dict[str, bool], before: bool | None) -> bool | None:
    """Return whether a further branch holds, where none before it is known to."""
    holds = evaluate_condition(rest, defined) if word == "elif" else True
    return None if before is None and holds is True else holds


def evaluate_condition(text: str, defined: dict[str, bool]) -> bool | None:
    """Return whether an `#if` holds, None where that is unknown.

    Only `defined`, names, numbers, `!`, `&&` and `||` are understood; a comparison is unknown.
    """
    if len(text) > MAX_CONDITION:
        return None
    plain = re.sub(r"/\*.*?\*/|//.*$", "", text).strip().rstrip("\\").strip()
    parts = _split(plain, "||")
    if len(parts) > 1:
        answers = [evaluate_condition(part, defined) for part in parts]
        return True if True in answers else None if None in answers else False
    parts = _split(plain, "&&")
    if len(parts) > 1:
        answers = [evaluate_condition(part, defined) for part in parts]
        return False if False in answers else None if None in answers else True
    return _atom(plain, defined)


def _atom(plain: str, defined: dict[str, bool]) -> bool | None:
    if re.match("!(?!=)", plain):
        inner = evaluate_condition(plain[1:].strip(), defined)
        return None if inner is None else not inner
    if plain.startswith("(") and plain.endswith(")") and _closes_last(plain):
        return evaluate_condition(plain[1:-1], defined)
    match = _MACRO.fullmatch(plain)
    if match is None:
        return _comparison(plain, defined)
    return bool(int(match[3])) if match[3] else defined.get(match[1] or match[2])


def _comparison(plain: str, defined: dict[str, bool]) -> bool | None:
    """Return that a comparison with what surely is not defined does not hold."""
    compared = re.match(r"\(*\s*(\w+)\s*(?:[<>=!]=?|%|&)", plain)
    return False if compared and defined.get(compared[1]) is False else None


def _closes_last(text: str) -> bool:
    depth = 0
    for place, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return place == len(text) - 1
    return False


def _split(text: str, operator: str) -> list[str]:
    """Split at an operator outside all parentheses."""
    parts, depth, start, place = [], 0, 0, 0
    while place < len(text):
        char = text[place]
        depth += (char == "(") - (char == ")")
        if depth == 0 and text.startswith(operator, place):
            parts.append(text[start:place].strip())
            place += len(operator)
            start = place
        else:
            place += 1
    parts.append(text[start:].strip())
    return parts
