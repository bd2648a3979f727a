"""Which needs this machine meets already, whoever put it there: a distribution, a person, a module.

Only what can be seen in milliseconds is looked at; what cannot be told counts as lacking, and the
package manager knows then whether its package is there.
"""

from __future__ import annotations

from collections.abc import Iterable

from buildfix.catalog import Knowledge
from buildfix.catalog.schema import Capability
from buildfix.core import Host, Need
from buildfix.dependency_kinds import Surroundings, kind_of
from buildfix.dependency_kinds.pkgconfig import pkgconfig_has
from buildfix.machines.local import Machine
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

    def names(detector: str) -> tuple[str, ...]:
        capability = knowledge.capability(need.kind, need.subject)
        return capability.detectors.get(detector, ()) if capability else ()

    kind, here = (
        kind_of(need.kind),
        Surroundings(host, machine, operating_system(host.system).header_folders(host.arch), names),
    )
    return kind is not None and kind.is_present(need, here)


def has_library(capability: Capability, required: str | None, machine: Machine) -> bool:
    """Return whether pkg-config knows a library on this machine, wherever it is from."""
    modules = capability.detectors.get("pkgconfig", ())
    needs = (Need("pkgconfig-missing", name, required) for name in modules if "*" not in name)
    return any(pkgconfig_has(need, machine) for need in needs)
