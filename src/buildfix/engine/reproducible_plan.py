"""What worked, or is planned, as a plan that starts from a bare machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from buildfix.catalog import Knowledge
from buildfix.catalog.systems import HostRecipe
from buildfix.core import (
    Command,
    Host,
    InstallPackages,
    Interpreter,
    Manual,
    Plan,
    RunCommand,
    Step,
)
from buildfix.engine.build_constraints import files_of
from buildfix.engine.build_settings import build_settings, jobs_are_limited
from buildfix.engine.session import Session
from buildfix.installers import installer_of, repeatable
from buildfix.package_managers import PackageManager, manager_for
from buildfix.package_managers.steps import installing, managed

_NEWEST_MODULES = 8


def replay_of(session: Session) -> Plan:
    """Return the applied steps, and one install in place of all attempts.

    What was only for this run is left out: the wheelhouse, caches, files of settings.
    """
    modules = [module for proof in session.state.verified.proofs for module in proof.modules]
    return Plan(
        requirements=session.request.words,
        host=session.host(),
        steps=tuple(session.state.applied),
        install=install_alone(session),
        modules=tuple(modules[:_NEWEST_MODULES]),
        files=files_of(session.files),
    )


def install_alone(
    session: Session, planned: Sequence[Step] = (), interpreter: Interpreter | None = None
) -> Command:
    """Return the install for a bare target, without what is specific to this run.

    The number of jobs is only included if this machine's cores would run too many.
    """
    told, kept = build_settings(session), jobs_are_limited(session)
    variables, arguments = (told.lasting, told.arguments) if kept else ((), ())
    alone = replace(session, house=None)
    return alone.install(variables, arguments, planned, interpreter, fresh=True)


def standing_alone(plan: Plan, knowledge: Knowledge) -> Plan:
    """Return a plan that starts on a bare machine of the same system.

    It always refreshes package lists, installs the interpreter and creates the virtual environment
    if they are missing, and does not finish interrupted work.
    """
    host, recipe = plan.host, knowledge.host(plan.host)
    manager = manager_for(recipe.manager, host) if recipe else None
    steps = _but_resumption(plan.steps, manager)
    python = tuple(_python_steps(host, recipe, manager, steps))
    environment = tuple(_environment_steps(host, recipe, steps))
    newer = tuple(_pip_steps(plan)) if environment else ()
    first = len(tuple(takewhile(_is_the_systems, steps)))
    lists = tuple(takewhile(lambda step: _is_refresh(step, host), steps))
    whole = (
        *_installer_steps(plan),
        *lists,
        *python,
        *steps[len(lists) : first],
        *environment,
        *newer,
        *steps[first:],
    )
    steps = tuple(_with_lists(whole, host))
    return replace(plan, steps=steps, install=repeatable(plan.alone or plan.install))


def _but_resumption(steps: tuple[Step, ...], manager: PackageManager | None) -> tuple[Step, ...]:
    """Return the steps without those that finish this machine's interrupted work."""
    resume = manager.resume() if manager else None
    return tuple(step for step in steps if resume is None or step.argv != resume.argv)


def _is_the_systems(step: Step) -> bool:
    """Return whether a step is independent of the target."""
    return step.privileged or not step.argv


def _installer_steps(plan: Plan) -> tuple[Step, ...]:
    installed = any(need.kind == "installer" for step in plan.steps for need in step.because)
    if plan.install.argv[:1] != ("uv",) or installed:
        return ()
    return (Manual("Install uv and put it on PATH", creates="uv"),)


def _python_steps(
    host: Host,
    recipe: HostRecipe | None,
    manager: PackageManager | None,
    steps: Sequence[Step],
) -> Iterator[Step]:
    """Yield the steps that install the interpreter."""
    interpreter = host.interpreter
    if interpreter is None:
        return
    names = _packages(interpreter, recipe, host, venv=_is_virtual(interpreter) or _is_made(steps))
    there = {name for step in steps for name in step.packages}
    wanted = tuple(name for name in names if name not in there)
    if not (manager and names):
        program = _base(interpreter, recipe, host)
        yield Manual(f"Install Python {interpreter.release} as {program}", creates=program)
    elif wanted:
        yield installing(manager, wanted)


