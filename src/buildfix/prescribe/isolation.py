"""Building without isolation: what a build imports and does not declare is installed beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from buildfix.knowledge import Knowledge
from buildfix.model import Host, Need, Step

_KINDS = frozenset({"python-module-missing", "backend-missing"})
_ALWAYS = ("setuptools", "wheel")
"""What setuptools' own builds need, and what pip puts there by itself only with isolation."""


def distribution_of(need: Need, knowledge: Knowledge) -> str | None:
    """Return the distribution that brings the module, None where no recipe knows it."""
    if need.kind not in _KINDS:
        return None
    name = need.subject.partition(":")[0]
    while name:
        if name in knowledge.modules:
            return knowledge.modules[name]
        name = name.rpartition(".")[0]
    return None


def without_isolation(
    need: Need, distribution: str, host: Host, builds: Mapping[str, Sequence[str]]
) -> tuple[Step, ...]:
    """Return the steps that install `distribution` and all that `builds` declare, and build so.

    `builds` are the projects that will be built, each with its build requirements.
    """
    python = host.interpreter.path if host.interpreter else "python3"
    declared = [one for requires in builds.values() for one in requires]
    names = tuple(dict.fromkeys((*_ALWAYS, *declared, distribution)))
    return (
        Step(
            "command",
            f"Install {distribution} into the target environment, with what the build declares",
            (need,),
            argv=(python, "-m", "pip", "install", *names),
        ),
        Step(
            "installer",
            f"Build without isolation, so that {need.subject} is found",
            (need,),
            unisolated=tuple(builds) or ("*",),
        ),
    )
