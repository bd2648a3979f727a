"""Refuses builds that cannot succeed here before they are tried."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from buildfix.catalog import Knowledge
from buildfix.catalog.schema import Capability
from buildfix.core import Cause, Diagnosis, Host, Need, PlanDraft
from buildfix.core.light_dataclass import dataclass
from buildfix.machines.local import Machine
from buildfix.platforms.presence import has_library
from buildfix.providers.needs import capabilities_of, needs_cuda
from buildfix.providers.versions import meets

_DECLARED = frozenset({"pkgconfig-missing", "cmake-package-missing"})
"""Needs for files that come with the library itself."""
_PLACES = frozenset({"CMAKE_PREFIX_PATH", "CMAKE_ARGS", "CPATH", "LDFLAGS", "LIBRARY_PATH"})
"""Variables with which users point builds at their own folders."""
_LINKED = _DECLARED | {"library-missing", "header-missing", "build"}


@dataclass(frozen=True)
class PreflightContext:
    """The host that would build."""

    host: Host
    machine: Machine | None
    """The machine that runs programs of that host; None for another host."""
    knowledge: Knowledge
    version_of: Callable[[Capability], str | None]
    """Returns the system's upstream version of a capability; None if unknown."""


def refusal(
    askers: Mapping[Need, str], found: PlanDraft, here: PreflightContext
) -> Diagnosis | None:
    """Return why a build cannot succeed; None if nothing is known against it.

    `askers` says which project needs what, `found` which of that nothing here provides. A library
    that is too old is reported before a missing one: another release may work with it.
    """
    seen = list(_refused(askers, found, here))
    old = (one for one in seen if one.cause and one.cause.kind == "library-too-old")
    return next(old, next(iter(seen), None))


def _refused(
    askers: Mapping[Need, str], found: PlanDraft, here: PreflightContext
) -> Iterator[Diagnosis]:
    for need, why in found.unmet:
        project = None if need.probable else askers.get(need)
        cause = _cause_of(need, why, here) if project else None
        if cause:
            says = f"{project} cannot be built here: {why}."
            yield Diagnosis(failed=True, project=project, phase="build", cause=cause, says=says)


def _cause_of(need: Need, why: str, here: PreflightContext) -> Cause | None:
    if needs_cuda(need):
        return Cause(need.kind, need.subject, 1, why, need.required)
    return _cause(need, why, here) if need.kind in _LINKED else None


def _cause(need: Need, why: str, here: PreflightContext) -> Cause | None:
    capability = next(iter(capabilities_of(need, here.knowledge)), None)
    if capability is None or _is_elsewhere(capability, need, here.machine):
        return None
    version = here.version_of(capability)
    if need.required and version:
        return _of_version(version, need.required, capability, why)
    recipe = here.knowledge.host(here.host)
    entry = recipe.packages_for(capability.id, here.host.version) if recipe else None
    known = entry is not None and entry.absent and need.kind in _DECLARED
    return Cause(need.kind, need.subject, 1, why, need.required) if known else None


def _of_version(version: str, required: str, capability: Capability, why: str) -> Cause | None:
    """Return the cause for a library that is too old or too new; None if it is neither."""
    if meets(version, required):
        return None
    subject = (capability.detectors.get("words") or (capability.title,))[0]
    kind = "library-too-new" if required.startswith("<") else "library-too-old"
    return Cause(kind, subject, 1, why, required)


def _is_elsewhere(capability: Capability, need: Need, machine: Machine | None) -> bool:
    """Return whether the machine has the library from another source, or its user set its place."""
    if machine is None:
        return False
    words = {word.upper().replace("-", "_") for word in capability.detectors.get("words", ())}
    told = (name for name, value in machine.environ.items() if value)
    if any(name in _PLACES or _is_of(name.upper(), words) for name in told):
        return True
    return has_library(capability, need.required, machine)


def _is_of(variable: str, words: Collection[str]) -> bool:
    """Return whether a variable sets the place of a library, as `PROJ_DIR` does."""
    name, _, kind = variable.rpartition("_")
    return kind in ("DIR", "ROOT", "PREFIX") and name in words
