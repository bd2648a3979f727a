"""A bare Debian root to try buildfix in: made once, copied in no time, always cleared away."""

from __future__ import annotations

from tests.bed.bare import BareRoot, install_file
from tests.bed.errors import BedError, BedUnavailable
from tests.bed.mounts import (
    mounts_below,
    processes_inside,
    refuse_if_stopping,
    stop_all,
    sweep,
)
from tests.bed.pool import at_once, end_on_term
from tests.bed.roots import (
    SUITES,
    available,
    base_root,
    command_layer,
    digest,
    layer,
    toolchain_root,
)
from tests.bed.stack import Stack
from tests.bed.wheel import BUILDFIX, TARGET_PYTHON, build_wheel, with_buildfix, with_venv

__all__ = [
    "BUILDFIX",
    "SUITES",
    "TARGET_PYTHON",
    "BareRoot",
    "BedError",
    "BedUnavailable",
    "Stack",
    "at_once",
    "available",
    "base_root",
    "build_wheel",
    "command_layer",
    "digest",
    "end_on_term",
    "install_file",
    "layer",
    "mounts_below",
    "processes_inside",
    "refuse_if_stopping",
    "stop_all",
    "sweep",
    "toolchain_root",
    "with_buildfix",
    "with_venv",
]
