"""The types of the questions to the target's Python and of its answers, for both sides.

Only type checkers and buildfix itself import this: it would cost start-up time in the target.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, TypedDict

Why = Literal["asked", "build"]
"""`asked`: asked for, or a dependency of that; `build`: only a build requires it."""


class InterpreterFacts(TypedDict):
    """What an interpreter says of itself; see `buildfix.core.Interpreter`."""

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


class Installed(Protocol):
    """What is used of an installed distribution; importlib.metadata's has it, too."""

    @property
    def metadata(self) -> Any:
        """Its headers, at least Name."""

    @property
    def version(self) -> str:
        """Its version."""

    @property
    def files(self) -> Any:
        """Its files where neither RECORD nor installed-files.txt lists them, if known."""

    def read_text(self, filename: str) -> str | None:
        """Return a file of its metadata; None if it has none."""

    def locate_file(self, path: str) -> object:
        """Return where one of its files is."""


class DistributionFacts(TypedDict):
    """What an installed distribution contains."""

    name: str
    version: str
    wheel: str | None
    """The name of the wheel that was installed; None if it is not recorded."""
    packages: list[str]
    """Its top-level modules."""
    compiled: list[str]
    """Its other compiled modules, the least nested first."""
    programs: list[str]
    """Paths of its commands."""
    binary: bool
    """Whether it has a compiled file of any kind."""
    files: int
    """How many of its files exist."""
    lost: list[str]
    """Those that are missing."""


class DistributionsQuestion(TypedDict):
    """Which distributions to look for, and what to import of them."""

    asked: list[str]
    """Names and URLs."""
    modules: dict[str, list[str]]
    """What to import of a distribution, by its name; otherwise the usual."""
    most: int
    """How many compiled modules and how many packages are usual."""


class ImportedDistribution(DistributionFacts, total=False):
    """An installed distribution with what its imports print."""

    imports: dict[str, str | None]
    """None for a module that can be imported."""


class BinaryFiles(TypedDict):
    """What installed distributions need from the system at run time."""

    files: list[str]
    """Their files that may be compiled."""
    required: list[str]
    """The distributions that others require."""
    program: str
    """The interpreter on which the environment is based."""


class ProjectQuestion(TypedDict):
    """Asks for the files of a project."""

    project: str
    arguments: Sequence[str]
    """The user's own options of pip's `install`."""


ProjectFiles = TypedDict(
    "ProjectFiles",
    {
        "files": Sequence[Mapping[str, Any]],  # as in an index (PEP 691)
        "pip": Sequence[str],  # the wheel tags of its pip
        "tags": "Sequence[str] | None",  # those of the interpreter
        "python": str,
        "no-binary": "str | None",  # the setting that forbids wheels
        "prereleases": bool,
        "constraint": str,
        "troubles": Mapping[str, str],  # why an address does not answer
    },
)


class HostsQuestion(TypedDict):
    """Asks which of these hosts cannot be reached."""

    hosts: Sequence[Sequence[Any]]
    """Names and ports."""


class UrlsQuestion(TypedDict):
    """Asks for the files at these URLs."""

    urls: Sequence[str]
    arguments: Sequence[str]
    folder: str
    """Where to put sources."""


class UrlAnswer(TypedDict, total=False):
    """The result for one URL: one of these, or nothing."""

    path: str
    requires: Sequence[str]
    trouble: str


class AskedFor(TypedDict):
    """One requirement, as `buildfix.forecast.resolution.Asked` has it."""

    text: str
    hashes: Sequence[str]
    given: Mapping[str, Any] | None


class CratesQuestion(TypedDict):
    """Asks what an index of crates says."""

    index: str
    """The URL of a sparse index."""
    crates: Sequence[Sequence[str]]
    """Names and versions."""
    seconds: float
    """The time that it may take."""


class CrateNeed(TypedDict):
    """A crate that another one is or may be built with."""

    name: str
    alias: str
    """How features call it."""
    target: str
    """The platform for which it is; empty for all."""
    optional: bool
    features: list[str]
    """Those that are on; `default` is one of them."""


class CrateAnswer(TypedDict):
    """What an index says of one version of a crate."""

    name: str
    version: str
    rust: str
    """The oldest Rust that it declares; empty if none."""
    needs: list[CrateNeed]
    """The crates that it is or may be built with."""
    features: dict[str, list[str]]
    """What each of its features turns on, as Cargo.toml says it."""


class ResolutionQuestion(TypedDict):
    """Asks what an install would choose."""

    asked: Sequence[AskedFor]
    builds: Sequence[Sequence[str]]
    """What each of other builds requires."""
    arguments: Sequence[str]
    here: bool
    """Whether installed distributions count."""
    folder: str
    """Where to put sdists."""
    tags: Sequence[str]
    """The wheel tags of another target; empty for this interpreter."""
    environment: Mapping[str, str]
    """The marker environment of another target, where it differs."""
    present: Mapping[str, str]
    """What counts as installed besides, with versions."""
    alone: bool
    """Whether to leave out what builds require."""


ResolvedRow = TypedDict(
    "ResolvedRow",
    {
        "requirement": str,
        "name": str,
        "why": Why,
        "version": str,
        "wheel": bool,
        "filename": str,
        "url": str,
        "hashes": Sequence[str],  # each as `sha256:…`
        "path": str,  # of its sdist
        "build-requires": Sequence[str],
    },
    total=False,
)


class ResolutionAnswer(TypedDict, total=False):
    """What an install would choose, as far as the indexes say."""

    rows: Sequence[ResolvedRow]
    troubles: Mapping[str, str]
    unfetched: Mapping[str, str]
    """Chosen files that could not be read, and why."""
    refused: Mapping[str, Any]
    """`buildfix.index.wanted.Refused`, if there is no solution."""
