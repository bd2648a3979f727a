"""What buildfix asks of the target's Python, and what it answers, as both sides know it.

Only type checkers and buildfix itself load this: it would cost the target time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

Why = Literal["asked", "build"]
"""`asked`: asked for, or a dependency of that; `build`: only a build requires it."""


class InterpreterFacts(TypedDict):
    """What an interpreter is; see `buildfix.core.Interpreter`."""

    path: str
    version: str
    implementation: str
    prefix: str
    base_prefix: str
    include: str
    has_headers: bool
    externally_managed: bool
    pip: str | None
    platlib: str
    conda: bool
    site: Sequence[str]
    can_make_venv: bool


class DistributionFacts(TypedDict):
    """What an installed distribution brings."""

    name: str
    version: str
    wheel: str | None
    """The name of the wheel that it was installed from, as far as it can be told."""
    packages: list[str]
    """What is imported of it at the top."""
    compiled: list[str]
    """Its other compiled modules, the ones nearest to the top first."""
    programs: list[str]
    """Paths of its commands."""
    binary: bool
    """Whether it has a compiled file of any kind."""
    files: int
    """How many of its files are there."""
    lost: list[str]
    """Those that are not."""


class BinaryFiles(TypedDict):
    """What installed distributions need of the system when they run."""

    files: list[str]
    """Their files that may be compiled."""
    required: list[str]
    """The names of distributions that others require."""
    program: str
    """The interpreter that an environment rests on."""


class ProjectQuestion(TypedDict):
    """Which project's files are asked for."""

    project: str
    arguments: Sequence[str]
    """The user's own options of pip's `install`."""


ProjectFiles = TypedDict(
    "ProjectFiles",
    {
        "files": Sequence[Mapping[str, Any]],  # as an index has them (PEP 691)
        "pip": Sequence[str],  # the tags of the wheels that this pip takes
        "tags": "Sequence[str] | None",  # those that this Python takes, where it can tell
        "python": str,
        "no-binary": "str | None",  # what forbids wheels of the project
        "prereleases": bool,
        "constraint": str,
        "troubles": Mapping[str, str],  # why an address does not give what it may have
    },
)


class UrlsQuestion(TypedDict):
    """What is asked for by the URLs of files."""

    urls: Sequence[str]
    arguments: Sequence[str]
    folder: str
    """Where sources are put."""


class UrlAnswer(TypedDict, total=False):
    """What became of one URL: one of these, or nothing."""

    path: str
    requires: Sequence[str]
    trouble: str


class AskedFor(TypedDict):
    """One requirement, as `buildfix.forecast.resolution.Asked` has it."""

    text: str
    hashes: Sequence[str]
    given: Mapping[str, Any] | None


class ResolutionQuestion(TypedDict):
    """What an install would take."""

    asked: Sequence[AskedFor]
    builds: Sequence[Sequence[str]]
    """What each of other builds requires."""
    arguments: Sequence[str]
    here: bool
    """Whether what is installed here counts."""
    folder: str
    """Where sdists are put."""
    tags: Sequence[str]
    """Of another target; none of this one."""
    environment: Mapping[str, str]
    """What is different in the markers of another target."""
    alone: bool
    """Whether nothing that builds require is looked for."""


ResolvedRow = TypedDict(
    "ResolvedRow",
    {
        "requirement": str,
        "name": str,
        "why": Why,
        "version": str,
        "wheel": bool,
        "filename": str,
        "path": str,  # where its sdist was put
        "build-requires": Sequence[str],
    },
    total=False,
)


class ResolutionAnswer(TypedDict, total=False):
    """What an install would take, as far as the indexes tell."""

    rows: Sequence[ResolvedRow]
    troubles: Mapping[str, str]
    unfetched: Mapping[str, str]
    """Which files that would be taken could not be read, and why."""
    refused: Mapping[str, Any]
    """`buildfix.index.resolve.Refused`, where not all can be taken together."""
