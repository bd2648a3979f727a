"""Building without isolation: what a build imports and does not declare is installed beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from packaging.utils import canonicalize_name

from buildfix.catalog import Knowledge
from buildfix.core import DisableIsolation, Host, Need, RunCommand, Step
from buildfix.core.light_dataclass import dataclass
from buildfix.dependency_kinds import kind_of
from buildfix.installers.by_name import install_argv
from buildfix.installers.request_items import project_of, requirement_of
from buildfix.installers.requirements import LEGACY_REQUIRES
from buildfix.providers.plan_builder import Reasons, all_needs


@dataclass(frozen=True)
class Builds:
    """What is known of the builds to come, and how they are done by now."""

    requires: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The projects that will be built, each with its build requirements, as far as known."""
    held: tuple[str, ...] = ()
    """Constraints on what the builds require."""
    unisolated: bool = False
    """Whether they find only what the target environment has."""
    broken: str | None = None
    """The distribution that is installed and does not import, with its version."""
    pair: str | None = None
    """The requirement that what is broken was built with, where it came so and may have it."""
    against: str | None = None
    """The distribution in the target whose library what is broken has to be built against."""
    local: Mapping[str, str] = field(default_factory=dict)
    """The pyproject.toml of each project that was asked for by its folder, with its text."""
    asked: tuple[str, ...] = ()
    """The requirements that were asked for."""
    present: tuple[str, ...] = ()
    """Distributions that are in the target, and stay as they are."""

    @property
    def declared(self) -> tuple[str, ...]:
        """What all builds require, each requirement once."""
        every = (one for requires in self.requires.values() for one in requires)
        return tuple(dict.fromkeys(every))

    def import_(self, project: str, needs: Iterable[Need]) -> bool:
        """Return whether a build with these needs imports a project's module."""
        modules = (one.subject for one in needs if one.kind == "python-module-missing")
        return project in modules or project in map(project_of, self.declared)


def distribution_of(need: Need, knowledge: Knowledge) -> str | None:
    """Return the distribution with the module that a build lacks, None where nobody knows.

    A project's recipe names the distribution itself.
    """
    kind = kind_of(need.kind)
    if kind is None or not kind.is_python_module:
        return None
    name = need.subject.partition(":")[0]
    if name in knowledge.modules.values():
        return name
    while name:
        if name in knowledge.modules:
            return knowledge.modules[name]
        name = name.rpartition(".")[0]
    return None


def isolation_steps(modules: Reasons, host: Host, builds: Builds) -> Iterator[Step]:
    """Yield the steps that install the distributions, and all that builds declare, and build so.

    What setuptools' own builds need is among them, for pip puts it there by itself only with
    isolation. What was held for isolated builds is held for these too.
    """
    because = all_needs(modules)
    every = (
        *LEGACY_REQUIRES,
        *builds.declared,
        *modules,
        *_asked_too(modules, builds),
        *builds.held,
    )
    names = tuple(one for one in dict.fromkeys(every) if project_of(one) not in builds.present)
    listed = ", ".join(one for one in modules if project_of(one) not in builds.present)
    what = f"{listed} and the" if listed else "the"
    yield install_step(
        f"Install {what} declared build requirements into the target environment",
        because,
        names,
        host,
    )
    if not builds.unisolated:
        found = ", ".join(dict.fromkeys(need.subject for need in because))
        yield DisableIsolation(
            f"Build without isolation, so that the build finds {found}",
            because,
            names=tuple(builds.requires) or ("*",),
        )


def _asked_too(modules: Iterable[str], builds: Builds) -> Iterator[str]:
    """Yield what was asked for of the same distributions: what is built now has to fit to that."""
    wanted = {project_of(one) for one in modules}
    return (one for one in builds.asked if project_of(one) in wanted)


def install_step(
    summary: str, because: tuple[Need, ...], requirements: Sequence[str], host: Host
) -> Step:
    """Return the step that installs requirements into the target."""
    return RunCommand(summary, because, argv=install_argv(host, requirements))


def pinned_backend(distribution: str, builds: Builds) -> str | None:
    """Return what holds a build backend to old versions: a build's own word or a constraint.

    A backend that is declared and does not import is not missing: this version of it is not made
    for this Python. None where nothing keeps newer ones out.
    """
    wanted = canonicalize_name(distribution)
    for text in (*builds.held, *builds.declared):
        requirement = requirement_of(text)
        if requirement is None:
            continue
        caps = any(one.operator in ("==", "<", "<=", "~=", "===") for one in requirement.specifier)
        if caps and canonicalize_name(requirement.name) == wanted:
            return str(requirement)
    return None