def _environment_steps(
    host: Host, recipe: HostRecipe | None, steps: Sequence[Step]
) -> Iterator[Step]:
    """Yield what makes the virtual environment, if that is the target and no step makes it."""
    interpreter = host.interpreter
    if interpreter and _is_virtual(interpreter) and not _is_made(steps):
        relative = "" if interpreter.path.startswith("/") else interpreter.path
        prefix = relative.rpartition("/bin/")[0] or interpreter.prefix
        yield RunCommand(
            f"Create the virtual environment {prefix}",
            argv=(_base(interpreter, recipe, host), "-m", "venv", prefix),
            creates=interpreter.path,
        )


def _is_made(steps: Sequence[Step]) -> bool:
    return any(step.creates for step in steps)


def _is_virtual(interpreter: Interpreter) -> bool:
    return interpreter.prefix != interpreter.base_prefix


def _is_usual(interpreter: Interpreter, recipe: HostRecipe | None, host: Host) -> bool:
    """Return whether it has the version of the system's default Python."""
    return recipe is not None and interpreter.release == recipe.release(host.version).python


def _base(interpreter: Interpreter, recipe: HostRecipe | None, host: Host) -> str:
    """Return the interpreter itself; for a virtual environment, the one it was created from."""
    if not _is_virtual(interpreter):
        return interpreter.path
    release = "3" if _is_usual(interpreter, recipe, host) else interpreter.release
    return f"{interpreter.base_prefix}/bin/python{release}"


def _packages(
    interpreter: Interpreter, recipe: HostRecipe | None, host: Host, *, venv: bool
) -> tuple[str, ...]:
    """Return the packages with a system's own interpreter and what an install by it takes."""
    if recipe is None or interpreter.base_prefix not in recipe.python.owned:
        return ()
    python = recipe.python
    if not _is_usual(interpreter, recipe, host):
        version, compact = interpreter.release, interpreter.release.replace(".", "")
        return tuple(one.format(version=version, compact=compact) for one in python.versioned_venv)
    return (*python.interpreter, *(python.venv if venv else python.pip))


def _pip_steps(plan: Plan) -> Iterator[Step]:
    """Yield the steps that install a pip with an option that a new environment's may lack."""
    if "--build-constraint" in plan.install.argv:
        argv = (*installer_of("pip").install(plan.install.argv[0]), "pip>=25.3")
        yield RunCommand("Use a pip that supports --build-constraint", argv=argv)


def _with_lists(steps: Sequence[Step], host: Host) -> Iterator[Step]:
    """Yield the steps, each manager's first packages after a step that refreshes its lists."""
    fetched: set[str] = set()
    for step in steps:
        refresh = _refresh_of(step, host)
        if refresh and refresh.manager not in fetched:
            if isinstance(step, InstallPackages):
                yield refresh
            if isinstance(step, InstallPackages) or _is_refresh(step, host):
                fetched.add(refresh.manager or "")
        yield step


def _is_refresh(step: Step, host: Host) -> bool:
    """Return whether a step refreshes a package manager's lists."""
    refresh = _refresh_of(step, host)
    return refresh is not None and step.argv == refresh.argv


def _refresh_of(step: Step, host: Host) -> Step | None:
    """Return the step that refreshes a package manager's lists for a step; None if not needed."""
    manager = manager_for(step.manager, host) if step.manager and step.privileged else None
    refresh = manager.refresh() if manager else None
    if manager is None or refresh is None:
        return None
    return managed(RunCommand, manager, refresh, f"Refresh {manager.name}'s package lists")
