"""The options for a Rust toolchain: the installed one, the system's packages, rustup."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from buildfix.catalog.rust import NIGHTLY, RustRecipe, RustupPlatform
from buildfix.catalog.schema import Capability
from buildfix.catalog.systems import HostRecipe
from buildfix.core import Host, Need, RunCommand, SetVariables, Step
from buildfix.machines.scripts import step_script
from buildfix.package_managers import manager_for
from buildfix.platforms.rust import new_enough, on_path
from buildfix.providers.list_queries import Index
from buildfix.providers.needs import RUST, needs_rust
from buildfix.providers.provisioning_options import ProvisioningOption, option_for
from buildfix.providers.unprivileged import lacks_root


def strictest(needs: Iterable[Need], host: Host, recipe: RustRecipe) -> Need:
    """Return the one need of Rust that stands for all of them; any Rust where none asks for more.

    What a too old toolchain does not say of the version that it should be is: any newer one.
    Where the user sets RUSTC_BOOTSTRAP, a release stands in for a nightly Rust, the newest one.
    """
    needs = tuple(filter(needs_rust, needs))
    nightly = any(need.required == NIGHTLY for need in needs)
    if nightly and not host.rust.bootstrap:
        return Need("build", RUST, NIGHTLY)
    needs = tuple(need for need in needs if need.required != NIGHTLY)
    asked = {one for need in needs for one in _asked(need, host, recipe)}
    least = [one for one in asked if one.operator == ">="]
    newest = sorted(least, key=lambda one: Version(one.version))[-1:]
    others = sorted(asked.difference(least), key=str)
    required = ",".join(map(str, (*newest, *others))) or None
    return Need("build", RUST, required, nightly or any(need.newest for need in needs))


def _asked(need: Need, host: Host, recipe: RustRecipe) -> SpecifierSet:
    specifiers = recipe.asked(need.required)
    if need.kind == "compiler-too-old" and not len(specifiers) and host.rust.version:
        return SpecifierSet(f">{host.rust.version}")
    return specifiers


def rust_option(
    capability: Capability,
    need: Need,
    host: Host,
    recipe: HostRecipe,
    rust: RustRecipe,
    index: Index,
    *,
    attended: bool,
) -> ProvisioningOption:
    """Return the first option for a toolchain of the version that `need` asks for.

    The toolchain that is there, on PATH or off it; the system's packages where they are new enough
    and can be installed; rustup, which needs no rights.
    """
    if need.kind == "compiler-too-new" and need.required is None:
        return ProvisioningOption()  # nobody says which Rust is old enough
    if new_enough(host.rust, rust, need.required):
        return (
            ProvisioningOption() if on_path(host) else ProvisioningOption(steps=(_use(host, need),))
        )
    packaged = _packaged(capability, _beyond(need, host, recipe), host, recipe, index)
    if recipe.guide or (packaged.leads and _packages_serve(packaged, host, recipe, attended)):
        return packaged
    steps = _rustup_steps(host, need, rust, packaged.why_not)
    if steps:
        return ProvisioningOption(steps=steps)
    if packaged.leads:
        return packaged
    return replace(packaged, why_not=f"{packaged.why_not}; rustup does not support {host.arch}")


def _packaged(
    capability: Capability, need: Need, host: Host, recipe: HostRecipe, index: Index
) -> ProvisioningOption:
    """Return the system's packages, which are of releases of Rust, or why they do not serve."""
    if need.required == NIGHTLY:
        return ProvisioningOption(why_not="the source needs a nightly Rust")
    return option_for(capability, need, host, recipe, index)


def _beyond(need: Need, host: Host, recipe: HostRecipe) -> Need:
    """Return the need; where it is of a too old one that nobody names, of a newer than usual."""
    usual = recipe.version_of(RUST, host.version)
    if need.kind == "compiler-too-old" and need.required is None and usual:
        return replace(need, required=f">{usual}")
    return need


