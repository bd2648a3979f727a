"""Which option provides a capability: a package, a newer one, a setup, a wheel of a tool."""

from __future__ import annotations

from dataclasses import field, replace

from packaging.version import Version

from buildfix.catalog.schema import Capability
from buildfix.catalog.systems import HostRecipe, Packages
from buildfix.core import Host, Need, Step
from buildfix.core.light_dataclass import dataclass
from buildfix.installers.by_name import unavailable
from buildfix.providers.list_queries import Index
from buildfix.providers.needs import OF_RUN_TIME
from buildfix.providers.python import (
    PYTHON_HEADERS,
    header_packages,
    header_repository,
    why_no_headers,
)
from buildfix.providers.versions import as_specifier, is_specifier, meets, upstream


@dataclass(frozen=True)
class ProvisioningOption:
    """How a capability comes to the host, or why it does not."""

    packages: tuple[str, ...] = ()
    entry: Packages = field(default_factory=Packages)
    """What the host's recipe says of these packages."""
    pypi: str | None = None
    pypi_bin: str = ""
    steps: tuple[Step, ...] = ()
    """What is to be done instead of installing packages."""
    suite: str = ""
    """The suite of the archive that the packages are taken from, where not from the release's."""
    why_not: str = ""
    uncharted: bool = False
    """No recipe knows an option; the system's own index may."""

    @property
    def leads(self) -> bool:
        """Whether it can be taken."""
        return not self.why_not


def option_for(
    capability: Capability, need: Need, host: Host, recipe: HostRecipe, index: Index
) -> ProvisioningOption:
    """Return the first option for a capability in the version that the need asks for."""
    if capability.id == PYTHON_HEADERS:
        return _option_for_headers(host, recipe, index)
    entry = recipe.packages_for(capability.id, host.version)
    if entry is None or entry.absent:
        why = _why_none(capability, host, recipe, absent=entry is not None)
        return replace(_from_pypi(capability, need, why, host), uncharted=entry is None)
    if entry.setup or entry.base:
        return ProvisioningOption(entry=entry)
    if names := _names(entry, need):
        return _of_packages(names, capability, entry, need, host, recipe, index)
    why = _why_none(capability, host, recipe, absent=False)
    return replace(_from_pypi(capability, need, why, host), uncharted=True)


def _of_packages(
    names: tuple[str, ...],
    capability: Capability,
    entry: Packages,
    need: Need,
    host: Host,
    recipe: HostRecipe,
    index: Index,
) -> ProvisioningOption:
    """Return the first option for the version asked for: packages, wheels, backports."""
    if need.newest and _newer_fits(entry, need, index):
        return ProvisioningOption(entry.newer, entry)
    if need.required is None and not need.kind.endswith("-too-old"):
        return ProvisioningOption(names, entry)
    telling = (entry.version_of,) if entry.version_of else names
    version = _version(capability, telling, host, recipe, index)
    if _fits(version, names, need, host):
        return ProvisioningOption(names, entry)
    if _newer_fits(entry, need, index):
        return ProvisioningOption(entry.newer, entry)
    option = _from_pypi(capability, need, _too_old(capability, version, need, host, recipe), host)
    if option.leads or not _is_backported(telling, version, need, host, recipe, index):
        return option
    return ProvisioningOption(names, entry, suite=recipe.release(host.version).backports)


def version_here(
    capability: Capability, host: Host, recipe: HostRecipe, index: Index
) -> str | None:
    """Return the upstream version of a capability that the host's packages bring, if known."""
    entry = recipe.packages_for(capability.id, host.version)
    names = ((entry.version_of,) if entry.version_of else entry.build) if entry else ()
    version = _version(capability, names, host, recipe, index)
    return upstream(version) if version else None


def _option_for_headers(host: Host, recipe: HostRecipe, index: Index) -> ProvisioningOption:
    names = header_packages(host, recipe)
    if names is None:
        return ProvisioningOption(why_not=why_no_headers(host))
    return ProvisioningOption(
        names, Packages(repository=header_repository(names, host, recipe, index))
    )


def _is_backported(
    telling: tuple[str, ...],
    version: str | None,
    need: Need,
    host: Host,
    recipe: HostRecipe,
    index: Index,
) -> bool:
    """Say whether the release's backports have what is asked for, or a newer than `version`."""
    suite = recipe.release(host.version).backports
    if not suite or host.privilege == "none":
        return False
    there = next(filter(None, map(index.backported(suite, telling).get, telling)), None)
    if there is None or need.required:
        return there is not None and meets(there, need.required or "")
    newer, usual = upstream(there), upstream(version or "")
    return bool(newer and usual and Version(newer) > Version(usual))


def _too_old(
    capability: Capability, version: str | None, need: Need, host: Host, recipe: HostRecipe
) -> str:
    brings = f"{recipe.titled(host.version)} has {capability.title} {version or ''}".strip()
    return f"{brings}, but {need.required or 'a newer version'} is required"


def _why_none(capability: Capability, host: Host, recipe: HostRecipe, *, absent: bool) -> str:
    if absent:
        return f"{recipe.titled(host.version)} does not have {capability.title}"
    return f"no known {recipe.title} package provides {capability.title}"


def _names(entry: Packages, need: Need) -> tuple[str, ...]:
    return (entry.run or entry.build) if need.kind in OF_RUN_TIME else entry.build


def _version(
    capability: Capability, names: tuple[str, ...], host: Host, recipe: HostRecipe, index: Index
) -> str | None:
    """Return the version that the packages would come in, by the lists, else by the recipe."""
    first = next(filter(None, map(index.versions(names).get, names)), None)
    return first or recipe.version_of(capability.id, host.version)


def _fits(version: str | None, names: tuple[str, ...], need: Need, host: Host) -> bool:
    if version and need.required:
        return meets(version, need.required)
    too_old_already = need.kind.endswith("-too-old") and host.packages.issuperset(names)
    return not too_old_already


def _newer_fits(entry: Packages, need: Need, index: Index) -> bool:
    if not entry.newer:
        return False
    told = index.versions(entry.newer)
    version = next(iter(told.values()), entry.newer_version)
    return not version or need.required is None or meets(version, need.required)


def _from_pypi(capability: Capability, need: Need, why_not: str, host: Host) -> ProvisioningOption:
    """Return the option of a tool's wheel, the newest; else why there is none."""
    if capability.pypi and need.kind not in OF_RUN_TIME:
        if closed := unavailable(capability.pypi, host.fetch):
            return ProvisioningOption(why_not=f"{why_not}; {closed}")
        wanted = as_specifier(need.required or "")
        text = f"{capability.pypi}{wanted if is_specifier(wanted) else ''}"
        return ProvisioningOption(pypi=text, pypi_bin=capability.pypi_bin)
    return ProvisioningOption(why_not=why_not)
