"""Reading a source tree: what building it in some surroundings needs, without running any of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import chain

from packaging.utils import canonicalize_name

from buildfix.analysis.archive import ASIDE, SourceTree
from buildfix.analysis.author_lists import note_author_lists
from buildfix.analysis.cargo import note_crates, read_cargo
from buildfix.analysis.downloads import Download
from buildfix.analysis.external_metadata import note_external
from buildfix.analysis.facts import load_facts
from buildfix.analysis.fallback import fallback_findings
from buildfix.analysis.findings import Finding, LockedCrates, Notes
from buildfix.analysis.formats import format_of, formats
from buildfix.analysis.includes import note_compiled
from buildfix.analysis.minimums import with_minimums
from buildfix.analysis.obstacles import Obstacle, obstacles
from buildfix.analysis.own_metadata import says_of
from buildfix.analysis.pyproject import names_of, read_project
from buildfix.analysis.side_by_side import makefiles_generated, why_not_side_by_side
from buildfix.analysis.survey import Survey
from buildfix.catalog import Knowledge
from buildfix.catalog.schema import Capability
from buildfix.core import Need
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
    probable: tuple[Finding, ...] = ()
    """What it probably needs, as words and files of the source tell that nobody has to follow."""
    obstacles: tuple[Obstacle, ...] = ()
    """What certainly makes the build or the import fail."""
    downloads: tuple[Download, ...] = ()
    """What the build fetches from hosts beside the index."""
    understood: bool = True
    """Whether it was seen what is compiled, or that nothing is: what is probable adds nothing."""
    one_by_one: str = "the source was not read for this"
    """Why its extensions must not be built side by side; "" where it is shown that they may."""
    makefiles_generated: bool = False
    """Whether it has makefiles, all made by automake, which makes them for parallel jobs."""
    compile_seconds: float = 0.0
    """About how long one core compiles its sources; 0 if it has none that are known."""
    says: Metadata = UNKNOWN
    """What an install needs to know of it."""
    crates: tuple[LockedCrates, ...] = ()
    """The lock files of crates that are compiled."""
    unknown: tuple[Finding, ...] = ()
    """Libraries that it surely links and that no recipe knows."""


def read_source(
    tree: SourceTree, surroundings: Surroundings, knowledge: Knowledge, *, follow: bool = True
) -> Reading:
    """Return what a source needs to be built in these surroundings; raises RecipeError.

    Without `follow` its build files are not followed, and all that it needs is probable.
    """
    facts = load_facts(knowledge).on(surroundings.system)
    project = read_project(tree, surroundings)
    asked = project.build_names | set(facts.brought_by(project.backend))
    for one in formats().values():
        if one.distribution in asked:
            asked |= set(facts.brought_by(one.backends[0]))
    own = canonicalize_name(project.name)
    survey = Survey(tree, surroundings, knowledge, facts, facts.among(asked), own)
    requires = project.build_requires
    if project.external:
        note_external(survey, project.external)
    source_format = format_of(project)
    survey.understood = follow
    survey.required_names = project.build_names | names_of(project.requires)
    if follow:
        requires += source_format.read(survey, project)
        note_compiled(survey, "optional" if source_format.declares else "sure")
        if source_format.declares and survey.notes.optional():
            _note_listed(survey)
    _note_languages(survey)
    note_crates(survey)
    says = says_of(tree, project, survey.runs_with)
    survey.required_names |= names_of((*requires, *survey.runs_with, *says.requires))
    return Reading(
        name=project.name,
        version=project.version,
        backend=project.backend,
        build_requires=requires,
        requires_python=project.requires_python,
        requires=project.requires,
        needs=tuple(with_minimums(_once(survey.notes.needed(), knowledge), tree, knowledge)),
        optional=survey.notes.optional(),
        probable=fallback_findings(survey),
        obstacles=obstacles(survey, project) if follow else (),
        downloads=tuple(survey.downloads),
        understood=survey.understood or bool(survey.languages),
        one_by_one=why_not_side_by_side(
            tree, project, surroundings, knowledge.parallel.side_by_side
        ),
        makefiles_generated=makefiles_generated(tree),
        compile_seconds=_compile_seconds(survey),
        says=says,
        crates=survey.crates,
        unknown=tuple(
            Finding(Need("library-missing", name), where, sure=True)
            for name, where in survey.unknown.items()
        ),
    )


def _note_listed(survey: Survey) -> None:
    """Note the headers that are surely included and that the authors' lists name, too.

    Build files that declare what is linked may leave a part of that to modules of their own.
    """
    lists = replace(survey, notes=Notes())
    note_author_lists(lists)
    listed = {one.need.subject for one in lists.notes.needed()}
    if not listed:
        return
    strict = replace(survey, notes=Notes())
    note_compiled(strict, "sure")
    for need, where in ((one.need, one.where) for one in strict.notes.needed() if one.sure):
        capability = survey.knowledge.capability(need.kind, need.subject)
        if need.kind == "header-missing" and capability and capability.id in listed:
            survey.notes.add(need.kind, need.subject, where, "sure")


def _compile_seconds(survey: Survey) -> float:
    """Return about how long the sources take that are compiled here, else those of the tree."""
    tree, facts = survey.tree, survey.facts
    names = tree.names()
    inside = [name for name in survey.sources if name in names]
    sources = inside or [name for name in names if not ASIDE.search(name)]
    return sum(facts.compile_seconds(name, tree.size(name), names) for name in sources)


def _once(findings: tuple[Finding, ...], knowledge: Knowledge) -> Iterator[Finding]:
    """Leave out headers of what is already known to be needed, after the first one."""
    known = list(_known_without_headers(findings, knowledge))
    named = {capability.id for capability in known}
    patterns = chain.from_iterable(one.detectors.get("headers", ()) for one in known)
    folders = {pattern.partition("/")[2] for pattern in patterns}
    for finding in findings:
        if finding.need.kind == "header-missing":
            header = finding.need.subject
            capability = knowledge.capability("header-missing", header)
            if capability is None or capability.id in named or _is_in_folder(header, folders):
                continue
            named |= {capability.id} if finding.sure else set()
        yield finding


def _known_without_headers(
    findings: Iterable[Finding], knowledge: Knowledge
) -> Iterator[Capability]:
    """Yield what is surely needed and known by more than its headers."""
    for need in (one.need for one in findings if one.sure):
        capability = knowledge.capability(need.kind, need.subject)
        if capability and need.kind != "header-missing":
            yield capability


def _is_in_folder(header: str, patterns: Iterable[str]) -> bool:
    """Say whether a header is found in the folder of a library that the build is told of.

    `patterns` are of headers within such folders; one that any header fits tells nothing.
    """
    return any(pattern[:1].isalpha() and fnmatchcase(header, pattern) for pattern in patterns)


def _note_languages(survey: Survey) -> None:
    """Note the compilers of what is compiled, and the interpreter's headers for it.

    Where no build file says which crate is compiled, a script runs cargo for that of the tree.
    """
    if "rust" in survey.languages and not survey.crates:
        survey.notes.add("compiler-missing", "rust", survey.languages["rust"], "sure")
        read_cargo(survey, "Cargo.toml")
    for language, where in survey.languages.items():
        if language != "rust":
            survey.notes.add("compiler-missing", language, where, "sure")
    if survey.languages.keys() & {"c", "cxx", "fortran", "cuda"}:
        where = next(iter(survey.languages.values()))
        survey.notes.add("python-headers-missing", "Python.h", where, "sure")
