"""Prints a plan in the format of another tool."""

from __future__ import annotations

import time

from buildfix import __version__
from buildfix.catalog import Knowledge
from buildfix.core import Plan
from buildfix.core.printable import printable


def exported(plan: Plan, form: str, knowledge: Knowledge, after: str) -> str:
    """Return a plan in a format; `after` says what it is based on."""
    from buildfix.engine.reproducible_plan import standing_alone
    from buildfix.render.export.draft import drafted
    from buildfix.render.export.forms import FORMS

    plan = standing_alone(plan, knowledge)
    recipe = knowledge.host(plan.host)
    image = recipe.image.format(version=plan.host.version) if recipe else ""
    made = f"Written by buildfix {__version__} on {time.strftime('%Y-%m-%d')}: {after}."
    return printable(FORMS[form](drafted(plan, made, image)))


def of_a_plan(plan: Plan) -> str:
    """Return what the export of a plan is based on that has not been run."""
    return f"the plan for {plan.host.title} ({plan.host.arch}); it has not been run"
