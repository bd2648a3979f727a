"""Asks a person whether to apply a plan."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from dataclasses import field
from typing import TextIO

from buildfix.core import Pin, Plan, names_of
from buildfix.core.errors import PersonNeeded
from buildfix.core.light_dataclass import dataclass
from buildfix.machines.streams import line_ended
from buildfix.render import View
from buildfix.render.plain import PlainView

_ANSWERS = {"y": True, "yes": True, "n": False, "no": False, "": False}
_DETAILS = ("d", "details")


@dataclass(frozen=True)
class _Words:
    question: str
    wrong_key: str
    export: tuple[str, ...] = ()


_WORDS = _Words(
    "Proceed? [y/N/d/e] ",
    "Please type y (yes), n (no), d (details) or e (print it as a shell script).\n",
    ("e", "export"),
)
_WORDS_WITHOUT_EXPORT = _Words("Proceed? [y/N/d] ", "Please type y (yes), n (no) or d (details).\n")


@dataclass(frozen=True)
class Asking:
    """Where a plan is shown, and where the question can be asked."""

    view: View
    seen: bool
    """Whether the view writes to a terminal."""
    places: tuple[TextIO, ...]
    """Streams for the question; the first one that is a terminal is used."""
    export: Callable[[Plan], str] = field(default=lambda _: "")
    """Returns a plan as a shell script."""


def ask(plan: Plan, asking: Asking) -> bool:
    """Return whether the person agrees; raises PersonNeeded if there is nobody to ask.

    Input typed before the question is discarded: it cannot be an answer. A plan that was written to
    a file is shown again on the terminal.
    """
    place = next((one for one in asking.places if one.isatty()), None)
    if place is None or not sys.stdin.isatty():
        raise _nobody(plan)
    view = _view_of(plan, asking, place)
    words = _WORDS if plan.install.argv else _WORDS_WITHOUT_EXPORT
    while (answer := _asked(place, words.question)) not in _ANSWERS:
        if answer in _DETAILS:
            _details(plan, view)
        elif answer in words.export:
            place.write(asking.export(plan))
        else:
            place.write(words.wrong_key)
    return _ANSWERS[answer]


def _view_of(plan: Plan, asking: Asking, place: TextIO) -> View:
    """Return the view that shows the plan where the question is."""
    if asking.seen:
        return asking.view
    view = PlainView(place)
    view.plan(plan)
    return view


def _asked(place: TextIO, question: str) -> str:
    """Return the word that was typed; an empty one for an empty line, and for the end of input."""
    forget_typed()
    place.write(question)
    place.flush()
    answer = _answer(place)
    if answer.endswith("\n"):
        line_ended()
    else:
        place.write("\n")
    return answer.strip().lower()


def forget_typed() -> None:
    """Discard what was typed on the terminal but not read yet."""
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
    """Return the line that was typed; on Ctrl-C, end the line first."""
    try:
        return sys.stdin.readline()
    except KeyboardInterrupt:
        place.write("\n")
        raise
