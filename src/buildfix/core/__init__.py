"""The types that carry the data: the request, the host, needs, causes, plans, steps and reports.

They are frozen and have no behavior beyond answers from their own fields. Sizes are in bytes, times
in seconds. Every package above imports these; they import nothing else of buildfix.
"""

from __future__ import annotations

from buildfix.core.cause import (
    CAUSE_KINDS,
    Cause,
    Need,
    Phase,
    Weight,
    needs_of,
)
from buildfix.core.changes import (
    Changes,
    Halt,
    Installed,
    SystemChange,
    TargetChange,
    UnseenStep,
)
from buildfix.core.diagnosis import Diagnosis
from buildfix.core.host import (
    Cuda,
    GpuLibrary,
    Host,
    Interpreter,
    Privilege,
    Rust,
    Toolkit,
    Variables,
)
from buildfix.core.plan import (
    Arrival,
    Command,
    Plan,
    PlanDraft,
)
from buildfix.core.report import (
    Attempt,
    MissingFeature,
    Outcome,
    Proof,
    Report,
    Timing,
    Unfinished,
)
from buildfix.core.request import (
    FetchOptions,
    InstallerName,
    Request,
)
from buildfix.core.steps import (
    ConstrainBuild,
    CreateEnvironment,
    DisableIsolation,
    InstallerStep,
    InstallPackages,
    InstallToolchain,
    LookUp,
    Manual,
    Pin,
    Probe,
    Rebuild,
    RemovePackages,
    RunCommand,
    SetVariables,
    Step,
    Transaction,
    names_of,
)

__all__ = [
    "CAUSE_KINDS",
    "Arrival",
    "Attempt",
    "Cause",
    "Changes",
    "Command",
    "ConstrainBuild",
    "CreateEnvironment",
    "Cuda",
    "Diagnosis",
    "DisableIsolation",
    "FetchOptions",
    "GpuLibrary",
    "Halt",
    "Host",
    "InstallPackages",
    "InstallToolchain",
    "Installed",
    "InstallerName",
    "InstallerStep",
    "Interpreter",
    "LookUp",
    "Manual",
    "MissingFeature",
    "Need",
    "Outcome",
    "Phase",
    "Pin",
    "Plan",
    "PlanDraft",
    "Privilege",
    "Probe",
    "Proof",
    "Rebuild",
    "RemovePackages",
    "Report",
    "Request",
    "RunCommand",
    "Rust",
    "SetVariables",
    "Step",
    "SystemChange",
    "TargetChange",
    "Timing",
    "Toolkit",
    "Transaction",
    "Unfinished",
    "UnseenStep",
    "Variables",
    "Weight",
    "names_of",
    "needs_of",
]
