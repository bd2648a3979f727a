"""The types of documents: how a run ended, and the runs before it."""

from __future__ import annotations

import sys
from typing import Literal, TypedDict

if sys.version_info >= (3, 11):
    from typing import NotRequired
else:
    from typing_extensions import NotRequired

from buildfix.core import Outcome
from buildfix.core.changes import Moment
from buildfix.render.document_types.diagnosis import DiagnosisDocument, ReasonDocument, StepDocument
from buildfix.render.document_types.plan import CommandDocument


class AttemptDocument(CommandDocument):
    """One run of the installer."""

    log: str
    """The file with its output."""
    returncode: int
    """Its exit code."""
    seconds: float
    """How long it took."""
    peak_rss: int | None
    """Peak memory of all its processes in bytes, if known."""
    diagnosis: DiagnosisDocument | None
    """Why it failed, if it did."""


class ProofDocument(TypedDict):
    """A distribution that was verified."""

    name: str
    """Its name."""
    version: str | None
    """Its version."""
    wheel: str | None
    """The file name of its wheel, if known."""
    modules: list[str]
    """The modules that were imported."""
    programs: list[str]
    """The programs that were run."""


class VerifiedDocument(TypedDict):
    """What was verified; version and wheel are those of the first distribution."""

    modules: list[str]
    """The modules that were imported."""
    version: str | None
    """The version."""
    wheel: str | None
    """The file name of the wheel, if known."""
    programs: NotRequired[list[str]]
    """The programs that were run."""
    distributions: NotRequired[list[ProofDocument]]
    """Each distribution."""


class DegradedDocument(TypedDict):
    """An optional part that a build silently left out."""

    distribution: str
    """The distribution that lacks it."""
    missing: str
    """What is missing."""
    packages: list[str]
    """The system packages that would enable it; empty if unknown."""


class SecondsDocument(TypedDict):
    """Seconds spent in each part of the work."""

    total: float
    """Everything."""
    foresee: float
    """The forecast."""
    apply: float
    """The steps."""
    install: float
    """The installer."""
    verify: float
    """The verification."""


class SystemChangeDocument(TypedDict):
    """What a step changed, from its package manager before and after."""

    manager: str
    """The package manager."""
    asked: list[str]
    """The added packages that the step named."""
    added: list[str]
    """All added packages."""
    removed: list[str]
    """The removed packages."""
    unfinished: list[str]
    """Packages that are unpacked or partly configured."""


class UnseenDocument(TypedDict):
    """A step that ran, but no package manager says what it changed."""

    summary: str
    """What it does."""
    finished: bool
    """Whether it finished."""


class HaltDocument(TypedDict):
    """What stopped a run from outside."""

    by: str
    """`Ctrl-C`, or the name of a signal."""
    moment: Moment
    """What was in progress."""
    detail: str
    """The step, or what it waited for."""


class ChangesDocument(TypedDict):
    """What was changed on the system and in the target."""

    system: list[SystemChangeDocument]
    """Packages."""
    unseen: list[UnseenDocument]
    """Steps of which it is unknown what they changed."""
    installed: list[str]
    """Distributions that are new or were reinstalled, with versions."""
    removed: list[str]
    """Distributions that were removed, with versions."""
    already: list[str]
    """Requested distributions that were there before."""
    halt: HaltDocument | None
    """What stopped the run, if something did."""


class RecordDocument(TypedDict):
    """A record of the journal, with keys of its own kind."""

    at: float
    """When it was made, in seconds since 1970."""
    record: str
    """Its kind, for example `step-started`."""


class EvidenceDocument(TypedDict):
    """A remedy that was applied, and whether it helped."""

    remedy: str
    """The step, in words."""
    cause: ReasonDocument
    """What it was for."""
    came_back: bool
    """Whether the same cause was found again afterwards."""
    outcome: str
    """How the run ended."""
    parts: NotRequired[list[str]]
    """What of it was for this cause, if it did more."""
    system: NotRequired[str]
    """The system, as `--os` names it: `debian:13`."""


class UnfinishedDocument(TypedDict):
    """What failed or interrupted steps changed anyway."""

    installed: list[str]
    """Packages that are installed now and were not before."""
    midway: list[str]
    """Packages that were left unpacked or partly configured."""


class ReportDocument(TypedDict):
    """What a run did: `buildfix fix --json`, `undo --json`, `history show N --json`."""

    schema: Literal["buildfix.report/1"]
    """The name of this schema."""
    outcome: Outcome
    """How the run ended."""
    requirements: list[str]
    """What was requested."""
    attempts: list[AttemptDocument]
    """The runs of the installer."""
    applied: list[StepDocument]
    """The steps that succeeded."""
    verified: VerifiedDocument | None
    """What was verified; null unless everything requested works."""
    degraded: list[DegradedDocument]
    """Optional parts that were silently left out."""
    seconds: SecondsDocument
    """How long it took."""
    journal: NotRequired[list[RecordDocument]]
    """Everything that was done and learned, in order."""
    evidence: NotRequired[list[EvidenceDocument]]
    """What the run shows about its remedies."""
    undoes: NotRequired[str | None]
    """The name of the run that it took back; null for an install."""
    reason: NotRequired[str]
    """Why it ended this way, in one line; empty on success."""
    interpreter: NotRequired[str]
    """The interpreter that it installed into."""
    todo: NotRequired[list[StepDocument]]
    """What a person has to do."""
    changes: NotRequired[ChangesDocument]
    """What was changed, from before and after."""
    kept: NotRequired[list[str]]
    """The wheels that were saved to the wheelhouse."""
    unfinished: NotRequired[UnfinishedDocument]
    """What failed or interrupted steps changed anyway."""


class RunDocument(TypedDict):
    """An earlier run."""

    number: int
    """Its number in the list; 1 is the latest."""
    name: str
    """Its name, which stays the same."""
    started: str
    """When it started: ISO 8601, UTC."""
    requirements: list[str]
    """What was requested."""
    folder: str
    """From where relative paths lead."""
    undoes: str | None
    """The name of the run that it took back; null for an install."""
    interpreter: str | None
    """The interpreter that it installed into."""
    outcome: str
    """How it ended; `running` or `killed` if it did not."""
    seconds: float
    """How long it took."""
    changes: ChangesDocument
    """What it changed."""
    logs: str
    """The folder of its logs."""


class HistoryDocument(TypedDict):
    """The last runs: `buildfix history --json`."""

    schema: Literal["buildfix.history/1"]
    """The name of this schema."""
    runs: list[RunDocument]
    """The runs, the latest first."""
