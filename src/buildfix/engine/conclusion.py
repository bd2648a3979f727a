"""How a run gets to its end, whatever happens, and what it records there."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from buildfix.core import events
from buildfix.core.changes import Halt
from buildfix.core.errors import BuildfixError, PersonNeeded
from buildfix.core.light_dataclass import dataclass
from buildfix.engine.journal import begun, halt_of, report_of
from buildfix.engine.machine_changes import conclude
from buildfix.engine.outcome import Ending
from buildfix.engine.reproducible_plan import replay_of
from buildfix.engine.session import Session


@dataclass(frozen=True)
class Ended:
    """How a run ended, and what stopped it from outside."""

    ending: Ending
    halt: Halt | None = None


def to_its_end(
    session: Session, story: Generator[events.Event, None, Ending]
) -> Generator[events.Event, None, Ended]:
    """Pass on and record the events of a run; an interrupt or an error is an ending, too.

    Raises an error again if nothing was started before it.
    """
    try:
        return Ended((yield from session.journal.follow(story)))
    except KeyboardInterrupt as interrupt:
        halt = halt_of(session.journal.records, str(interrupt) or "Ctrl-C")
        return Ended(Ending("interrupted"), halt)
    except BuildfixError as error:
        return Ended(_ended_by(error, session))


def conclusion(session: Session, ended: Ended, *, replay: bool = False) -> events.Finished:
    """Record how a run ended and return its report; with `replay`, how to reproduce it."""
    conclude(session, ended.ending, ended.halt)
    report = report_of(session.journal.entries)
    if replay and report.outcome == "installed" and session.state.attempts:
        report = replace(report, replay=replay_of(session))
    session.journal.add(events.RunEnded(report.outcome))
    return events.Finished(report, session.journal.entries)


def _ended_by(error: BuildfixError, session: Session) -> Ending:
    """Return the ending for an error; raises the error if nothing was started before it."""
    person = isinstance(error, PersonNeeded)
    if not (person or begun(session.journal.records)):
        session.journal.add(events.RunEnded("refused"))
        raise error
    reason = " ".join(filter(None, (error.happened, error.do)))
    return Ending("person-needed" if person else "unfixed", reason)
