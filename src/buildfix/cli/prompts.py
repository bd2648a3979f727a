"""Asking a person whether a plan may be applied, of what that person sees."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass
from typing import TextIO

from buildfix.core import Pin, Plan, names_of
from buildfix.core.errors import PersonNeeded
from buildfix.render import View
from buildfix.render.plain import PlainView

_QUESTION = "Apply this plan? [y]es, [N]o, [d]etails: "
_WRONG_KEY = "Please type y, n or d.\n"


@dataclass(frozen=True)
class Asking:
    """Where a plan is shown, and where the question may be asked."""

    view: View
    seen: bool
    """Whether what the view shows appears on a terminal."""
    places: tuple[TextIO, ...]
    """Streams for the question; the first that is a terminal gets it."""


def ask(plan: Plan, asking: Asking) -> bool:
    """Return whether the person agrees; raises PersonNeeded where there is nobody to ask.

    What was typed before the question is thrown away: it was no answer to it. A plan that went to
    a file is shown again where the question is asked.
    """
    place = next((one for one in asking.places if one.isatty()), None)
    if place is None or not sys.stdin.isatty():
        raise _nobody(plan)
    view = asking.view if asking.seen else PlainView(place)
    if not asking.seen:
        view.plan(plan)
    while True:
        forget_typed()
        place.write(_QUESTION)
        place.flush()
        answer = _answer(place)
        match answer.strip().lower():
            case "y" | "yes":
                return True
            case "n" | "no":
                return False
            case "d" | "details":
                _details(plan, view)
            case "":  # an empty line is the answer that stands in capitals, and so is the end
                if not answer:
                    place.write("\n")
                return False
            case _:
                place.write(_WRONG_KEY)


def forget_typed() -> None:
    """Throw away what was typed on the terminal and not read yet."""
    try:
        import termios
    except ImportError:
        _forget_on_windows()
        return
    with contextlib.suppress(termios.error, OSError, ValueError):
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


def _forget_on_windows() -> None:
    if sys.platform == "win32":
        import msvcrt

        while msvcrt.kbhit():
            msvcrt.getwch()


def _nobody(plan: Plan) -> PersonNeeded:
    other = " --allow-version-change" if names_of(plan.steps, Pin) else ""
    return PersonNeeded(
        "The plan needs your consent, but there is no terminal to ask on.",
        do=f"Use --yes{other} to agree in advance.",
    )


def _details(plan: Plan, view: View) -> None:
    view.plan(plan, whole=True)
    if plan.diagnosis:
        view.diagnosis(plan.diagnosis)


def _answer(place: TextIO) -> str:
    """Return the line typed; on Ctrl-C what follows begins in a line of its own."""
    try:
        return sys.stdin.readline()
    except KeyboardInterrupt:
        place.write("\n")
        raise
