"""The types of documents: why a build failed, and the steps that would fix it."""

from __future__ import annotations

import sys
from typing import Literal, TypedDict

if sys.version_info >= (3, 11):
    from typing import NotRequired
else:
    from typing_extensions import NotRequired

from buildfix.core import Phase
from buildfix.core.steps import StepKind


class ReasonDocument(TypedDict):
    """Why a step is needed, as the cause that a build would fail with."""

    kind: str
    """The kind of cause."""
    subject: str
    """What is missing, or wrong."""
    probable: NotRequired[bool]
    """Whether it is only likely, because the build could not be followed that far."""


class UnmetDocument(ReasonDocument):
    """A need that nothing known provides."""

    why: str
    """Why nothing provides it."""


class CauseDocument(TypedDict):
    """Why a build failed, and the line of the log that says so."""

    kind: str
    """The kind of cause."""
    subject: str
    """What is missing, or wrong; `-` if nothing can be named."""
    line: int
    """The number of the line in the log as given, from 1."""
    text: str
    """That line without its margin."""
    required: str | None
    """The version that is asked for, if known."""
    confidence: NotRequired[float]
    """How likely it is that kind and subject are right, from 0 to 1."""
    by: NotRequired[Literal["pattern", "model"]]
    """What recognized it: a pattern of the recipes, or the model that learned from logs."""


class ProbeDocument(TypedDict):
    """A command that tests a fact."""

    argv: list[str]
    """Its argument vector."""
    pattern: str
    """The regular expression that a line of its output must match."""


class RemedyRecordDocument(TypedDict):
    """How often a remedy was applied for a cause on a system, and what became of it."""

    system: str
    """As `--os` names it: `debian:13`."""
    remedy: str
    """What was done, in words."""
    cause: ReasonDocument
    """What it was for."""
    applied: int
    """How often it was applied."""
    gone: int
    """How often the cause did not come back."""
    installed: int
    """How often, besides, what was asked for was installed and imported."""
    first: str
    """The day on which it was first applied: `2026-11-30`."""
    last: str
    """The day on which it was last applied."""
    versions: list[str]
    """The versions of buildfix that applied it, as far as they are known."""


class StepDocument(TypedDict):
    """One action of a plan. Keys that its kind does not have are absent."""

    kind: StepKind
    """What kind of action it is."""
    summary: str
    """What it does, in words."""
    privileged: bool
    """Whether the command needs root."""
    because: list[ReasonDocument]
    """What it is for."""
    reasons: NotRequired[list[str]]
    """The same as sentences."""
    manager: NotRequired[str]
    """The package manager."""
    packages: NotRequired[list[str]]
    """The packages that it installs."""
    removes: NotRequired[list[str]]
    """The packages that it removes."""
    argv: NotRequired[list[str]]
    """The argument vector of its command."""
    env: NotRequired[dict[str, str]]
    """Variables to set for the command."""
    variables: NotRequired[dict[str, str]]
    """Variables that the installer gets from then on."""
    rebuild: NotRequired[list[str]]
    """Distributions to build from source even if they are installed."""
    constraints: NotRequired[list[str]]
    """Constraints on build requirements."""
    unisolated: NotRequired[list[str]]
    """Distributions to build without isolation; `*` means all."""
    pins: NotRequired[list[str]]
    """Requirements to install instead of those requested."""
    discover: NotRequired[ProbeDocument]
    """A command to run first, whose named groups fill `{...}` in `argv`."""
    until: NotRequired[ProbeDocument]
    """What must be true before the step counts as done."""
    wait: NotRequired[int]
    """How many seconds that may take."""
    afterwards: NotRequired[bool]
    """Whether it is applied after the import is verified."""
    evidence: NotRequired[list[RemedyRecordDocument]]
    """What became of it before on the same system, for each cause."""


class RemedyDocument(StepDocument):
    """A step that would fix a cause."""

    command: str
    """Its command as one would type it; empty if it has none."""


class LineDocument(TypedDict):
    """A line of a log."""

    line: int
    """Its number, from 1."""
    text: str
    """Its text."""


class DiagnosisDocument(TypedDict):
    """What a log says about a failed build: `buildfix explain --json`."""

    schema: Literal["buildfix.diagnosis/1"]
    """The name of this schema."""
    failed: bool
    """Whether the log has a failure."""
    project: str | None
    """The project whose build failed, if known."""
    phase: Phase | None
    """When it failed, if known."""
    cause: CauseDocument | None
    """The earliest cause; null if nothing failed."""
    also: list[CauseDocument]
    """Further, independent causes."""
    remedies: list[RemedyDocument]
    """The steps that would fix it on the host."""
    alternatives: NotRequired[list[CauseDocument]]
    """At most two other readings, if the confidence is low."""
    says: NotRequired[str]
    """The cause in a sentence for people."""
    advice: NotRequired[str]
    """What a person can do if buildfix cannot do anything."""
    never: NotRequired[list[str]]
    """What people try that never helps."""
    excerpt: NotRequired[list[LineDocument]]
    """The relevant lines around the cause."""
