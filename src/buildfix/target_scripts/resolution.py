"""What an install would take; fetches the sdists that it would build and runs nothing of them.

What is taken of the pages is `buildfix.index`'s to say.
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
"""What is taken, and the requirement that asked for it."""

BUILDS = 100
"""Environments of builds, where builds need builds and something is wrong."""


def answer(question: ResolutionQuestion) -> ResolutionAnswer:
    """Return what an install would take."""
    resolution = Resolution(question)
    resolution.run(question["asked"], question["builds"])
    return resolution.answer()


class Resolution:
    """What was asked, then what each build of it requires, then what their builds do."""

    def __init__(self, question: ResolutionQuestion):
        """Take what the target, the user's options and the indexes are."""
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
        """Find out all of it."""
        roots = [root_of(one) for one in asked]
        self.ahead(self.settings, [root.text for root in roots if not root.given])
        for root in roots:
            self.ahead(self.settings, root.given.metadata.requires if root.given else ())
        found = resolve(roots, self.packages, self.settings)
        self.refused = found.refused
        taken = found.taken if found.refused is None else self.apart(roots)
        waiting = [tuple(texts) for texts in builds] + self.note(taken, "asked")
        if self.alone or not self.index.options.build_isolation:
            return
        done: set[tuple[str, ...]] = set()
        while waiting and len(done) < BUILDS:
            texts = waiting.pop(0)
            if texts not in done:
                done.add(texts)
                self.ahead(self.isolated, texts)
                waiting += self.build(texts)

    def ahead(self, settings: Settings, texts: Iterable[str]) -> None:
        """Have fetched what a resolution will most likely ask."""
        Ahead(self.packages, settings).look(texts)

    def apart(self, roots: Iterable[Root]) -> list[Taken]:
        """Return what each would take by itself, where all of it together cannot be had."""
        found: dict[str, Taken] = {}
        for root in roots:
            for candidate, text in resolve([root], self.packages, self.settings).taken:
                found.setdefault(candidate.name, (candidate, text))
        return list(found.values())

    def build(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """Add what a build requires; return what the builds among that require."""
        found = resolve([Root(text) for text in texts], self.packages, self.isolated)
        taken = found.taken if found.refused is None else self.apart_builds(texts)
        return self.note(taken, "build")

    def apart_builds(self, texts: Iterable[str]) -> list[Taken]:
        """Return what each requirement of a build takes by itself; note what is not to be had."""
        found: list[Taken] = []
        for text in texts:
            one = resolve([Root(text)], self.packages, self.isolated)
            found += one.taken
            if one.refused is not None and one.refused.kind == "missing":
                self.rows.append({"requirement": text, "name": name_in(text), "why": "build"})
        return found

    def note(self, taken: Iterable[Taken], why: Why) -> list[tuple[str, ...]]:
        """Add the rows of what is taken; return what the builds among it require."""
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
        """Return what is told of a file that is taken."""
        self.taken.append(file)
        row: ResolvedRow = {
            "requirement": text,
            "name": name,
            "why": why,
            "version": str(file.version),
            "wheel": file.is_wheel,
            "filename": file.filename,
        }
        if not file.is_wheel:
            with contextlib.suppress(Unreadable):
                self.packages.metadata(name, file)
        if file.url in self.packages.paths:
            row["path"] = self.packages.paths[file.url]
            row["build-requires"] = self.packages.builds[file.url]
        return row

    def answer(self) -> ResolutionAnswer:
        """Return all that was found out."""
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
    """Return the target and what the user told pip."""
    options, environment = index.options, markers_here()
    environment.update(question["environment"])
    fresh = not question["here"] or options.ignore_installed or options.target_dir
    return Settings(
        rules=target_rules(question["tags"], environment, index),
        environment=environment,
        formats=index.formats,
        constraints=index.constraints,
        installed={} if fresh else installed(),
        upgrade=options.upgrade_strategy if options.upgrade else "to-satisfy-only",
        reinstall=bool(options.force_reinstall),
        dependencies=not options.ignore_dependencies,
        by_depth=pip_version() < (25, 1),
    )


def installed() -> dict[str, Metadata]:
    """Return what is in this environment, by normalized names; the first found is what counts."""
    found: dict[str, Metadata] = {}
    for one in distributions():
        name = one.metadata["Name"]
        if name and one.version:
            found.setdefault(canonicalize_name(name), metadata_of(one))
    return found


def metadata_of(one: Distribution) -> Metadata:
    """Return what an installed distribution says of itself."""
    said = one.metadata
    return Metadata(
        said["Name"],
        one.version,
        tuple(one.requires or ()),
        said["Requires-Python"] or "",
        tuple(said.get_all("Provides-Extra") or ()),
    )


def pip_version() -> tuple[int, ...]:
    """Return the version of this pip, as far as it is numbers."""
    import pip

    return tuple(int(part) for part in re.findall(r"\d+", pip.__version__)[:2])


def build_constraints(index: Index) -> Sequence[str]:
    """Return the files of constraints for builds: from pip 25.3 on they are told apart."""
    if hasattr(index.options, "build_constraints"):
        return index.options.build_constraints or ()
    return os.environ.get("PIP_CONSTRAINT", "").split()


def root_of(asked: AskedFor) -> Root:
    """Return one thing that was asked for, as it stands in the question."""
    given = asked["given"]
    if given is None:
        return Root(asked["text"], tuple(asked["hashes"]))
    said: dict[str, Any] = {
        key: tuple(one) if isinstance(one, list) else one for key, one in given.items()
    }
    return Root(asked["text"], given=Given(Metadata(**said), asked["text"]))
