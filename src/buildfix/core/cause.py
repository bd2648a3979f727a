"""Needs, and the causes of failed builds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import Literal

from buildfix.core.light_dataclass import dataclass

Phase = Literal["resolve", "build-requires", "metadata", "build", "install", "import"]
Weight = Literal["certain", "likely", "hint"]

CAUSE_KINDS = frozenset(
    {
        "compiler-missing",
        "compiler-too-old",
        "compiler-too-new",
        "python-headers-missing",
        "header-missing",
        "library-missing",
        "pkgconfig-missing",
        "cmake-package-missing",
        "tool-missing",
        "tool-too-old",
        "tool-too-new",
        "library-too-old",
        "library-too-new",
        "dependency-missing",
        "python-module-missing",
        "backend-missing",
        "build-requirement-incompatible",
        "python-unsupported",
        "cuda-missing",
        "cuda-mismatch",
        "out-of-memory",
        "disk-full",
        "network",
        "certificate",
        "permission",
        "externally-managed",
        "no-distribution",
        "platform-unsupported",
        "hardware",
        "abi-mismatch",
        "runtime-library-missing",
        "source-error",
        "unknown",
    }
)
"""The kinds of cause, as the contract lists them."""

_CAUSE_OF_FORESEEN = {
    "build": "dependency-missing",
    "run": "runtime-library-missing",
    "held": "build-requirement-incompatible",
    "installer": "python-module-missing",
}
"""The kind of cause that a need known beforehand would have become."""


@dataclass(frozen=True)
class Need:
    """One thing that must be present: `header ffi.h`, `capability dep:generic/libffi`."""

    kind: str
    subject: str
    required: str | None = None
    newest: bool = False
    """Whether it may have to be newer than `required`, which only the build can tell."""
    probable: bool = field(default=False, compare=False)
    """Whether it is only likely: the build was not followed to where it would say so."""

    @property
    def cause(self) -> tuple[str, str]:
        """Kind and subject of the cause that it comes from, or would have become."""
        return (_CAUSE_OF_FORESEEN.get(self.kind, self.kind), self.subject)

    def __str__(self) -> str:
        return " ".join(filter(None, (self.kind, self.subject, self.required)))


@dataclass(frozen=True)
class Cause:
    """Why a build failed, and the log line that says so."""

    kind: str
    subject: str
    line: int
    """The line number in the log as given, from 1."""
    text: str
    """That line without its margin."""
    required: str | None = None
    recipe: str = ""
    """The name of the pattern that matched."""
    confidence: float = 1.0
    """How likely it is that kind and subject are right, from 0 to 1."""
    by: Literal["pattern", "model"] = "pattern"
    """What recognized it: a pattern of the recipes, or the model that has learned from logs."""

    @property
    def identity(self) -> tuple[str, str]:
        """Kind and subject: causes with the same identity are the same, wherever they are."""
        return (self.kind, self.subject)

    def __str__(self) -> str:
        return self.kind if self.subject == "-" else f"{self.kind}: {self.subject}"


def needs_of(causes: Iterable[Cause]) -> tuple[Need, ...]:
    """Return what would put these causes right, as needs of the same kind and subject."""
    return tuple(Need(cause.kind, cause.subject, cause.required) for cause in causes)
