"""What a cause's own recipe prescribes, where bringing a capability does not help."""

from __future__ import annotations

from buildfix.catalog import Knowledge
from buildfix.catalog.schema import Remedy
from buildfix.core import (
    Cause,
    ConstrainBuild,
    Host,
    Manual,
    Need,
    Rebuild,
    RunCommand,
    SetVariables,
    Step,
)
from buildfix.installers.by_name import install_argv, unavailable
from buildfix.providers.isolation import Builds, install_step
from buildfix.providers.versions import is_specifier


def remedy_of(cause: Cause, knowledge: Knowledge) -> Remedy | None:
    """Return the remedy that the cause's recipe names, None where it names none.

    A distribution that the recipe itself calls too new or too old for the build is held by what it
    requires: no name of a log gets into a constraint.
    """
    recipe = knowledge.causes.cause(cause.recipe)
    if recipe is None or recipe.remedy:
        return recipe.remedy if recipe else None
    literal = "{" not in recipe.subject
    if cause.kind == "build-requirement-incompatible" and literal and is_specifier(cause.required):
        return Remedy("constrain", (f"{cause.subject}{cause.required}",))
    return None


def is_at_run_time(remedy: Remedy, need: Need, builds: Builds) -> bool:
    """Say whether a remedy installs what an installed module imports, not what a build does."""
    missing = remedy.kind == "constrain" and need.kind == "python-module-missing"
    return missing and builds.broken is not None


def why_not_fetched(remedy: Remedy, need: Need, host: Host, builds: Builds) -> str:
    """Return why what a remedy installs by name cannot be had; empty where it installs nothing."""
    if remedy.kind != "upgrade" and not is_at_run_time(remedy, need, builds):
        return ""
    names = (name.format(subject=need.subject) for name in remedy.distributions)
    return next(filter(None, (unavailable(name, host.fetch) for name in names)), "")


def remedy_step(remedy: Remedy, need: Need, host: Host) -> Step:
    """Return the step that a remedy is."""
    if remedy.kind == "manual":
        return Manual(remedy.text, (need,))
    names = tuple(name.format(subject=need.subject) for name in remedy.distributions)
    listed = " and ".join(names)
    if remedy.kind == "environment":
        variables = tuple(remedy.variables.items())
        shown = " ".join(f"{name}={value}" for name, value in variables)
        return SetVariables(f"Build with {shown}", (need,), variables=variables)
    if remedy.kind == "constrain":
        summary = f"Pin {listed} for this build: newer versions break it"
        return ConstrainBuild(summary, (need,), names=names)
    if remedy.kind == "rebuild":
        summary = f"Also build {listed} from source, against this system's libraries"
        return Rebuild(summary, (need,), names=names)
    return RunCommand(
        f"Upgrade {listed} in the target environment",
        (need,),
        argv=install_argv(host, names, "--upgrade"),
    )


def step_at_run_time(remedy: Remedy, need: Need, host: Host) -> Step:
    """Return the step that brings what is imported at run time and no metadata names.

    What a `remedy` holds back for builds is held back in the target environment then.
    """
    names = remedy.distributions
    summary = (
        f"Install {' and '.join(names)}, which provides {need.subject}: it is imported at run time"
    )
    return install_step(summary, (need,), names, host)
