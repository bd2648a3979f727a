"""The types of documents: errors, and what the other commands list."""

from __future__ import annotations

from typing import Literal, TypedDict

from buildfix.render.document_types.diagnosis import RemedyRecordDocument


class ErrorDetails(TypedDict):
    """What went wrong."""

    code: str
    """The kind of error."""
    message: str
    """What happened, and what was left unchanged."""
    hint: str
    """What to do next; may be empty."""


class ErrorDocument(TypedDict):
    """An error that ended a command early, whichever command it was."""

    schema: Literal["buildfix.error/1"]
    """The name of this schema."""
    error: ErrorDetails
    """What went wrong."""
    exit_code: int
    """The exit code of the command."""


class EvidenceLineDocument(RemedyRecordDocument):
    """A line of a file that `--evidence` names."""

    schema: Literal["buildfix.evidence/1"]
    """The name of this schema."""


class WheelTargetDocument(TypedDict):
    """What wheels are looked for."""

    python: str
    """The version of the interpreter."""
    platform: str
    """The platform."""
    tag: str | None
    """The most specific wheel tag."""
    pip: str | None
    """The version of its pip, if known."""


class WheelReasonDocument(TypedDict):
    """Why no wheel is used."""

    kind: str
    """The kind of reason."""
    subject: str
    """What it is about."""
    required: str | None
    """What would be required, if known."""
    says: str
    """The reason in a sentence."""


class AvoidanceDocument(TypedDict):
    """A way to avoid the build."""

    kind: str
    """The kind of way."""
    summary: str
    """What to do."""
    requirement: str | None
    """The requirement to ask for instead, if that is the way."""
    python: str | None
    """The interpreter to use instead, if that is the way."""


class WheelDocument(TypedDict):
    """A wheel of the index."""

    filename: str
    """Its file name."""
    pythons: list[str]
    """The interpreters in its tags."""
    abis: list[str]
    """The ABIs in its tags."""
    platforms: list[str]
    """The platforms in its tags."""
    serves: bool
    """Whether it works on the target."""


class VersionDocument(TypedDict):
    """A version of the project."""

    version: str
    """The version."""
    sdist: str | None
    """The file name of its source, if it has any."""
    requires_python: str | None
    """The Python versions that it asks for, if it does."""
    wheels: list[WheelDocument]
    """Its wheels."""


class WheelsDocument(TypedDict):
    """Which wheels exist: `buildfix wheels REQUIREMENT --json`."""

    schema: Literal["buildfix.wheels/1"]
    """The name of this schema."""
    requirement: str
    """What was asked for."""
    version: str | None
    """The version that the requirement leads to."""
    target: WheelTargetDocument
    """What wheels are looked for."""
    served: bool
    """Whether a wheel works on the target."""
    taken: str | None
    """The file that would be installed or built."""
    best: str | None
    """The wheel that fits best."""
    reasons: list[WheelReasonDocument]
    """Why no wheel is used."""
    roads: list[AvoidanceDocument]
    """Ways to avoid the build."""
    versions: list[VersionDocument]
    """The versions, the newest first."""


class RecipesDocument(TypedDict):
    """The loaded recipes: `buildfix recipes list --json`."""

    schema: Literal["buildfix.recipes/1"]
    """The name of this schema."""
    systems: dict[str, str]
    """Systems by their id, with titles."""
    capabilities: dict[str, str]
    """Capabilities by their id, with titles."""
    causes: dict[str, str]
    """Causes by their name, with kinds."""
    projects: dict[str, str]
    """Projects by their name, with the source of the knowledge."""
