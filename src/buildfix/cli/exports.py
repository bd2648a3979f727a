"""Prints a plan in the format of another tool."""

from __future__ import annotations

import time

from buildfix import __version__
from buildfix.catalog import Knowledge
from buildfix.catalog.systems import HostRecipe
from buildfix.core import Host, Plan
from buildfix.core.printable import printable


def exported(plan: Plan, form: str, knowledge: Knowledge, after: str) -> str:
    """Return a plan in a format; `after` says what it is based on."""
    from buildfix.engine.reproducible_plan import standing_alone
    from buildfix.render.export.draft import drafted
    from buildfix.render.export.forms import FORMS

    plan = standing_alone(plan, knowledge)
    recipe = knowledge.host(plan.host)
    image = _image(recipe, plan.host) if recipe else ""
    made = f"Written by buildfix {__version__} on {time.strftime('%Y-%m-%d')}: {after}."
    return printable(FORMS[form](drafted(plan, made, image)))


def _image(recipe: HostRecipe, host: Host) -> str:
    """Return the name of the image of a host's release, or of the one that it is like."""
    own = recipe.id == host.id
    return recipe.image.format(
        version=host.version if own else recipe.release(host.version).version
    )


def of_a_plan(plan: Plan) -> str:
    """Return what the export of a plan is based on that has not been run."""
    return f"the plan for {plan.host.title} ({plan.host.arch}); it has not been run"
