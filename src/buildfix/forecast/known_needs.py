"""What recipes and the target itself say is needed, such as a `.venv` (PEP 668)."""

from __future__ import annotations

from pathlib import Path

from buildfix.catalog import Knowledge
from buildfix.core import Interpreter, Need, Request
from buildfix.installers.requirements import projects_asked


def known_needs(
    request: Request, interpreter: Interpreter, knowledge: Knowledge, folder: Path
) -> tuple[Need, ...]:
    """Return the needs from recipes and the target's facts; raises RecipeError.

    A virtual environment would be created in `folder` if the target must not be changed.
    """
    needs = list(environment_needs(request, interpreter, folder))
    for name in projects_asked(request):
        recipe = knowledge.project(name)
        if recipe:
            needs += recipe.run
            if request.from_source:
                needs += recipe.build
    return tuple(needs)


def environment_needs(request: Request, interpreter: Interpreter, folder: Path) -> tuple[Need, ...]:
    """Return the need for a virtual environment in `folder` if the target must not be changed."""
    if not makes_environment(request, interpreter):
        return ()
    return (Need("externally-managed", "-", str(folder / ".venv")),)


def makes_environment(request: Request, interpreter: Interpreter) -> bool:
    """Return whether a virtual environment will be created: asked for, or the system owns it."""
    if request.own_environment:
        return interpreter.prefix == interpreter.base_prefix
    return interpreter.externally_managed and not _breaks_in(request)


def _breaks_in(request: Request) -> bool:
    """Return whether the user told the installer where to install, or to break system packages."""
    told = ("--break-system-packages", "--target", "-t", "--prefix", "--root")
    return any(word.split("=")[0] in told for word in request.installer_args)
