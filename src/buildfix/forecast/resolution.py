"""Resolves an install through the user's own pip, without building anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from buildfix.core import Request
from buildfix.core.light_dataclass import dataclass
from buildfix.index.metadata import Metadata
from buildfix.index.wanted import Refused
from buildfix.installers import pip_options
from buildfix.machines.local import Machine
from buildfix.machines.owners import give, owner_of
from buildfix.platforms.interpreter import ask_pip, troubles_in
from buildfix.target_scripts.answers import (
    AskedFor,
    ResolutionAnswer,
    ResolutionQuestion,
    ResolvedRow,
    Why,
)


@dataclass(frozen=True)
class ResolvedDistribution:
    """A distribution that an install, or one of its builds, would install."""

    name: str
    requirement: str
    why: Why
    version: str | None = None
    """None if nothing in the index meets the requirement."""
    wheel: bool = False
    filename: str = ""
    path: Path | None = None
    """The path of its sdist, if it is to be built."""
    build_requires: tuple[str, ...] = ()
    url: str = ""
    hashes: tuple[str, ...] = ()
    """The hashes that the index lists, each as `sha256:…`."""


@dataclass(frozen=True)
class Resolution:
    """What would be installed, as far as the indexes tell."""

    coming: tuple[ResolvedDistribution, ...]
    troubles: tuple[str, ...] = ()
    """The addresses that could not be read, each with the reason."""
    refused: Refused | None = None
    unfetched: tuple[str, ...] = ()
    """The chosen files that could not be read, each with the reason."""


@dataclass(frozen=True)
class Asked:
    """One requested requirement."""

    text: str
    hashes: tuple[str, ...] = ()
    """The allowed hashes, each as `sha256:…`; if empty, any file is allowed."""
    given: Metadata | None = None
    """The metadata of the source that it names by path or URL."""

    def told(self) -> AskedFor:
        """Return it as it stands in a question."""
        given = asdict(self.given) if self.given else None
        return {"text": self.text, "hashes": self.hashes, "given": given}


@dataclass(frozen=True)
class Target:
    """The interpreter to install into, if another one's pip is used."""

    tags: tuple[str, ...]
    environment: dict[str, str]


def walk(
    machine: Machine,
    python: str,
    request: Request,
    asked: Iterable[Asked],
    folder: Path,
    target: Target | None = None,
    *,
    builds: Iterable[Sequence[str]] = (),
    present: Mapping[str, str] | None = None,
    fresh: bool = False,
    alone: bool = False,
) -> Resolution | None:
    """Return what would be installed for `asked`; sdists to be built are put into `folder`.

    `python` is an interpreter with pip, whose index settings, credentials and proxies apply; each
    of `builds` has the requirements of one build. None if it cannot be determined. With `fresh`
    nothing counts as installed except what is `present`, which has versions by name; with `alone`
    the requirements of builds are ignored.
    """
    question: ResolutionQuestion = {
        "asked": [one.told() for one in asked],
        "builds": [list(texts) for texts in builds],
        "arguments": list(pip_options(request)),
        "here": target is None and not fresh,
        "folder": str(folder),
        "tags": target.tags if target else (),
        "environment": target.environment if target else {},
        "present": present or {},
        "alone": alone,
    }
    give(folder, owner_of(python))
    answer: ResolutionAnswer | None = ask_pip(machine, python, "resolution", question)
    if not answer:
        return None
    return Resolution(
        tuple(map(_coming, answer["rows"])),
        troubles_in(answer.get("troubles", {})),
        _refused(answer["refused"]) if "refused" in answer else None,
        troubles_in(answer.get("unfetched", {})),
    )


def _coming(row: ResolvedRow) -> ResolvedDistribution:
    return ResolvedDistribution(
        name=row["name"],
        requirement=row["requirement"],
        why=row["why"],
        version=row.get("version"),
        wheel=row.get("wheel", False),
        filename=row.get("filename", ""),
        path=Path(row["path"]) if "path" in row else None,
        build_requires=tuple(row.get("build-requires", ())),
        url=row.get("url", ""),
        hashes=tuple(row.get("hashes", ())),
    )


def _refused(facts: Mapping[str, Any]) -> Refused:
    causes = tuple((what, whose) for what, whose in facts["causes"])
    return Refused(facts["kind"], causes, facts["certain"])
