"""How a run ends, and what may decide it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from buildfix.core import Outcome, Step, events


@dataclass(frozen=True)
class Ending:
    """How it ends, and why, in a line."""

    outcome: Outcome
    reason: str = ""
    todo: tuple[Step, ...] = ()


MaybeEnding = Generator[events.Event, None, "Ending | None"]
"""Events, and at their end how all ends, or None where it goes on."""
