"""The types of documents: what a wheelhouse has, and how a build of it ended."""

from __future__ import annotations

import sys
from typing import Any, Literal, TypedDict

if sys.version_info >= (3, 11):
    from typing import NotRequired
else:
    from typing_extensions import NotRequired


class WheelhouseProjectDocument(TypedDict):
    """What became of a project for a target."""

    project: str
    """Its name."""
    version: str
    """Its version."""
    how: Literal["built", "downloaded", "kept", "failed"]
    """Where its wheel is from."""
    seconds: NotRequired[float]
    """How long its build took."""
    peak_memory: NotRequired[int]
    """Bytes that its build used at most."""
    attempts: NotRequired[int]
    """How often it was built."""
    cause: NotRequired[dict[str, Any] | str | None]
    """Why its build failed: a cause, or an error."""
    reason: NotRequired[str]
    """Why its build failed, in a sentence."""


class WheelhouseReportDocument(TypedDict):
    """What became of a target."""

    target: str
    """Its name, which is that of its folder."""
    machine: str
    """The machine, as given by --target."""
    outcome: Literal["built", "unfixed"]
    """Whether all its wheels are there and were installed and imported from the index."""
    missing: list[str]
    """Requirements without a wheel."""
    reason: str
    """Why it is not verified; may be empty."""
    packages: dict[str, list[str]]
    """The system packages that an install needs at run time, each with the wheels that need it."""
    projects: list[WheelhouseProjectDocument]
    """Its projects."""


class WheelhouseDocument(TypedDict):
    """How a build ended: `buildfix wheelhouse build --json`."""

    schema: Literal["buildfix.wheelhouse/1"]
    """The name of this schema."""
    outcome: Literal["built", "unfixed"]
    """Whether every target is complete."""
    targets: list[WheelhouseReportDocument]
    """What became of each target."""


class WheelhouseTargetDocument(TypedDict):
    """A target of a wheelhouse."""

    schema: Literal["buildfix.wheelhouse-target/1"]
    """The name of the schema of its file."""
    name: str
    """Its name, which is that of its folder."""
    target: str
    """The machine, as given by --target."""
    facts: dict[str, Any]
    """What is known of the machine: system, Python, package manager."""
    pins: list[str]
    """The requirements, with versions."""
    wheels: dict[str, str]
    """The wheels, with their SHA-256."""
    packages: dict[str, list[str]]
    """The system packages that an install needs at run time, each with the wheels that need it."""
    proof: dict[str, Any]
    """How the install from the index was verified; empty if it was not."""


class WheelhouseListDocument(TypedDict):
    """What a wheelhouse has: `buildfix wheelhouse list --json`."""

    schema: Literal["buildfix.wheelhouse-list/1"]
    """The name of this schema."""
    targets: list[WheelhouseTargetDocument]
    """Its targets."""
