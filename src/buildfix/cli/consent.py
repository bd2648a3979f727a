"""Asking a person whether a plan may be applied."""

from __future__ import annotations

import sys

from buildfix.errors import PersonNeeded
from buildfix.model import Plan
from buildfix.ui import View

_QUESTION = "Apply this plan? [y]es, [n]o, [d]etails: "


def ask(plan: Plan, view: View) -> bool:
    """Return whether the person agrees; raises PersonNeeded where there is nobody to ask."""
    if not sys.stdin.isatty():
        other = " --allow-version-change" if any(step.pins for step in plan.steps) else ""
        raise PersonNeeded(
            "The plan needs consent, and there is no terminal to ask on.",
            do=f"Use --yes{other} to agree beforehand.",
        )
    while True:
        sys.stderr.write(_QUESTION)
        sys.stderr.flush()
        answer = _answer()
        match answer.strip().lower():
            case "y" | "yes":
                return True
            case "d" | "details":
                view.plan(plan, whole=True)
                if plan.diagnosis:
                    view.diagnosis(plan.diagnosis)
            case "n" | "no":
                return False
            case _ if not answer:
                sys.stderr.write("\n")
                return False


def _answer() -> str:
    """Return the line typed; on Ctrl-C what follows begins in a line of its own."""
    try:
        return sys.stdin.readline()
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        raise
