"""What every reader of build files shares: the tree, where it would be built, and the notes."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from functools import cached_property

from packaging.version import Version

from buildfix.analysis.archive import SourceTree
from buildfix.analysis.downloads import Download
from buildfix.analysis.facts import Brought, Facts
from buildfix.analysis.findings import Grade, LockedCrates, Notes
from buildfix.analysis.probe_environment import Probe, Refusal
from buildfix.catalog import Knowledge
from buildfix.catalog.schema import Capability
from buildfix.index.files import version_of
from buildfix.platforms.surroundings import Surroundings

_FETCHED = (
    re.compile(r"""https?://[^\s'"]{0,200}/([^\s'"/]{1,100})\.(?:zip|tgz|tar\.(?:gz|bz2|xz))\b"""),
    re.compile(r"""\b_deps['",\s/]{1,9}([\w.+-]{1,100})-src\b"""),
)
"""Archives, and the folders of what CMake's FetchContent fetches."""


@dataclass(frozen=True)
class Compiled:
    """How a source is compiled: with which macros defined, and whether the build needs it."""

    macros: frozenset[str] = frozenset()
    grade: Grade = "sure"


@dataclass
class Survey:
    """One reading of one tree; notes are all that changes."""

    tree: SourceTree
    surroundings: Surroundings
    knowledge: Knowledge
    facts: Facts
    brought: Brought = field(default_factory=Brought)
    project: str = ""
    """The project's own name, normalised: what it builds is nothing that it needs."""
    by_setuptools: bool = False
    """Whether setuptools builds it, or what works as it does."""
    binary: bool = False
    """Whether setup() surely builds something, though nobody sees what."""
    understood: bool = True
    """Whether what is built was followed to its end."""
    hands_on: bool = False
    """Whether setup.py runs programs that may compile what is not seen there."""
    refusals: tuple[Refusal, ...] = ()
    """Where setup.py ends with an error, whatever is there."""
    outside: dict[str, str] = field(default_factory=dict)
    """What setup.py reads beside the tree, by the places of it and of the calls before."""
    without_sources: tuple[Refusal, ...] = ()
    """Where CMake ends because the tree lacks sources that a clone would have."""
    keywords: frozenset[str] = frozenset()
    """The arguments of setup() that are True."""
    required_names: frozenset[str] = frozenset()
    """The normalised names of what the build requires, and of what the project runs with."""
    runs_with: tuple[str, ...] = ()
    """What setup() says that the project requires to run, its extras' requirements among it."""
    notes: Notes = field(default_factory=Notes)
    languages: dict[str, str] = field(default_factory=dict)
    """Compiled languages, each with where it is first seen."""
    downloads: dict[Download, None] = field(default_factory=dict)
    """What the build fetches itself, in the order found."""
    sources: dict[str, Compiled] = field(default_factory=dict)
    """Sources that are compiled here."""
    crates: tuple[LockedCrates, ...] = ()
    """The lock files of crates that are compiled."""
    unknown: dict[str, str] = field(default_factory=dict)
    """Libraries that are linked, not the tree's own, and known to no recipe; each with where."""

    @property
    def python(self) -> Version:
        """The version of the Python that it would be built for; 0 if unknown."""
        return version_of(self.surroundings.python) or Version("0")

    @property
    def runs_setup(self) -> bool:
        """Whether the build runs a setup.py of the tree."""
        return self.by_setuptools and "setup.py" in self.tree.names()

    def compiles(self, language: str, where: str) -> None:
        """Note that something is compiled from c, cxx, fortran, rust or cuda."""
        self.languages.setdefault(language, where)

    def library(self, name: str, where: str, grade: Grade) -> None:
        """Note a library that is linked, as the linker calls it."""
        if not name or name in self.facts.libraries or not re.fullmatch(r"[\w.+-]+", name):
            return
        if name in self._bundled or name in self.facts.of_libc.get(self.surroundings.libc, ()):
            return
        capability = self.knowledge.capability("library-missing", name)
        if capability is None:
            self.notes.add("library-missing", name, where, _at_most_likely(grade))
            if grade == "sure" and not self.hands_on and name.lower() not in self._stems:
                self.unknown.setdefault(name, where)
        elif not capability.id.startswith("dep:virtual/compiler") and not self.is_own(capability):
            held = "optional" if self._is_fetched(capability) else grade
            self.notes.add("library-missing", name, where, held)

    @cached_property
    def _bundled(self) -> frozenset[str]:
        """Names of the libraries whose own sources lie in the tree, to be built with it."""
        builds = (
            *("configure", "configure.ac", "CMakeLists.txt"),
            *("Makefile", "meson.build", "Makefile.in"),
        )
        names = self.tree.names()
        folders = {
            posixpath.basename(folder)
            for folder in self.folders
            if any(f"{folder}/{build}" in names for build in builds)
        }
        return frozenset(folder.removeprefix("lib") for folder in folders)

    @cached_property
    def _stems(self) -> frozenset[str]:
        """The names of all folders and files without their suffixes, and without `lib`."""
        parts = {part for name in self.tree.names() for part in name.lower().split("/")}
        return frozenset(part.partition(".")[0].removeprefix("lib") for part in parts)

    def is_own(self, capability: Capability) -> bool:
        """Say whether the project is what it looks for: a binding of its name lacks its headers."""
        if not self.project or capability.id.rpartition("/")[2] != self.project:
            return False
        headers = tuple(f"/{header}" for header in capability.detectors.get("headers", ()))
        return not headers or any(f"/{name}".endswith(headers) for name in self.tree.names())

    @cached_property
    def folders(self) -> frozenset[str]:
        """All folders of the tree."""
        found: set[str] = set()
        for name in self.tree.names():
            folder = posixpath.dirname(name)
            while folder and folder not in found:
                found.add(folder)
                folder = posixpath.dirname(folder)
        return frozenset(found)

    @cached_property
    def wraps(self) -> tuple[str, ...]:
        """Meson's wrap files."""
        return tuple(
            sorted(
                name
                for name in self.tree.names()
                if name.endswith(".wrap") and posixpath.dirname(name) == "subprojects"
            )
        )

    def header(self, name: str, where: str, grade: Grade) -> None:
        """Note a header that is included; one that nobody knows is none of the system's."""
        if self.facts.standard_header(name) or self.brought.has_header(name):
            return
        capability = self.knowledge.capability("header-missing", name)
        if capability is None or self.is_own(capability):
            return
        if not capability.id.startswith("dep:virtual/"):
            held = "optional" if self._is_fetched(capability) else grade
            self.notes.add("header-missing", name, where, held)

    def _is_fetched(self, capability: Capability) -> bool:
        """Say whether the build fetches the library's own sources."""
        words = capability.detectors.get("words", ())
        names = (*self._fetched, *(one.what.lower() for one in self.downloads))
        return any(name.startswith(word) for name in names for word in words)

    @cached_property
    def _fetched(self) -> tuple[str, ...]:
        """Names of the sources that setup.py has the addresses of, or that CMake puts for it."""
        text = self.tree.text("setup.py") or ""
        found = (match for pattern in _FETCHED for match in pattern.finditer(text))
        return tuple(match[1].lower() for match in found)

    def tool(self, name: str, where: str, grade: Grade, required: str | None = None) -> None:
        """Note a program that the build runs."""
        if name in self.brought.commands or name in self.facts.programs_there or not name:
            return
        kind, subject = self.knowledge.canonical("tool-missing", name)
        if kind == "compiler-missing":
            self.compiles(subject, where)
        elif self.knowledge.capability("tool-missing", name) is None:
            self.notes.add("tool-missing", name, where, _at_most_likely(grade))
        else:
            self.notes.add("tool-missing", name, where, grade, required)

    def package(
        self, kind: str, name: str, where: str, grade: Grade, required: str | None = None
    ) -> None:
        """Note a pkg-config module or CMake package that is looked for."""
        if name.lower() not in self.brought.modules:
            self.notes.add(kind, name, where, grade, required)

    def knows(self, probe: Probe) -> bool:
        """Say whether the recipes know what brings it."""
        return self.knowledge.capability(probe.kind, probe.subject) is not None

    def probe(self, probe: Probe, grade: Grade) -> None:
        """Note what a script asked its machine for."""
        if probe.kind == "tool-missing":
            self.tool(probe.subject, probe.where, grade, probe.required)
        elif probe.kind == "library-missing":
            self.library(probe.subject, probe.where, grade)
        elif probe.kind == "header-missing":
            self.header(probe.subject, probe.where, grade)
        else:
            self.package(probe.kind, probe.subject, probe.where, grade, probe.required)

    def compiled(
        self, source: str, macros: frozenset[str], where: str, grade: Grade = "sure"
    ) -> None:
        """Note a source file that is compiled here, optional where the build goes on without it."""
        language = self.facts.language_of(source)
        if language == "go":
            self.tool("go", where, grade)
            language = "c"  # cgo compiles what speaks to Python
        if language:
            self.compiles(language, where)
        before = self.sources.get(source)
        if before is None:
            self.sources[source] = Compiled(macros, grade)
        elif before.grade != "optional" or grade == "optional":
            self.sources[source] = Compiled(before.macros | macros, before.grade)
        else:
            self.sources[source] = Compiled(macros, grade)


def _at_most_likely(grade: Grade) -> Grade:
    return "likely" if grade == "sure" else grade
