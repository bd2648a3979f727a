"""Which needs this machine meets already, whether from a distribution, a person or a module.

It only checks what takes milliseconds. What it cannot tell counts as missing; then the package
manager checks whether its package is installed.
"""

from __future__ import annotations

from collections.abc import Iterable

from buildfix.catalog import Knowledge
from buildfix.catalog.schema import Capability
from buildfix.core import Host, Need
from buildfix.dependency_kinds import Surroundings, kind_of
from buildfix.dependency_kinds.pkgconfig import pkgconfig_has
from buildfix.machines.local import Machine
from buildfix.platforms.environment_modules import is_loaded
from buildfix.platforms.operating_systems import operating_system
from buildfix.platforms.rust import serves


def lacking(
    needs: Iterable[Need], host: Host, machine: Machine, knowledge: Knowledge
) -> tuple[Need, ...]:
    """Return the needs of which this machine cannot be seen to meet them."""
    return tuple(need for need in needs if not _is_met(need, host, machine, knowledge))


def _is_met(need: Need, host: Host, machine: Machine, knowledge: Knowledge) -> bool:
    if (need.kind, need.subject) == ("compiler-missing", "rust") and knowledge.rust:
        return serves(host, knowledge.rust, need.required)

    capability = knowledge.capability(need.kind, need.subject)
    if capability and not need.required and is_loaded(capability, machine.environ):
        return True

    def names(detector: str) -> tuple[str, ...]:
        return capability.detectors.get(detector, ()) if capability else ()

    kind, here = (
        kind_of(need.kind),
        Surroundings(host, machine, operating_system(host.system).header_folders(host.arch), names),
    )
    return kind is not None and kind.is_present(need, here)


def has_library(capability: Capability, required: str | None, machine: Machine) -> bool:
    """Return whether pkg-config finds a library on this machine, from any source."""
    modules = capability.detectors.get("pkgconfig", ())
    needs = (Need("pkgconfig-missing", name, required) for name in modules if "*" not in name)
    return any(pkgconfig_has(need, machine) for need in needs)
