"""What a person should know before agreeing to a plan, one sentence each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from buildfix.catalog.projects import ProjectRecipe
from buildfix.core import Arrival, Need, Pin, SetVariables, Step
from buildfix.engine.gpu_notes import gpu_notes
from buildfix.engine.module_notes import module_note
from buildfix.engine.session import Session
from buildfix.installers.requirements import named_projects
from buildfix.providers.needs import needs_cuda
from buildfix.providers.torch_choice import chain

if TYPE_CHECKING:
    from buildfix.analysis import Download

MAX_NAMED = 4
"""How many downloads of one project are named."""


def plan_notes(
    session: Session, steps: Sequence[Step], arrivals: Sequence[Arrival]
) -> Iterator[str]:
    """Yield which modules to load, how driver, torch and toolkit go together, and what else counts.

    That is what has no GPU, and what projects say.
    """
    yield from module_note(session, steps)
    on_gpu = any(needs_cuda(need) for step in steps for need in step.because)
    if on_gpu or any(isinstance(step, Pin) for step in steps):
        yield from _chain(session, steps)
    built = [one for one in arrivals if one.how == "build"]
    if on_gpu and not session.host().cuda.driver:
        yield _without_gpu(session, built)
    foreseen = session.foreseen_so_far()
    yield from (_of_downloads(name, several) for name, several in foreseen.downloads.items())
    yield from (_of_unknown(name, several) for name, several in foreseen.unknown.items())
    names = dict.fromkeys((*named_projects(session.request), *(one.name for one in built)))
    versions = {one.name: one.version or "" for one in built}
    for recipe in filter(None, map(session.knowledge.project, names)):
        yield from _of_project(session, recipe, versions.get(recipe.name, ""))


def _chain(session: Session, steps: Sequence[Step]) -> Iterator[str]:
    host, cuda = session.host(), session.knowledge.cuda
    if cuda is None:
        return
    variables = (dict(step.variables) for step in steps if isinstance(step, SetVariables))
    home = next(filter(None, (one.get("CUDA_HOME") for one in variables)), "")
    known = {one.home: one.version for one in host.cuda.toolkits}
    yield chain(host, cuda, known.get(home) or home.rpartition("cuda-")[2])


def _without_gpu(session: Session, built: Sequence[Arrival]) -> str:
    """Return that a build for GPUs cannot be used here, what it is built for, and how long."""
    host = session.host()
    asked = dict(host.cuda.told).get("TORCH_CUDA_ARCH_LIST")
    which = asked or "all architectures that the build knows (TORCH_CUDA_ARCH_LIST can name fewer)"
    recipes = (session.knowledge.project(one.name) for one in built)
    hours = sum(one.core_hours for one in recipes if one) / max(host.cores, 1)
    long = f" It takes about {hours:.0f} h on {host.cores} cores." if hours >= 1 else ""
    return f"There is no NVIDIA GPU here to run what is built. It is built for {which}.{long}"


def _of_downloads(name: str, downloads: Sequence[Download]) -> str:
    """Return what a build fetches besides what pip does, and from which hosts."""
    several = [one for one in downloads if one.sure] or downloads
    what = list(dict.fromkeys(one.what for one in several))
    more = f" and {len(what) - MAX_NAMED} more" if len(what) > MAX_NAMED else ""
    hosts = ", ".join(dict.fromkeys(one.host for one in several))
    verb = "downloads" if several[0].sure else "may download"
    says = f"{name} {verb} {', '.join(what[:MAX_NAMED])}{more} from {hosts} while building"
    instead = dict.fromkeys(need.subject for one in several for need in one.instead)
    if instead and all(one.instead for one in several):
        return f"{says}; if that cannot be reached, the system's {', '.join(instead)} will do."
    return f"{says}."


def _of_unknown(name: str, libraries: Sequence[Need]) -> str:
    """Return which libraries a build links that nobody here knows a package for."""
    listed = ", ".join(one.subject for one in libraries)
    them, their = ("it", "its") if len(libraries) == 1 else ("them", "their")
    says = f"{name} links {listed}, which no recipe knows"
    return f"{says}: if the build does not find {them}, install {their} development files."


def _of_project(session: Session, recipe: ProjectRecipe, version: str) -> Iterator[str]:
    """Yield what is known about a project; `version` is empty unless it is built."""
    if recipe.note:
        yield recipe.note
    host, cuda = session.host(), session.knowledge.cuda
    yield from gpu_notes(recipe, host, cuda, built=bool(version), environ=session.environ)
    if version and (recipe.indexes or recipe.wheels):
        from buildfix.wheels.recipe_index import whereabouts  # most installs do not build anything

        where = whereabouts(recipe, version, host, cuda)
        yield f"Prebuilt wheels of {recipe.name}: {where}."
