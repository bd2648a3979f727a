"""What an install would choose; fetches the sdists that it would build, but runs nothing of them.

`buildfix.index` makes the choice.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
from collections.abc import Iterable, Sequence
from importlib.metadata import Distribution, distributions
from typing import TYPE_CHECKING, Any, Tuple

from packaging.utils import canonicalize_name

from buildfix.index.files import File
from buildfix.index.metadata import Metadata
from buildfix.index.resolve import Given, Refused, Root, resolve
from buildfix.index.wanted import Candidate, Settings, Unreadable, parsed
from buildfix.target_scripts.index_packages import Ahead, IndexPackages
from buildfix.target_scripts.index_pages import Index
from buildfix.target_scripts.pip_target import markers_here, target_rules

if TYPE_CHECKING:
    from buildfix.target_scripts.answers import (
        AskedFor,
        ResolutionAnswer,
        ResolutionQuestion,
        ResolvedRow,
        Why,
    )

Taken = Tuple[Candidate, str]
"""A chosen candidate, and the requirement that asked for it."""

BUILDS = 100
"""A limit on build environments, for builds that need endless other builds."""


def answer(question: ResolutionQuestion) -> ResolutionAnswer:
    """Return what an install would choose."""
    resolution = Resolution(question)
    resolution.run(question["asked"], question["builds"])
    return resolution.answer()


class Resolution:
    """Resolves the request, then what each build requires, then what those builds require."""

    def __init__(self, question: ResolutionQuestion):
        """Take the request, the target and the user's options."""
        self.index = Index(question["arguments"])
        self.packages = IndexPackages(self.index, question["folder"])
        self.settings = settings_of(self.index, question)
        self.isolated = dataclasses.replace(
            self.settings,
            installed={},
            constraints=self.index.constraints_in(build_constraints(self.index)),
            upgrade="to-satisfy-only",
            reinstall=False,
            dependencies=True,
        )
        self.alone = question["alone"]
        self.rows: list[ResolvedRow] = []
        self.taken: list[File] = []
        self.refused: Refused | None = None

    def run(self, asked: Sequence[AskedFor], builds: Sequence[Sequence[str]]) -> None:
        """Resolve everything."""
        roots = [root_of(one) for one in asked]
        self.ahead(self.settings, [root.text for root in roots if not root.given])
        for root in roots:
            self.ahead(self.settings, root.given.metadata.requires if root.given else ())
        found = resolve(roots, self.packages, self.settings)
        self.refused = found.refused
        taken = found.taken if found.refused is None else self.apart(roots)
        waiting = [tuple(texts) for texts in builds] + self.note(taken, "asked")
        if not self.alone and self.index.options.build_isolation:
            self.resolve_builds(waiting)

    def resolve_builds(self, waiting: list[tuple[str, ...]]) -> None:
        """Resolve what builds require, and what the builds among that require, and so on."""
        done: set[tuple[str, ...]] = set()
        while waiting and len(done) < BUILDS:
            texts = waiting.pop(0)
            if texts not in done:
                done.add(texts)
                self.ahead(self.isolated, texts)
                waiting += self.build(texts)

    def ahead(self, settings: Settings, texts: Iterable[str]) -> None:
        """Start fetching what a resolution will probably need."""
        Ahead(self.packages, settings).look(texts)

    def apart(self, roots: Iterable[Root]) -> list[Taken]:
        """Return what each root would take alone, if they have no common solution.

        One whose own requirements cannot be met is taken without them: its source may tell more.
        """
        found: dict[str, Taken] = {}
        bare = dataclasses.replace(self.settings, dependencies=False)
        for root in roots:
            alone = resolve([root], self.packages, self.settings)
            if alone.refused is not None:
                alone = resolve([root], self.packages, bare)
            for candidate, text in alone.taken:
                found.setdefault(candidate.name, (candidate, text))
        return list(found.values())

    def build(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """Add what a build requires; return what the builds among it require."""
        found = resolve([Root(text) for text in texts], self.packages, self.isolated)
        taken = found.taken if found.refused is None else self.apart_builds(texts)
        return self.note(taken, "build")

    def apart_builds(self, texts: Iterable[str]) -> list[Taken]:
        """Return what each requirement of a build takes alone; add rows for missing ones."""
        found: list[Taken] = []
        for text in texts:
            one = resolve([Root(text)], self.packages, self.isolated)
            found += one.taken
            if one.refused is not None and one.refused.kind == "missing":
                self.rows.append({"requirement": text, "name": name_in(text), "why": "build"})
        return found

    def note(self, taken: Iterable[Taken], why: Why) -> list[tuple[str, ...]]:
        """Add rows for what is chosen; return what the builds among it require."""
        builds: list[tuple[str, ...]] = []
        there = {(row["name"], row.get("version"), row["why"]) for row in self.rows}
        for candidate, text in taken:
            file = candidate.file or (candidate.given and candidate.given.place)
            if isinstance(file, File) and (candidate.name, str(file.version), why) not in there:
                self.rows.append(self.row(candidate.name, file, text, why))
                if not file.is_wheel and file.url in self.packages.builds:
                    builds.append(tuple(self.packages.builds[file.url]))
        return builds

    def row(self, name: str, file: File, text: str, why: Why) -> ResolvedRow:
        """Return the row of a chosen file."""
        self.taken.append(file)
        row: ResolvedRow = {
            "requirement": text,
            "name": name,
            "why": why,
            "version": str(file.version),
            "wheel": file.is_wheel,
            "filename": file.filename,
            "url": file.url,
            "hashes": file.hashes,
        }
        if not file.is_wheel:
            with contextlib.suppress(Unreadable):
                self.packages.metadata(name, file)
        if file.url in self.packages.paths:
            row["path"] = self.packages.paths[file.url]
            row["build-requires"] = self.packages.builds[file.url]
        return row

    def answer(self) -> ResolutionAnswer:
        """Return the result."""
        failed = self.packages.failed
        unfetched = {one.url: failed[one.url] for one in self.taken if one.url in failed}
        answer: ResolutionAnswer = {"troubles": self.index.troubles, "unfetched": unfetched}
        if self.refused is not None:
            answer["refused"] = dataclasses.asdict(self.refused)
            if self.refused.kind == "missing":
                text = self.refused.causes[0][0]
                self.rows.append({"requirement": text, "name": name_in(text), "why": "asked"})
        answer["rows"] = self.rows
        return answer


def name_in(text: str) -> str:
    """Return the normalized name of the project that a requirement is of."""
    requirement = parsed(text)
    return canonicalize_name(requirement.name) if requirement else text


def settings_of(index: Index, question: ResolutionQuestion) -> Settings:
    """Return the target and the user's settings of pip."""
    options, environment = index.options, markers_here()
    environment.update(question["environment"])
    fresh = not question["here"] or options.ignore_installed or options.target_dir
    return Settings(
        rules=target_rules(question["tags"], environment, index),
        environment=environment,
        formats=index.formats,
        constraints=index.constraints,
        installed={**({} if fresh else installed()), **present(question)},
        upgrade=options.upgrade_strategy if options.upgrade else "to-satisfy-only",
        reinstall=bool(options.force_reinstall),
        dependencies=not options.ignore_dependencies,
        by_depth=pip_version() < (25, 1),
    )


def present(question: ResolutionQuestion) -> dict[str, Metadata]:
    """Return what counts as installed besides, without its dependencies."""
    rows = question["present"].items()
    return {name: Metadata(name, version, (), "", ()) for name, version in rows}


def installed() -> dict[str, Metadata]:
    """Return what is installed here, by normalized name; the first found counts."""
    found: dict[str, Metadata] = {}
    for one in distributions():
        name = one.metadata["Name"]
        if name and one.version:
            found.setdefault(canonicalize_name(name), metadata_of(one))
    return found


def metadata_of(one: Distribution) -> Metadata:
    """Return the metadata of an installed distribution."""
    said = one.metadata
    return Metadata(
        said["Name"],
        one.version,
        tuple(one.requires or ()),
        said["Requires-Python"] or "",
        tuple(said.get_all("Provides-Extra") or ()),
    )


def pip_version() -> tuple[int, ...]:
    """Return the version of this pip as numbers."""
    import pip

    return tuple(int(part) for part in re.findall(r"\d+", pip.__version__)[:2])


def build_constraints(index: Index) -> Sequence[str]:
    """Return the constraint files for builds: since pip 25.3 they have an option of their own."""
    if hasattr(index.options, "build_constraints"):
        return index.options.build_constraints or ()
    return os.environ.get("PIP_CONSTRAINT", "").split()


def root_of(asked: AskedFor) -> Root:
    """Return a root of the resolution, from the question."""
    given = asked["given"]
    if given is None:
        return Root(asked["text"], tuple(asked["hashes"]))
    said: dict[str, Any] = {
        key: tuple(one) if isinstance(one, list) else one for key, one in given.items()
    }
    return Root(asked["text"], given=Given(Metadata(**said), asked["text"]))
