"""Decisions of the loop: a stage before the first build, an answer to a failure, the end."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from buildfix.core import Diagnosis, GpuLibrary, Need, Outcome, Pin, Step, events
from buildfix.core.events import Record
from buildfix.core.light_dataclass import dataclass

if TYPE_CHECKING:
    from buildfix.wheels.recipe_index import Offer


@dataclass(frozen=True)
class Ending:
    """How a run ends, and why, in one line."""

    outcome: Outcome
    reason: str = ""
    todo: tuple[Step, ...] = ()
    instead: tuple[Need, ...] = ()
    """What the run may go on with, if the system has it."""
    steps: tuple[Step, ...] = ()
    """What else that takes."""


MaybeEnding = Generator[events.Event, None, "Ending | None"]
"""Events, and finally the ending, or None if the run continues."""


@dataclass(frozen=True)
class FinishInterrupted:
    """Let the package manager finish what a killed run left."""

    step: Step


@dataclass(frozen=True)
class MeetNeeds:
    """Install what is needed."""

    needs: tuple[Need, ...]


@dataclass(frozen=True)
class UpgradePip:
    """Upgrade pip, which changes what it installs."""

    step: Step


@dataclass(frozen=True)
class ChooseTorch:
    """Install this torch, or keep it, before anything is built against it."""

    library: GpuLibrary
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class TakeOffers:
    """Install wheels from indexes in recipes; what is declined is built instead."""

    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class Refuse:
    """Build nothing, because a build cannot succeed here."""

    diagnosis: Diagnosis
    needs: tuple[Need, ...]
    first: tuple[Need, ...] = ()
    """What is needed whatever is built."""


Stage = FinishInterrupted | MeetNeeds | UpgradePip | ChooseTorch | TakeOffers | Refuse
"""What is done before the first build."""


@dataclass(frozen=True)
class Remedy:
    """What to do about a failure before the installer runs again."""

    needs: Callable[[], tuple[Need, ...]] = tuple
    """Returns what to provide after the steps; a plan is made and needs consent."""
    steps: tuple[Step, ...] = ()
    """Steps without consent: they change nothing of the user's."""
    records: tuple[Record, ...] = ()
    """What was learned."""


@dataclass(frozen=True)
class GiveUp:
    """Nothing can be done about a failure."""

    ending: Ending
    records: tuple[Record, ...] = ()
    """What was learned."""


Answer = Remedy | GiveUp | None
"""A strategy's answer to a failure; None if it does not apply."""


@dataclass(frozen=True)
class Alternative:
    """What can be installed instead of a build that fails."""

    pin: Pin | None = None
    """The step that uses another version."""
    told: tuple[Step, ...] = ()
    """What a person could do instead."""
    reason: str = ""
    """A sentence on how to agree to the pin; empty if `told` says it."""
