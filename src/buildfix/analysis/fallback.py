"""What a source probably needs if nobody follows its build to the end.

This needs no understanding: the languages of its sources, its build files, the words in setup.py
that name libraries, and the lists of its own authors. All of it is likely, and nothing is sure.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace

from buildfix.analysis.author_lists import note_author_lists
from buildfix.analysis.autoconf import read_configure
from buildfix.analysis.compiled_guess import ASIDE, speaks_to_python
from buildfix.analysis.findings import Finding, Notes
from buildfix.analysis.includes import note_compiled
from buildfix.analysis.probe_environment import Probe
from buildfix.analysis.survey import Survey

_STRING = re.compile(r"""(['"])((?:(?!\1)[^\\\n]){1,100})\1""")
_LIBRARIES = re.compile(r"""\blibraries\b['"]?[^\n\[(]{0,20}[\[(]([^\])]{0,500})""")
_LINKED = re.compile(r"-l([A-Za-z][\w.+-]*)$")
_LOOKS_UP = re.compile(r"(?:find_library|find_library_file|has_library|check_lib)\s*\(")
_MODULES = re.compile(r"pkg-?_?config", re.IGNORECASE)
_CONFIG = re.compile(r"[\w-]{2,30}[-_]config")
_RUNS = re.compile(r"\b(?:subprocess|os\.system|spawn|cmake\w*)\b", re.IGNORECASE)
_OF_BUILD = re.compile(r"^[^/]*$|(?:^|/)(?:setup|hatch|build)\w*\.py$")
_PROGRAM = re.compile(r"""\b(?:which|find_executable)\(\s*['"]([\w.+-]{1,40})['"]""")
_BY_CFFI = re.compile(r"\bFFI\(|\.set_source\(")
_INCLUDED = re.compile(r"""#[ \t]*include[ \t]*[<"]([\w./+-]{1,100})[>"]""")
_ALWAYS_COMPILED = (".pyx", ".pyx.in", ".f90", ".f95", ".f", ".cu")
_BUILD_FILES = frozenset(
    {"CMakeLists.txt", "meson.build", "configure", "Makefile", "makefile", "GNUmakefile"}
)


def fallback_findings(survey: Survey) -> tuple[Finding, ...]:
    """Return what else a source probably needs, each capability of the recipes once.

    What was read from its build files needs no second look: neither the languages, if any was
    found, nor the headers of what is compiled, if the build was followed to its end.
    """
    floor = replace(survey, notes=Notes(), languages={}, sources={})
    if not survey.languages:
        _note_sources(floor)
    for name, text in _scripts(floor):
        _note_words(floor, name, text)
    note_author_lists(floor)
    if not survey.understood:
        note_compiled(floor, "likely")
    _note_languages(floor)
    found = {_id(survey, one): one for one in reversed(floor.notes.needed())}
    known = {_id(survey, one) for one in survey.notes.needed() if one.sure}
    return tuple(found[one] for one in reversed(found) if one and one not in known)


def _id(survey: Survey, finding: Finding) -> str:
    """Return the id of the capability that a finding lacks; empty if the recipes know none."""
    if finding.need.kind == "build":
        return finding.need.subject
    capability = survey.knowledge.capability(finding.need.kind, finding.need.subject)
    return capability.id if capability else ""


def _note_sources(survey: Survey) -> None:
    """Note the languages of what speaks to Python, and of what a build file is for."""
    for name in sorted(survey.tree.names()):
        if ASIDE.search(name):
            continue
        if name.endswith(_ALWAYS_COMPILED) or speaks_to_python(survey, name):
            survey.compiled(name, frozenset(), name, "likely")
        elif posixpath.basename(name) == "Cargo.toml" and "/" not in posixpath.dirname(name):
            survey.compiles("rust", name)
        elif name in ("configure.ac", "configure.in"):
            read_configure(survey, "")
    _note_programs(survey)


def _note_programs(survey: Survey) -> None:
    """Note what a script builds by programs: all that its own sources are written in.

    Fortran may be of a library that nobody builds if anything else is known to be compiled.
    """
    names = survey.tree.names()
    built = [name for name in names if posixpath.basename(name) in _BUILD_FILES]
    if not built or not _runs_programs(survey):
        return
    compiled = ("c", "cxx") if survey.languages else ("c", "cxx", "fortran")
    for name in sorted(names):
        language = None if ASIDE.search(name) else survey.facts.language_of(name)
        if language and language in compiled:
            survey.compiles(language, name)


def _runs_programs(survey: Survey) -> bool:
    return _RUNS.search(survey.tree.text("setup.py") or "") is not None


def _scripts(survey: Survey) -> Iterator[tuple[str, str]]:
    """Yield the scripts that may be a part of the build, with their texts.

    These are setup.py and those beside it, others called as such, and what compiles by cffi.
    """
    for name in sorted(survey.tree.names()):
        text = (survey.tree.text(name) or "") if name.endswith(".py") else ""
        if text and (_OF_BUILD.search(name) or _BY_CFFI.search(text)):
            yield name, text


def _note_words(survey: Survey, file: str, text: str) -> None:
    """Note the libraries and headers that the strings of a script name."""
    for header in _INCLUDED.findall(text):
        survey.header(header, file, "likely")
    for program in _PROGRAM.findall(text):
        survey.tool(program, file, "likely")
    for match in _LIBRARIES.finditer(text):
        for _, word in _STRING.findall(match[1]):
            survey.library(word, file, "likely")
    for number, line in enumerate(text.splitlines(), start=1):
        _note_strings(survey, f"{file}:{number}", line.partition("#")[0])


def _note_strings(survey: Survey, where: str, code: str) -> None:
    """Note what the strings of a line name."""
    for _, word in _STRING.findall(code):
        if linked := _LINKED.match(word):
            survey.library(linked[1], where, "likely")
        elif _LOOKS_UP.search(code):
            survey.library(word, where, "likely")
        elif _CONFIG.fullmatch(word):
            survey.tool(word, where, "likely")
        elif _MODULES.search(code):
            _note_modules(survey, word, where)


def _note_modules(survey: Survey, word: str, where: str) -> None:
    for name in re.findall(r"[A-Za-z][\w.+-]*", word):
        probe = Probe("pkgconfig-missing", name, where=where)
        if survey.knows(probe):
            survey.probe(probe, "likely")
            survey.tool("pkg-config", where, "likely")


def _note_languages(survey: Survey) -> None:
    for language, where in survey.languages.items():
        survey.notes.add("compiler-missing", language, where, "likely")
    if survey.languages.keys() & {"c", "cxx", "fortran", "cuda"}:
        where = next(iter(survey.languages.values()))
        survey.notes.add("python-headers-missing", "Python.h", where, "likely")
