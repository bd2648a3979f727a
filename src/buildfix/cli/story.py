"""Follows the events of a run to its end, even if it is interrupted."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import chain

from buildfix.core import events
from buildfix.core.errors import Interrupted
from buildfix.render import View

_CHANGING = events.StepStarted | events.AttemptStarted


def follow(story: Generator[events.Event], view: View) -> events.Finished:
    """Show the events of a run and return its end; interrupts are passed to the run.

    Raises Interrupted on a second interrupt while the run determines what was changed, and whatever
    the run itself raises.
    """
    begun = False
    pending: Iterator[events.Event] = story
    while True:
        try:
            for event in pending:
                begun = begun or isinstance(event, _CHANGING)
                if isinstance(event, events.Finished):
                    return _shown(event, view)
                view.show(event)
        except KeyboardInterrupt as interrupt:
            pending = chain([_told(story, interrupt, begun=begun)], story)


def _shown(end: events.Finished, view: View) -> events.Finished:
    """Show the end; an interrupt during that does not change what happened."""
    try:
        view.show(end)
    except KeyboardInterrupt:
        view.show(end)
    return end


def _told(
    story: Generator[events.Event], interrupt: KeyboardInterrupt, *, begun: bool
) -> events.Event:
    """Return the run's next event after an interrupt; raises the same as `follow`."""
    try:
        return story.throw(interrupt)
    except KeyboardInterrupt as again:
        if not begun:
            raise
        raise Interrupted(
            f"Stopped by {again or 'Ctrl-C'} while determining what was changed.",
            unchanged="Earlier changes were kept.",
            do="Run the same command again to see what is missing.",
        ) from again
