"""What is decided on the way: a stage before the first build, an answer to a failure, the end."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildfix.core import Diagnosis, Need, Outcome, Pin, Step, events
from buildfix.core.events import Record

if TYPE_CHECKING:
    from buildfix.wheels.recipe_index import Offer


@dataclass(frozen=True)
class Ending:
    """How it ends, and why, in a line."""

    outcome: Outcome
    reason: str = ""
    todo: tuple[Step, ...] = ()


MaybeEnding = Generator[events.Event, None, "Ending | None"]
"""Events, and at their end how all ends, or None where it goes on."""


@dataclass(frozen=True)
class FinishInterrupted:
    """Have the package manager finish what a killed run left."""

    step: Step


@dataclass(frozen=True)
class MeetNeeds:
    """Install what is needed."""

    needs: tuple[Need, ...]


@dataclass(frozen=True)
class UpgradePip:
    """Upgrade pip, which changes what it takes."""

    step: Step


@dataclass(frozen=True)
class TakeOffers:
    """Install wheels from indexes that recipes name; what is refused is built instead."""

    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class Refuse:
    """Build nothing, because a build cannot succeed here."""

    diagnosis: Diagnosis
    needs: tuple[Need, ...]
    first: tuple[Need, ...] = ()
    """Those that are needed whatever is built."""


Stage = FinishInterrupted | MeetNeeds | UpgradePip | TakeOffers | Refuse
"""What is done before the first build."""


@dataclass(frozen=True)
class Remedy:
    """What is done about a failure, then the installer runs again."""

    needs: Callable[[], tuple[Need, ...]] = tuple
    """What is to be met once the steps are applied; a plan is made and asked for."""
    steps: tuple[Step, ...] = ()
    """Nobody is asked: they change nothing of the user's."""
    records: tuple[Record, ...] = ()
    """What is learned by it."""


@dataclass(frozen=True)
class GiveUp:
    """Nothing can be done about a failure."""

    ending: Ending
    records: tuple[Record, ...] = ()
    """What is learned by it."""


Answer = Remedy | GiveUp | None
"""What a strategy has to say of a failure; None where it is not its own kind."""


@dataclass(frozen=True)
class Alternative:
    """What may be taken instead of a build that fails."""

    pin: Pin | None = None
    """Takes another version."""
    told: tuple[Step, ...] = ()
    """The ways for a person to take."""
    reason: str = ""
    """How one agrees to the pin, in a sentence; empty where `told` says it."""
