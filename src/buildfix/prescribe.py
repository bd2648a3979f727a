"""From causes and needs to the steps that meet them, for any host: plain functions on plain data.

No name that a log says reaches a package manager: packages come from the host's recipe alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from buildfix.knowledge import Knowledge
from buildfix.knowledge.schema import Capability, HostRecipe, Remedy
from buildfix.managers import PackageManager, manager_of
from buildfix.model import Cause, Command, Host, Interpreter, Need, Step, StepKind

PYTHON_HEADERS = "dep:virtual/python-headers"
C_COMPILER = "dep:virtual/compiler/c"
_OF_RUN_TIME = ("run", "runtime-library-missing")
"""Kinds of needs that only what is built already has."""


@dataclass(frozen=True)
class Prescription:
    """The steps that meet the needs, and the needs that nothing known meets, each with why."""

    steps: tuple[Step, ...] = ()
    unmet: tuple[tuple[Need, str], ...] = ()


@dataclass
class _Basket:
    """What has been collected so far."""

    packages: dict[str, list[Need]] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    unmet: list[tuple[Need, str]] = field(default_factory=list)

    def add(self, package: str, need: Need) -> None:
        """Put a package in, once, with one more need that it meets."""
        self.packages.setdefault(package, []).append(need)


def needs_of(causes: Iterable[Cause]) -> tuple[Need, ...]:
    """Return what would put these causes right, as needs of the same kind and subject."""
    return tuple(Need(cause.kind, cause.subject, cause.required) for cause in causes)


def prescribe(
    needs: Iterable[Need], host: Host, knowledge: Knowledge, causes: Iterable[Cause] = ()
) -> Prescription:
    """Return the steps that meet `needs` on `host`; raises RecipeError.

    Needs of kind `build` and `run` name a capability by its id; others are causes, by their kind.
    `causes` are where the needs came from, for the remedies that their recipes name.
    """
    recipe = knowledge.host(host)
    remedies = {cause.identity: _remedy(cause, knowledge) for cause in causes}
    basket = _Basket()
    for need in needs:
        remedy = remedies.get((need.kind, need.subject))
        if remedy:
            basket.steps.append(_remedy_step(remedy, need, host.interpreter))
        elif need.kind == "externally-managed" and host.interpreter:
            _provide_venv(need, host, host.interpreter, recipe, basket)
        else:
            _provide(need, host, recipe, knowledge, basket)
    return Prescription(
        (*_package_steps(basket.packages, host, recipe), *basket.steps), tuple(basket.unmet)
    )


def _remedy(cause: Cause, knowledge: Knowledge) -> Remedy | None:
    recipe = knowledge.causes.cause(cause.recipe)
    return recipe.remedy if recipe else None


def _remedy_step(remedy: Remedy, need: Need, interpreter: Interpreter | None) -> Step:
    if remedy.kind == "manual":
        return Step("manual", remedy.text, (need,))
    names = remedy.distributions
    if remedy.kind == "rebuild":
        summary = f"Build {' and '.join(names)} from source too, against this system's libraries"
        return Step("installer", summary, (need,), rebuild=names)
    python = interpreter.path if interpreter else "python3"
    return Step(
        "command",
        f"Upgrade {' and '.join(names)} in the target environment",
        (need,),
        argv=(python, "-m", "pip", "install", "--upgrade", *names),
    )


def _provide(
    need: Need, host: Host, recipe: HostRecipe | None, knowledge: Knowledge, basket: _Basket
) -> None:
    """Put what meets a need, and what it always needs with it, into the basket."""
    ids = tuple(_capabilities(need, knowledge))
    if not ids:
        if knowledge.brings(need.kind):
            basket.unmet.append((need, f"buildfix has no recipe for {need.subject} yet"))
        return
    if recipe is None:
        basket.unmet.append((need, f"buildfix has no recipe for {host.title} yet"))
        return
    own = _packages_for(ids[0], need, host, recipe)
    if own is None:
        title = knowledge.capabilities[ids[0]].title
        basket.unmet.append((need, f"no package of {recipe.title} for {title} is known"))
    elif not host.packages.issuperset(own):
        companions = (_packages_for(one, need, host, recipe) or () for one in ids[1:])
        for package in (*own, *(name for names in companions for name in names)):
            if package not in host.packages:
                basket.add(package, need)


def _capabilities(need: Need, knowledge: Knowledge) -> Iterator[str]:
    """Yield the id of what a need lacks, then those of its companions, each once."""
    if need.kind in ("build", "run"):
        found = knowledge.capabilities.get(need.subject)
    else:
        found = knowledge.capability(need.kind, need.subject)
    pending, seen = [found] if found else [], set()
    while pending:
        capability = pending.pop(0)
        if capability.id not in seen:
            seen.add(capability.id)
            yield capability.id
            if need.kind not in _OF_RUN_TIME:
                companions = (*capability.companions, *_compiled_against(capability))
                pending += [knowledge.capabilities[name] for name in companions]


def _compiled_against(capability: Capability) -> tuple[str, ...]:
    """Return the compiler that a library's development files are of no use without."""
    is_library = any(name in capability.detectors for name in ("headers", "libraries", "pkgconfig"))
    return (C_COMPILER,) if is_library and capability.named is None else ()


