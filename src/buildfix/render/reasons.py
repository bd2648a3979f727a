"""The needs behind a step, in documents."""

from __future__ import annotations

from typing import Any

from buildfix.core import Need

_CAUSE_OF_FORESEEN = {
    "build": "dependency-missing",
    "run": "runtime-library-missing",
    "held": "build-requirement-incompatible",
    "installer": "python-module-missing",
}
"""The kind of cause that a need known beforehand would have become."""


def reason_document(need: Need) -> dict[str, Any]:
    """Return a need as the cause that it comes from, or would have become."""
    return {"kind": _CAUSE_OF_FORESEEN.get(need.kind, need.kind), "subject": need.subject}
