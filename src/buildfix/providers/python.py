"""What concerns the target interpreter itself: its headers, and an environment of its own."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath

from buildfix.catalog.systems import HostRecipe
from buildfix.core import (
    CreateEnvironment,
    Host,
    Interpreter,
    Need,
    RunCommand,
    SetVariables,
    Step,
)
from buildfix.core.system import system_of
from buildfix.installers.by_name import by_pip, install_argv, unavailable, uninstall_argv
from buildfix.providers.list_queries import Index
from buildfix.providers.plan_builder import PlanBuilder
from buildfix.providers.unprivileged import lacks_root

PYTHON_HEADERS = "dep:virtual/python-headers"
_VENV = ".venv"


def header_packages(host: Host, recipe: HostRecipe) -> tuple[str, ...] | None:
    """Return the packages with the interpreter's headers, none where it brings its own.

    Only the system's own interpreters have them in packages: python3-dev is a wrong fix for any
    other (a pyenv's, uv's, conda's …), whose headers come with it; None where those are missing.
    """
    interpreter = host.interpreter
    if interpreter is not None and interpreter.has_headers:
        return ()
    if interpreter is not None and interpreter.base_prefix not in recipe.python.owned:
        return None
    python = recipe.python
    return _of_python(python.headers, python.versioned_headers, host, recipe)


def header_repository(
    names: tuple[str, ...], host: Host, recipe: HostRecipe, index: Index
) -> str | None:
    """Return the repository that has to be enabled for packages with an interpreter's headers.

    None where the host's lists have them, and for those of the release's default python3.
    """
    repository = recipe.python.versioned_repository
    if repository is None or names == recipe.python.headers or index.versions(names):
        return None
    return repository if recipe.repository(repository, host.version) else None


def why_no_headers(host: Host) -> str:
    """Return what to do about an interpreter that should have brought its headers and did not."""
    interpreter = host.interpreter
    where = f" ({interpreter.include})" if interpreter else ""
    return (
        f"this Python is not the system's own, and its headers are missing{where}: reinstall that "
        "Python, or use another one with --python"
    )


def provide_venv(need: Need, host: Host, recipe: HostRecipe | None, builder: PlanBuilder) -> None:
    """Put the step in that makes a virtual environment, and what that step needs."""
    interpreter = host.interpreter
    if interpreter is None:
        return
    if not interpreter.can_make_venv and recipe:
        python = recipe.python
        for package in _of_python(python.venv, python.versioned_venv, host, recipe):
            builder.want(recipe.manager, package, need)
    builder.steps.append(_venv_step(need, interpreter))


def with_venv(host: Host, needs: Iterable[Need]) -> Host:
    """Return the host with the virtual environment as its target, if one of the needs is for it."""
    interpreter = host.interpreter
    need = next((one for one in needs if one.kind == "externally-managed"), None)
    if interpreter is None or need is None or interpreter.prefix != interpreter.base_prefix:
        return host
    folder = PurePosixPath(need.required or _VENV)
    site = str(folder / "lib" / f"python{interpreter.release}" / "site-packages")
    inside = replace(
        interpreter,
        path=str(folder / "bin" / "python"),
        prefix=str(folder),
        platlib=site,
        site=(site,),
        externally_managed=False,
    )
    return host.with_interpreter(inside)


def scripts_of(host: Host) -> str:
    """Return the folder of the programs that are installed into the target."""
    prefix = host.interpreter.prefix if host.interpreter else ""
    return host.joined(prefix, system_of(host.system).scripts)


def provide_pip(
    need: Need, host: Host, recipe: HostRecipe | None, builder: PlanBuilder, *, attended: bool
) -> None:
    """Put in the step that installs pip into a virtual environment, and what that step needs.

    The system's own Python gets its package. pip of other interpreters comes from whoever made
    them; then, and if ensurepip is not available, the need is unmet.
    """
    interpreter = host.interpreter
    if interpreter is None or interpreter.conda or interpreter.prefix == interpreter.base_prefix:
        _provide_systems_pip(need, host, recipe, builder)
        return
    if not interpreter.can_make_venv:
        packages = _venv_packages(host, recipe) if recipe else ()
        if recipe is None or not packages or lacks_root(host, attended=attended):
            builder.unmet.append((need, "this Python has no ensurepip"))
            return
        for package in packages:
            builder.want(recipe.manager, package, need)
    builder.steps.append(
        CreateEnvironment(
            f"Install pip into {interpreter.prefix}",
            (need,),
            argv=(interpreter.path, "-m", "ensurepip", "--upgrade"),
            target=interpreter.path,
        )
    )


def provide_program(need: Need, host: Host, builder: PlanBuilder) -> None:
    """Put in the steps that install an installer's own program into the target, with its pip."""
    name, pip = need.subject, by_pip(host)
    if why := unavailable(name, host.fetch):
        builder.unmet.append((need, why))
        return
    builder.steps += [
        RunCommand(
            f"Install {name}, which is not on PATH, into the target environment with pip",
            (need,),
            argv=install_argv(pip, (name,)),
            undo=uninstall_argv(pip, (name,)),
        ),
        SetVariables(f"Add {name} to PATH", (need,), variables=(("PATH", scripts_of(host)),)),
    ]


def _provide_systems_pip(
    need: Need, host: Host, recipe: HostRecipe | None, builder: PlanBuilder
) -> None:
    packages = _pip_packages(host, recipe)
    for package in packages:
        builder.want(recipe.manager if recipe else "", package, need)
    if not packages:
        python = shlex.quote(host.interpreter.path) if host.interpreter else "python3"
        why = f"this Python came without pip; use a virtual environment: {python} -m venv .venv"
        builder.unmet.append((need, why))


def _pip_packages(host: Host, recipe: HostRecipe | None) -> tuple[str, ...]:
    """Return the packages with the pip of the system's default python3, if that is the target."""
    interpreter = host.interpreter
    if interpreter is None or recipe is None or interpreter.base_prefix not in recipe.python.owned:
        return ()
    own = recipe.release(host.version).python in ("", interpreter.release)
    return recipe.python.pip if own and not interpreter.conda else ()


def _venv_packages(host: Host, recipe: HostRecipe) -> tuple[str, ...]:
    """Return the packages with the ensurepip of a system's own Python that are not there yet."""
    interpreter, python = host.interpreter, recipe.python
    if interpreter is None or interpreter.base_prefix not in python.owned:
        return ()
    names = _of_python(python.venv, python.versioned_venv, host, recipe)
    return tuple(name for name in names if name not in host.packages)


def _venv_step(need: Need, interpreter: Interpreter) -> Step:
    folder = need.required or _VENV
    why = f": {interpreter.path} is managed by the system's package manager (PEP 668)"
    return CreateEnvironment(
        f"Create the virtual environment {folder} and install into it"
        f"{why if interpreter.externally_managed else ''}",
        (need,),
        argv=(interpreter.path, "-m", "venv", folder),
        target=str(PurePosixPath(folder) / "bin" / "python"),
        creates=str(PurePosixPath(folder) / "bin" / "python"),
    )


def _of_python(
    default: tuple[str, ...], versioned: tuple[str, ...], host: Host, recipe: HostRecipe
) -> tuple[str, ...]:
    interpreter = host.interpreter
    if interpreter is None or interpreter.release == recipe.release(host.version).python:
        return default
    return tuple(
        name.format(version=interpreter.release, compact=interpreter.release.replace(".", ""))
        for name in versioned
    )
