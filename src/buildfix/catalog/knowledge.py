"""The recipes of several folders as one body of knowledge; each part is loaded on first use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

from packaging.utils import canonicalize_name

from buildfix.catalog.compilers import CompilerWords, WheelCompiler, Wording
from buildfix.catalog.cuda import CudaRecipe
from buildfix.catalog.detector_index import DetectorIndex
from buildfix.catalog.evidence import all_records
from buildfix.catalog.grammars import GRAMMAR_TABLES, Grammars, Meaning
from buildfix.catalog.loaders import LoaderError, LoaderWords
from buildfix.catalog.manager_messages import ManagerMessage, ManagerWords
from buildfix.catalog.object_caches import ObjectCache
from buildfix.catalog.parallel import JobVariable, Language, ParallelRecipes, Setting, SideBySide
from buildfix.catalog.projects import Modules, Popular, ProjectRecipe
from buildfix.catalog.readings import ReadingWords
from buildfix.catalog.rust import RustRecipe
from buildfix.catalog.schema import (
    Capability,
    CausePattern,
    Fact,
    Ignored,
    Mark,
    Suppressed,
    capability_of,
)
from buildfix.catalog.shipped import shipped_folder
from buildfix.catalog.stored import name_of
from buildfix.catalog.structure import parsed, read_file, structure
from buildfix.catalog.systems import HostRecipe
from buildfix.catalog.wheels import WheelKind
from buildfix.core import Host
from buildfix.core.errors import RecipeError
from buildfix.core.evidence import RemedyRecord
from buildfix.core.light_dataclass import dataclass
from buildfix.dependency_kinds import KINDS

_Entry = TypeVar("_Entry")

_OF_RUN_TIME = (one.name for one in KINDS.values() if one.of_run_time)
_NEVER_A_COMPILER = frozenset({"library-missing", *_OF_RUN_TIME})
"""Kinds of what is looked for after something was compiled, though it comes with a compiler."""


@dataclass(frozen=True)
class CauseRecipes:
    """Everything known about log lines."""

    causes: tuple[CausePattern, ...]
    noise: tuple[Suppressed, ...]
    marks: tuple[Mark, ...]
    facts: tuple[Fact, ...]
    boring: tuple[Ignored, ...]
    meanings: Mapping[str, Meaning] = field(default_factory=dict)
    """What forms of sentences mean, by name."""
    silent: tuple[Ignored, ...] = ()
    """Lines that tell that something failed, and never what."""

    def silent_lines(self) -> re.Pattern[str]:
        """Return a pattern for how such lines begin."""
        beginnings = "|".join(one.pattern.pattern for one in self.silent)
        return re.compile(f"(?:{beginnings})" if beginnings else "(?!)")

    def cause(self, name: str) -> CausePattern | Meaning | None:
        """Return the pattern, or the meaning of a form, with that name."""
        found = next((cause for cause in self.causes if cause.name == name), None)
        return found or self.meanings.get(name)


class Knowledge:
    """The recipes of `folders`; entries in later folders replace those with the same name."""

    def __init__(self, folders: Iterable[Path] | None = None, evidence: Path | None = None):
        """Use these folders, by default only the shipped one, and a file of evidence."""
        self.folders = tuple(folders) if folders is not None else (shipped_folder(),)
        self._evidence_file = evidence
        self._parsed = cache(parsed)  # once for all keys of a file

    @cached_property
    def capabilities(self) -> dict[str, Capability]:
        """Every capability by its id; raises RecipeError."""
        return self._entries(
            "capabilities", "capability", Capability, lambda entry: entry.id, capability_of
        )

    @cached_property
    def causes(self) -> CauseRecipes:
        """Every pattern of log lines; raises RecipeError."""
        causes = self._entries("causes", "cause", CausePattern, lambda entry: entry.name)
        noise = self._entries("causes", "noise", Suppressed, lambda entry: entry.name)
        marks = self._entries("causes", "mark", Mark, lambda entry: entry.name)
        boring = self._entries("causes", "boring", Ignored, lambda entry: entry.name)
        silent = self._entries("causes", "silent", Ignored, lambda entry: entry.name)
        facts = self._entries("causes", "fact", Fact, lambda entry: entry.pattern.pattern)
        return CauseRecipes(
            tuple(causes.values()),
            tuple(noise.values()),
            tuple(marks.values()),
            tuple(facts.values()),
            tuple(boring.values()),
            self.grammars.by_name,
            tuple(silent.values()),
        )

    @cached_property
    def grammars(self) -> Grammars:
        """Every form of sentence, and what it means; raises RecipeError."""
        return Grammars(
            *(
                tuple(self._entries("grammars", key, kind, name).values())
                for key, kind, name in GRAMMAR_TABLES
            )
        )

    def check_own(self) -> None:
        """Raise RecipeError or UsageError if the user's own log patterns or evidence are invalid.

        The shipped ones are valid; reading all of them takes time that a run can save.
        """
        if len(self.folders) > 1:
            _ = self.causes, self.evidence

    @property
    def hosts(self) -> dict[str, HostRecipe]:
        """Every system by its id; raises RecipeError."""
        files = (path for root in self.folders for path in sorted(root.glob("hosts/*.toml")))
        names = dict.fromkeys(path.stem for path in files)
        recipes = ((name, self.system(name)) for name in names)
        return {name: recipe for name, recipe in recipes if recipe}

    def system(self, name: str) -> HostRecipe | None:
        """Return the recipe of one system, with what it inherits; None if unknown.

        Its file is named after its id, so no other file is read. Raises RecipeError.
        """
        if name not in self._systems:
            self._systems[name] = self._read_system(name)
        return self._systems[name]

    @cached_property
    def _systems(self) -> dict[str, HostRecipe | None]:
        return {}

    def _read_system(self, name: str) -> HostRecipe | None:
        path = self._last(f"hosts/{name}.toml")
        if path is None:
            return None
        recipe = read_file(path, HostRecipe)
        if recipe.id != name:
            raise RecipeError(str(path), f"the file name differs from its id, `{recipe.id}`")
        if versions := self._last(f"versions/{name}.toml"):
            recipe = recipe.with_versions(parsed(versions), str(versions))
        if recipe.extends is None:
            return recipe
        base = self.system(recipe.extends)
        if base is None:
            raise RecipeError(f"{path}, key `extends`", "is not a known system")
        return recipe.over(base)

    def _last(self, name: str) -> Path | None:
        """Return the path of a file in the last folder that has it."""
        paths = (folder / name for folder in reversed(self.folders))
        return next((path for path in paths if path.is_file()), None)

    @cached_property
    def evidence(self) -> tuple[RemedyRecord, ...]:
        """What became of remedies; raises UsageError."""
        return all_records(self.folders, self._evidence_file)

    @cached_property
    def rust(self) -> RustRecipe | None:
        """The Rust recipe, from the last folder that has one; raises RecipeError."""
        path = self._last("rust.toml")
        return read_file(path, RustRecipe) if path else None

    @cached_property
    def cuda(self) -> CudaRecipe | None:
        """The CUDA recipe, from the last folder that has one; raises RecipeError."""
        path = self._last("cuda.toml")
        return read_file(path, CudaRecipe) if path else None

    @cached_property
    def modules(self) -> dict[str, str]:
        """The distribution that provides each module that builds import; raises RecipeError."""
        found: dict[str, str] = {}
        for root in self.folders:
            path = root / "modules.toml"
            if path.is_file():
                found.update(read_file(path, Modules).modules)
        return found

    @cached_property
    def well_known(self) -> tuple[str, ...]:
        """The names of popular projects and of projects with a recipe; raises RecipeError."""
        names: dict[str, None] = {}
        for root in self.folders:
            path = root / "popular.toml"
            if path.is_file():
                names.update(dict.fromkeys(read_file(path, Popular).names))
            names.update(dict.fromkeys(path.stem for path in (root / "projects").glob("*.toml")))
        return tuple(names)

    @cached_property
    def projects(self) -> dict[str, ProjectRecipe]:
        """Every project with a recipe, by its normalized name; raises RecipeError."""
        return self._whole_files("projects", ProjectRecipe, lambda recipe: recipe.name)

    @cached_property
    def parallel(self) -> ParallelRecipes:
        """How to limit the jobs of builds, and what a job needs; raises RecipeError."""
        knobs = self._entries(".", "knob", JobVariable, lambda entry: entry.variable)
        settings = self._entries(".", "setting", Setting, lambda entry: entry.backend)
        languages = self._entries(".", "language", Language, lambda entry: entry.name)
        beside = self._entries(".", "side-by-side", SideBySide, lambda entry: entry.variable)
        return ParallelRecipes(
            tuple(knobs.values()),
            tuple(settings.values()),
            tuple(languages.values()),
            next(iter(beside.values()), SideBySide("", "")),
        )

    @cached_property
    def object_caches(self) -> tuple[ObjectCache, ...]:
        """The programs that keep compiled objects; raises RecipeError."""
        found = self._entries(".", "object-cache", ObjectCache, lambda entry: entry.program)
        return tuple(found.values())

    @cached_property
    def wheel_kinds(self) -> tuple[WheelKind, ...]:
        """The kinds of wheel that old pip versions do not support; raises RecipeError."""
        kinds = self._entries(".", "wheel-kind", WheelKind, lambda entry: entry.name)
        return tuple(kinds.values())

    @cached_property
    def compilers(self) -> CompilerWords:
        """How compilers report missing names; raises RecipeError."""
        errors = self._entries(".", "compiler-error", Wording, lambda entry: entry.name)
        lacks = self._entries(".", "lack", Wording, lambda entry: entry.name)
        return CompilerWords(tuple(errors.values()), tuple(lacks.values()))

    @cached_property
    def loaders(self) -> LoaderWords:
        """What loaders print if they cannot load something; raises RecipeError."""
        found = self._entries(".", "loader-error", LoaderError, lambda entry: entry.name)
        return LoaderWords(tuple(found.values()))

    @cached_property
    def reading_words(self) -> dict[str, ReadingWords]:
        """The sentence and subject of each kind of cause that only the model recognizes.

        Raises RecipeError.
        """
        return self._entries(".", "reading", ReadingWords, lambda one: one.kind)

    @property
    def model_file(self) -> Path | None:
        """The weights of the model that reads logs, from the last folder that has them."""
        return self._last("model/reader.bin")

    @cached_property
    def manager_words(self) -> ManagerWords:
        """What package managers print when they fail; raises RecipeError."""
        found = self._entries(".", "manager-message", ManagerMessage, lambda one: one.name)
        return ManagerWords(tuple(found.values()))

    @cached_property
    def wheel_compilers(self) -> tuple[WheelCompiler, ...]:
        """The compilers that are available as wheels; raises RecipeError."""
        found = self._entries(
            ".", "wheel-compiler", WheelCompiler, lambda entry: entry.distribution
        )
        return tuple(found.values())

    def project(self, name: str) -> ProjectRecipe | None:
        """Return the recipe of one project, in any spelling, without reading the others."""
        path = self._last(f"projects/{canonicalize_name(name)}.toml")
        return read_file(path, ProjectRecipe) if path else None

    def host(self, host: Host) -> HostRecipe | None:
        """Return the recipe of a host's system, or of the first in its `ID_LIKE` that knows it.

        The release that serves the host is under the host's version in it. For a conda environment
        it is conda's recipe, whatever the system is.
        """
        in_conda = host.interpreter and host.interpreter.conda
        conda = (f"conda-{host.system}", "conda") if in_conda else ()
        named = map(self.system, (*conda, host.id, *host.id_like))
        known = [recipe for recipe in named if recipe]
        served = (one.for_host(host.id, host.version, host.codename) for one in known)
        return next(filter(None, served), None) or next(iter(known), None)

    def canonical(self, kind: str, subject: str) -> tuple[str, str]:
        """Return the better name of a cause: `tool-missing: gcc` is `compiler-missing: c`."""
        found = self.capability(kind, subject)
        if found is None or not found.named or f"{kind}:{subject}" in found.also_named:
            return kind, subject
        better, _, template = found.named.partition(":")
        of_compiler = kind == "header-missing" and better == "compiler-missing"
        is_absence = kind.endswith("-missing") and kind not in _NEVER_A_COMPILER
        is_better = is_absence and not of_compiler
        return (better, template.format(subject=subject)) if is_better else (kind, subject)

    def brings(self, kind: str) -> bool:
        """Return whether causes of this kind are fixed by providing a capability."""
        named = any(name.startswith(f"{kind}:") for name in self._named)
        return named or (kind in KINDS and bool(KINDS[kind].detectors))

    def identified(self, identifier: str) -> Capability | None:
        """Return the capability with an id of PEP 725's vocabulary; None if unknown."""
        return self.capabilities.get(identifier) or self._other_ids.get(identifier)

    @cached_property
    def _other_ids(self) -> dict[str, Capability]:
        return {name: one for one in self.capabilities.values() for name in one.other_ids}

    def capability(self, kind: str, subject: str) -> Capability | None:
        """Return the capability that a cause of this kind and subject lacks; None if unknown."""
        named = self._named.get(f"{kind}:{subject}") or self._named.get(f"{kind}:{{subject}}")
        if named:
            return named
        detectors = KINDS[kind].detectors if kind in KINDS else ()
        found = (self._detect(name, subject) for name in detectors)
        return next((capability for capability in found if capability), None)

    @cached_property
    def _named(self) -> dict[str, Capability]:
        return {
            name: entry
            for entry in self.capabilities.values()
            for name in (entry.named, *entry.also_named)
            if name
        }

    @cached_property
    def _detectors(self) -> dict[str, DetectorIndex]:
        names: tuple[str, ...] = tuple(
            {name for entry in self.capabilities.values() for name in entry.detectors}
        )
        return {name: DetectorIndex(name, self.capabilities.values()) for name in names}

    def _detect(self, detector: str, subject: str) -> Capability | None:
        index = self._detectors.get(detector)
        return index.find(subject) if index else None

    def _entries(
        self,
        folder: str,
        key: str,
        kind: type[_Entry],
        name: Callable[[_Entry], str],
        read: Callable[[dict[str, Any], type[_Entry], str], _Entry] = structure,
    ) -> dict[str, _Entry]:
        """Return the entries under a key in all files of a folder, by their names."""

        def of_file(path: Path) -> Iterator[tuple[str, _Entry]]:
            tables = self._parsed(path).get(key, [])
            if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
                raise RecipeError(f"{path}, key `{key}`", "must be a list of tables")
            for number, table in enumerate(tables, start=1):
                where = f"{path}, {key} {name_of(table, number)}"
                yield where, read(table, kind, where)

        return self._named_once(folder, of_file, name)

    def _whole_files(
        self, folder: str, kind: type[_Entry], name: Callable[[_Entry], str]
    ) -> dict[str, _Entry]:
        """Return what each file of a folder is about, by its name."""

        def of_file(path: Path) -> Iterator[tuple[str, _Entry]]:
            yield str(path), read_file(path, kind)

        return self._named_once(folder, of_file, name)

    def _named_once(
        self,
        folder: str,
        of_file: Callable[[Path], Iterator[tuple[str, _Entry]]],
        name: Callable[[_Entry], str],
    ) -> dict[str, _Entry]:
        """Return entries by their names; raises RecipeError for one that is there twice."""
        entries: dict[str, _Entry] = {}
        for root in self.folders:
            mine: dict[str, _Entry] = {}
            for path in sorted((root / folder).glob("*.toml")):
                for where, entry in of_file(path):
                    if name(entry) in mine:
                        raise RecipeError(where, f"`{name(entry)}` is defined twice")
                    mine[name(entry)] = entry
            entries.update(mine)
        return entries
