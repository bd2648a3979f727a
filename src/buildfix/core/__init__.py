"""The types that carry the data: what was asked, what is there, what is missing, what to do.

Frozen, and with no behaviour beyond what their own fields answer. Sizes are bytes, times are
seconds. Every floor above imports these. They import nothing of buildfix but one another: a report
tells of a plan, a plan of a host and of causes.
"""

from __future__ import annotations

from buildfix.core.cause import (
    CAUSE_KINDS,
    Cause,
    Diagnosis,
    Need,
    Phase,
    Weight,
)
from buildfix.core.changes import (
    Changes,
    Halt,
    Installed,
    SystemChange,
    TargetChange,
    UnseenStep,
)
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
    Command,
    LookUp,
    Plan,
    Probe,
    Step,
    StepKind,
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

__all__ = [
    "CAUSE_KINDS",
    "Attempt",
    "Cause",
    "Changes",
    "Command",
    "Cuda",
    "Diagnosis",
    "FetchOptions",
    "GpuLibrary",
    "Halt",
    "Host",
    "Installed",
    "InstallerName",
    "Interpreter",
    "LookUp",
    "MissingFeature",
    "Need",
    "Outcome",
    "Phase",
    "Plan",
    "Privilege",
    "Probe",
    "Proof",
    "Report",
    "Request",
    "Rust",
    "Step",
    "StepKind",
    "SystemChange",
    "TargetChange",
    "Timing",
    "Toolkit",
    "Unfinished",
    "UnseenStep",
    "Variables",
    "Weight",
]
