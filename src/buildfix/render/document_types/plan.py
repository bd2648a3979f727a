"""The types of documents: a plan."""

from __future__ import annotations

import sys
from typing import Literal, TypedDict

if sys.version_info >= (3, 11):
    from typing import NotRequired
else:
    from typing_extensions import NotRequired

from buildfix.render.document_types.diagnosis import (
    DiagnosisDocument,
    ReasonDocument,
    StepDocument,
    UnmetDocument,
)
from buildfix.render.document_types.host import HostDocument


class BuildDocument(TypedDict):
    """A distribution that would be in the target."""

    name: str
    """Its name."""
    version: str | None
    """Its version, if known."""
    how: Literal["wheel", "build", "present"]
    """Whether a wheel is installed, it is built, or it is there already."""
    file: str | None
    """The file that would be installed or built."""
    needs: list[ReasonDocument]
    """What its build needs, present or not."""
    estimate_s: float | None
    """Seconds that its last build took here, if known."""


class CommandDocument(TypedDict):
    """A command."""

    argv: list[str]
    """Its argument vector."""
    env: dict[str, str]
    """Variables to set in addition to the inherited ones."""


class VerifyDocument(TypedDict):
    """How the install is verified."""

    modules: list[str]
    """The modules to import, as far as they are known."""


class PlanDocument(TypedDict):
    """What would be done before the first build: `buildfix fix --dry-run --json`."""

    schema: Literal["buildfix.plan/1"]
    """The name of this schema."""
    requirements: list[str]
    """What was requested."""
    host: HostDocument
    """The machine that the plan is for."""
    steps: list[StepDocument]
    """The steps, in order."""
    install: CommandDocument
    """The install that follows."""
    verify: VerifyDocument
    """The verification that follows."""
    builds: NotRequired[list[BuildDocument]]
    """What would be in the target, as far as it is known."""
    download_bytes: NotRequired[int | None]
    """Bytes of packages to download, if the package manager says so."""
    disk_bytes: NotRequired[int | None]
    """Bytes that the packages use, if the package manager says so."""
    unmet: NotRequired[list[UnmetDocument]]
    """Needs that nothing known provides."""
    unread: NotRequired[list[str]]
    """Sentences on what the plan leaves out because a source could not be read."""
    notes: NotRequired[list[str]]
    """Sentences on what a person should know before agreeing."""
    diagnosis: NotRequired[DiagnosisDocument | None]
    """Why a build cannot succeed, if it cannot."""
    undoes: NotRequired[str]
    """The name of the run that it takes back: `buildfix undo --dry-run --json`."""
    kept: NotRequired[list[str]]
    """Sentences on what stays when a run is taken back."""
