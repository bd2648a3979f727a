"""Reading a source tree: what building it in some surroundings needs, without running any of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from packaging.utils import canonicalize_name

from buildfix.analysis.archive import SourceTree
from buildfix.analysis.cargo import read_cargo
from buildfix.analysis.cmake import read_cmake
from buildfix.analysis.facts import load_facts
from buildfix.analysis.findings import Finding, Grade
from buildfix.analysis.includes import note_compiled
from buildfix.analysis.meson import read_meson
from buildfix.analysis.minimums import with_minimums
from buildfix.analysis.own_metadata import says_of
from buildfix.analysis.pyproject import (
    Project,
    names_of,
    note_extension_tables,
    note_external,
    read_project,
)
from buildfix.analysis.python.config import read_config
from buildfix.analysis.setup_py import read_backend, read_helpers, read_setup
from buildfix.analysis.side_by_side import makefiles_generated, why_not_side_by_side
from buildfix.analysis.survey import Compiled, Survey, language_of
from buildfix.analysis.toml_text import table, texts
from buildfix.analysis.undeclared import note_undeclared
from buildfix.catalog import Knowledge
from buildfix.index.metadata import Metadata
from buildfix.platforms.surroundings import Surroundings

UNKNOWN = Metadata(certain=False)


@dataclass(frozen=True)
class Reading:
    """What a source says about building it."""

    name: str
    """The project's name, empty where nothing says it."""
    version: str
    """Its version, empty where nothing says it."""
    backend: str
    build_requires: tuple[str, ...]
    """PEP 508 requirements that pip puts into the build's environment, here and now."""
    requires_python: str | None
    requires: tuple[str, ...]
    """What it requires to run, where that is static."""
    needs: tuple[Finding, ...]
    """What the system must have."""
    optional: tuple[Finding, ...]
    """What the build makes use of, and does without."""
    one_by_one: str = "the source was not read for this"
    """Why its extensions must not be built side by side; "" where it is shown that they may."""
    makefiles_generated: bool = False
    """Whether it has makefiles, all made by automake, which makes them for parallel jobs."""
    says: Metadata = UNKNOWN
    """What an install needs to know of it."""


def read_source(tree: SourceTree, surroundings: Surroundings, knowledge: Knowledge) -> Reading:
    """Return what a source needs to be built in these surroundings; raises RecipeError."""
    facts = load_facts(knowledge)
    project = read_project(tree, surroundings)
    asked = project.build_names | set(facts.brought_by(project.backend))
    for backend, module in (
        ("scikit-build-core", "scikit_build_core"),
        ("meson-python", "mesonpy"),
    ):
        if backend in asked:
            asked |= set(facts.brought_by(module))
    own = canonicalize_name(project.name)
    survey = Survey(tree, surroundings, knowledge, facts, facts.among(asked), own)
    requires = project.build_requires
    if project.external:
        note_external(survey, project.external)
    reader = _reader(project)
    requires += reader(survey, project)
    note_compiled(survey, "optional" if reader in _DECLARING else "sure")
    _note_languages(survey)
    return Reading(
        name=project.name,
        version=project.version,
        backend=project.backend,
        build_requires=requires,
        requires_python=project.requires_python,
        requires=project.requires,
        needs=tuple(with_minimums(_once(survey.notes.needed(), knowledge), tree, knowledge)),
        optional=survey.notes.optional(),
        one_by_one=why_not_side_by_side(
            tree, project, surroundings, knowledge.parallel.side_by_side
        ),
        makefiles_generated=makefiles_generated(tree),
        says=says_of(tree, project, survey.runs_with),
    )


def _reader(project: Project) -> Callable[[Survey, Project], tuple[str, ...]]:
    """Return what reads this project's dialect: its backend's, or what that one hands on to."""
    backend = project.backend.partition(".")[0].partition(":")[0]
    reader = _READERS.get(backend, _read_setuptools)
    if project.backend_path or reader in (_read_nothing, _read_hatchling):
        hands_on = {"scikit-build-core": _read_scikit_build, "meson-python": _read_meson_python}
        hands_on["maturin"] = _read_maturin
        found = (hands_on[name] for name in hands_on if name in project.build_names)
        return next(found, reader)
    return reader


def _once(findings: tuple[Finding, ...], knowledge: Knowledge) -> Iterator[Finding]:
    """Leave out headers of what is already known to be needed, after the first one."""
    named = {
        capability.id
        for finding in findings
        if finding.sure and finding.need.kind != "header-missing"
        for capability in [knowledge.capability(finding.need.kind, finding.need.subject)]
        if capability
    }
    folders = [
        pattern.partition("/")[2]
        for identifier in named
        for pattern in knowledge.capabilities[identifier].detectors.get("headers", ())
    ]
    for finding in findings:
        if finding.need.kind == "header-missing":
            capability = knowledge.capability("header-missing", finding.need.subject)
            if capability is None or capability.id in named:
                continue
            if _is_in_folder(finding.need.subject, folders):
                continue
            if finding.sure:
                named.add(capability.id)
        yield finding