def _packages_for(
    capability: str, need: Need, host: Host, recipe: HostRecipe
) -> tuple[str, ...] | None:
    """Return the packages that bring a capability, None where they are not known."""
    if capability == PYTHON_HEADERS:
        return _header_packages(host, recipe)
    packages = recipe.packages_for(capability, host.version)
    if packages is None:
        return None
    if need.kind in _OF_RUN_TIME:
        return packages.run or packages.build
    return packages.build or None


def _header_packages(host: Host, recipe: HostRecipe) -> tuple[str, ...] | None:
    """Return the packages with the interpreter's headers, none where it brings its own.

    Only the system's own interpreters have them in packages: python3-dev is a wrong fix for any
    other (a pyenv's, uv's, conda's …), whose headers come with it.
    """
    interpreter = host.interpreter
    if interpreter is not None and interpreter.has_headers:
        return ()
    if interpreter is not None and interpreter.base_prefix not in recipe.python.owned:
        return None
    return _of_python(
        recipe.python.headers, recipe.python.versioned_headers, host, recipe, interpreter
    )


def _of_python(
    default: tuple[str, ...],
    versioned: tuple[str, ...],
    host: Host,
    recipe: HostRecipe,
    interpreter: Interpreter | None,
) -> tuple[str, ...]:
    if interpreter is None or interpreter.release == recipe.release(host.version).python:
        return default
    return tuple(name.format(version=interpreter.release) for name in versioned)


def _provide_venv(
    need: Need,
    host: Host,
    interpreter: Interpreter,
    recipe: HostRecipe | None,
    basket: _Basket,
) -> None:
    if not interpreter.can_make_venv and recipe:
        python = recipe.python
        for package in _of_python(python.venv, python.versioned_venv, host, recipe, interpreter):
            basket.add(package, need)
    target = str(PurePosixPath(need.required or ".venv") / "bin" / "python")
    basket.steps.append(
        Step(
            "command",
            f"Make the virtual environment {need.required} and install into it: {interpreter.path} "
            "belongs to the system's package manager (PEP 668)",
            (need,),
            argv=(interpreter.path, "-m", "venv", need.required or ".venv"),
            target=target,
        )
    )


def _package_steps(
    packages: dict[str, list[Need]], host: Host, recipe: HostRecipe | None
) -> Iterator[Step]:
    """Yield one step for all packages, after one that fetches the manager's lists if need be."""
    if not packages or recipe is None:
        return
    because = tuple(dict.fromkeys(need for needs in packages.values() for need in needs))
    names = tuple(packages)
    manager = manager_of(recipe.manager)
    if manager is None:
        yield Step(
            "manual",
            f"Install with {recipe.manager}: {' '.join(names)}",
            because,
            manager=recipe.manager,
            packages=names,
        )
        return
    refresh = manager.refresh()
    if refresh and not host.lists_fresh:
        fetch = f"Fetch {manager.name}'s package lists, which are absent or old"
        yield _managed("command", fetch, because, manager, refresh)
    install = f"Install {', '.join(names)}"
    yield _managed("packages", install, because, manager, manager.install(names), names)


def _managed(
    kind: StepKind,
    summary: str,
    because: tuple[Need, ...],
    manager: PackageManager,
    command: Command,
    packages: tuple[str, ...] = (),
) -> Step:
    """Return a step that the system's package manager takes, as root."""
    return Step(
        kind,
        summary,
        because,
        argv=command.argv,
        env=command.env,
        privileged=True,
        manager=manager.name,
        packages=packages,
    )
