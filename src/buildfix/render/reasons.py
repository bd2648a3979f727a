"""The needs behind a step, in documents: as causes, and as sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildfix.core import Need
from buildfix.render.need_words import need_words

if TYPE_CHECKING:
    from buildfix.render.document_types.diagnosis import ReasonDocument


def reason_document(need: Need) -> ReasonDocument:
    """Return a need as the cause that it comes from, or would have become."""
    kind, subject = need.cause
    document: ReasonDocument = {"kind": kind, "subject": subject}
    if need.probable:
        document["probable"] = True
    return document


def reason_sentence(need: Need, project: str = "") -> str:
    """Return a need as a sentence; `project` is the one whose build has it, if known."""
    if need.kind == "externally-managed":
        return "The system's package manager owns this Python (PEP 668)."
    words = need_words(need)
    if words.endswith(" compiler") and "'" not in words:
        words = f"a {words}"
    if need.kind in ("run", "runtime-library-missing"):
        return f"What is installed needs {words}."
    if need.kind == "installer":
        return f"The install needs {words}."
    needs = "probably needs" if need.probable else "needs"
    return f"The build of {project} {needs} {words}." if project else f"A build {needs} {words}."