def _is_in_folder(header: str, patterns: Iterable[str]) -> bool:
    """Say whether a header is found in the folder of a library that the build is told of.

    `patterns` are of headers within such folders; one that any header fits tells nothing.
    """
    return any(pattern[:1].isalpha() and fnmatchcase(header, pattern) for pattern in patterns)


def _read_setuptools(survey: Survey, project: Project) -> tuple[str, ...]:
    more: tuple[str, ...] = ()
    for manifest in note_extension_tables(survey, project.tool):
        read_cargo(survey, manifest)
    if "setup.py" in survey.tree.names():
        note_undeclared(survey, project.build_names)
        more = read_setup(survey, {*project.build_names, "setuptools", "wheel"})
        survey.brought = survey.facts.among(project.build_names | names_of(more))
    elif project.backend_path and not survey.languages:
        _read_own_backend(survey, project)
    elif _is_helped(survey, project):
        read_helpers(survey, project.build_names)
    if not survey.languages:
        _guess_compiled(survey)
    return more


def _guess_compiled(survey: Survey) -> None:
    """Note that something may be compiled: no extension was seen, yet C speaks to Python."""
    for name in sorted(survey.tree.names()):
        if (
            _APART.search(name)
            or language_of(name) not in ("c", "cxx")
            or name.endswith((".pyx", ".i"))
        ):
            continue
        if re.search(r"#\s*include\s*[<\"]Python\.h", survey.tree.text(name) or ""):
            grade: Grade = "sure" if survey.binary else "likely"
            survey.notes.add("compiler-missing", str(language_of(name)), name, grade)
            survey.notes.add("python-headers-missing", "Python.h", name, grade)
            survey.sources[name] = Compiled(grade="likely")


_APART = re.compile(
    r"(?:^|/)(?:tests?|docs?|examples?|samples?|demos?|benchmarks?|data)/", re.IGNORECASE
)


def _is_helped(survey: Survey, project: Project) -> bool:
    """Say whether extension-helpers is told to find the extensions, where no setup.py does."""
    told: Any = table(project.tool, "extension-helpers")
    told = told or read_config(survey.tree.text("setup.cfg")).get("extension-helpers", {})
    return str(told.get("use_extension_helpers")).lower() == "true"


def _read_own_backend(survey: Survey, project: Project) -> None:
    """Note what a backend of the tree's own needs: that of all Cython, where it does not tell."""
    read_backend(survey, project.backend, project.backend_path, project.build_names)
    if survey.languages:
        return
    for name in survey.tree.names():
        if name.endswith(".pyx") and not re.search(r"(?:^|/)tests?/", name):
            survey.compiled(name, frozenset(), name)


def _read_meson_python(survey: Survey, project: Project) -> tuple[str, ...]:
    arguments = texts(table(project.tool, "meson-python", "args").get("setup"))
    read_meson(survey, arguments)
    return ()


def _read_scikit_build(survey: Survey, project: Project) -> tuple[str, ...]:
    settings = table(project.tool, "scikit-build")
    folder = str(table(settings, "cmake").get("source-dir", "."))
    defined: dict[str, str] = {"SKBUILD": "2", "SKBUILD_PROJECT_NAME": project.name}
    for name, value in {
        **table(settings, "cmake", "define"),
        **table(settings, "cmake.define"),
    }.items():
        if isinstance(value, dict):
            value = value.get("default", "")
        defined[name] = "ON" if value is True else "OFF" if value is False else str(value)
    read_cmake(survey, "" if folder == "." else folder, defined)
    return ()


def _read_maturin(survey: Survey, project: Project) -> tuple[str, ...]:
    settings = table(project.tool, "maturin")
    manifest = str(settings.get("manifest-path", "Cargo.toml"))
    read_cargo(survey, manifest, texts(settings.get("features")))
    return ()


def _read_hatchling(survey: Survey, project: Project) -> tuple[str, ...]:
    """Note what hooks compile, whatever they do it by: C that speaks to Python is theirs."""
    build = table(project.tool, "hatch", "build")
    if table(build, "hooks") or table(build, "targets", "wheel", "hooks"):
        survey.binary = True
        _guess_compiled(survey)
    return ()


def _read_nothing(_survey: Survey, _project: Project) -> tuple[str, ...]:
    return ()


_READERS: dict[str, Callable[[Survey, Project], tuple[str, ...]]] = {
    "mesonpy": _read_meson_python,
    "scikit_build_core": _read_scikit_build,
    "py_build_cmake": _read_scikit_build,
    "maturin": _read_maturin,
    "flit_core": _read_nothing,
    "flit": _read_nothing,
    "hatchling": _read_hatchling,
    "pdm": _read_setuptools,
    "poetry": _read_setuptools,
    "uv_build": _read_nothing,
}


_DECLARING = (_read_meson_python, _read_scikit_build)
"""Dialects that declare what they link, so that a header adds nothing but what they bring along."""


def _note_languages(survey: Survey) -> None:
    """Note the compilers of what is compiled, and the interpreter's headers for it."""
    for language, where in survey.languages.items():
        if language != "rust":
            survey.notes.add("compiler-missing", language, where, "sure")
    if survey.languages.keys() & {"c", "cxx", "fortran", "cuda"}:
        where = next(iter(survey.languages.values()))
        survey.notes.add("python-headers-missing", "Python.h", where, "sure")