def _packages_serve(
    option: ProvisioningOption, host: Host, recipe: HostRecipe, attended: bool
) -> bool:
    """Say whether packages can be installed here, and would be what builds find then.

    A toolchain that came otherwise, rustup's above all, stands before the system's on PATH.
    """
    name = option.entry.manager or recipe.manager
    manager, own = manager_for(name, host), recipe.managers.get(name)
    if own and own.setup and own.setup not in host.setups:
        return False
    if manager and manager.privileged and lacks_root(host, attended=attended):
        return False
    return not host.rust.rustup and (not host.rust.version or _is_packaged(host, recipe))


def _is_packaged(host: Host, recipe: HostRecipe) -> bool:
    """Say whether packages of this system brought the Rust that is there."""
    entries = (recipe.packages.get(RUST), recipe.packages_for(RUST, host.version))
    names = {name for entry in entries if entry for name in (*entry.build, *entry.newer)}
    return not host.packages.isdisjoint(names)


def _rustup_steps(host: Host, need: Need, rust: RustRecipe, why: str) -> tuple[Step, ...]:
    """Return the steps by which rustup brings the version asked for; none where it cannot."""
    toolchain = _toolchain(need.required)
    if host.rust.rustup:
        return _update_steps(host, need, toolchain)
    platform = rust.platform(host)
    if platform is None:
        return ()
    program = host.joined(host.data_folder or "~", f"rustup-{rust.rustup}", platform.program)
    fetch = _fetch_step(host, need, rust, platform, program)
    return (fetch, _init_step(host, need, program, toolchain, why), _use(host, need))


def _fetch_step(
    host: Host, need: Need, rust: RustRecipe, platform: RustupPlatform, program: str
) -> Step:
    """Return the step that fetches rustup's installer, pinned by its checksum."""
    return RunCommand(
        f"Download rustup-init {rust.rustup} for {platform.target} and verify its checksum",
        (need,),
        argv=(
            *(host.python, step_script("fetch")),
            *(rust.url(platform), platform.sha256, program),
            *("--mirror", f"{rust.mirror}={rust.root}"),
        ),
    )


def _init_step(host: Host, need: Need, program: str, toolchain: str, why: str) -> Step:
    """Return the step in which that installer brings rustup and a toolchain."""
    homes = dict(host.rust.homes)
    cargo = homes.get("CARGO_HOME") or host.rust.cargo_home or "~/.cargo"
    reason = f": {why}" if why else ""
    return RunCommand(
        f"Install Rust ({toolchain}) for this user with rustup, leaving PATH unchanged{reason}",
        (need,),
        argv=(
            *(host.python, step_script("rustup_init"), program),
            *("-y", "--no-modify-path"),
            *("--profile", "minimal", "--default-toolchain", toolchain),
        ),
        env=(("RUSTUP_INIT_SKIP_PATH_CHECK", "yes"),),
        undo=(host.joined(cargo, "bin", "rustup"), "self", "uninstall", "-y"),
        undo_if_new=(cargo, homes.get("RUSTUP_HOME", "~/.rustup")),
    )


def _update_steps(host: Host, need: Need, toolchain: str) -> tuple[Step, ...]:
    """Return the steps by which a rustup that is there brings a toolchain; its default stays."""
    return (
        RunCommand(
            f"Install the Rust toolchain {toolchain} with the installed rustup",
            (need,),
            argv=(
                *(host.rust.rustup, "toolchain", "install", toolchain),
                *("--profile", "minimal", "--no-self-update"),
            ),
        ),
        _use(host, need, (("RUSTUP_TOOLCHAIN", toolchain),)),
    )


def _use(host: Host, need: Need, more: tuple[tuple[str, str], ...] = ()) -> Step:
    """Return the step that lets builds find the toolchain in Cargo's home."""
    folder = host.rust.folder or host.joined(host.rust.cargo_home or "~/.cargo", "bin")
    variables = (("PATH", folder), *host.rust.homes, *more)
    return SetVariables(f"Build with the Rust toolchain in {folder}", (need,), variables=variables)


def _toolchain(required: str | None) -> str:
    """Return the toolchain that rustup is asked for: stable, nightly, or a version that is old."""
    if required == NIGHTLY:
        return NIGHTLY
    for one in SpecifierSet(required or ""):
        if one.operator in ("==", "~=", "<="):
            return one.version.removesuffix(".*")
        if one.operator == "<" and (before := Version(one.version)).minor:
            return f"{before.major}.{before.minor - 1}"
    return "stable"
