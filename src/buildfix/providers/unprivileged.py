"""What a user without root has: packages unpacked into a folder of theirs, compilers as wheels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from buildfix.catalog import Knowledge
from buildfix.catalog.compilers import WheelCompiler
from buildfix.core import Host, InstallPackages, Interpreter, Need, RunCommand, SetVariables, Step
from buildfix.installers.by_name import install_argv, unavailable, uninstall_argv
from buildfix.package_managers.unpacked import unpack_command, unpacked_variables
from buildfix.providers.needs import capabilities_of
from buildfix.providers.plan_builder import Reasons, all_needs

_NEEDED = frozenset({"apt-get", "dpkg-deb"})
_OF_COMPILERS = ("build", "compiler-missing")
"""Kinds of needs that a compiler meets."""


def lacks_root(host: Host, *, attended: bool) -> bool:
    """Say whether packages cannot be installed as root, even if a person types a password."""
    if host.read_only:
        return True
    return host.privilege == "none" or (host.privilege == "sudo-password" and not attended)


def no_room(host: Host, steps: Sequence[Step], knowledge: Knowledge) -> str:
    """Return what to do instead of privileged steps where the system is read-only, else nothing."""
    if not host.read_only or not any(step.privileged for step in steps):
        return ""
    recipe = knowledge.host(host)
    packages = [
        name for step in steps if isinstance(step, InstallPackages) for name in step.packages
    ]
    layers = recipe.layered.format(packages=" ".join(packages)) if recipe and packages else ""
    return (
        f"{host.title} is read-only, so packages cannot be installed into it. Run buildfix in a "
        f"container (toolbox enter, or distrobox enter){f', or run: {layers}' if layers else ''}."
    )


def steps_without_root(
    manager: str, packages: Reasons, host: Host, knowledge: Knowledge
) -> tuple[Step, ...]:
    """Return the steps that do without root what packages would; none where nothing serves."""
    if host.interpreter is None:
        return ()
    if manager == "apt" and host.commands.issuperset(_NEEDED) and host.data_folder:
        return tuple(unpack_steps(packages, host))
    needs = all_needs(packages)
    for compiler in knowledge.wheel_compilers if host.interpreter.has_headers else ():
        fits = compiler.system == host.system and _serves(compiler, needs, knowledge)
        if fits and not unavailable(compiler.distribution, host.fetch):
            return _wheel_steps(compiler, needs, host, host.interpreter)
    return ()


def _serves(compiler: WheelCompiler, needs: tuple[Need, ...], knowledge: Knowledge) -> bool:
    """Say whether nothing else is needed than what a compiler is."""
    meant = (capabilities_of(need, knowledge)[:1] for need in needs)
    compilers = all(need.kind in _OF_COMPILERS for need in needs)
    return compilers and compiler.serves.issuperset(one.id for several in meant for one in several)


def _wheel_steps(
    compiler: WheelCompiler, because: tuple[Need, ...], host: Host, interpreter: Interpreter
) -> tuple[Step, ...]:
    """Return the steps that bring a compiler as a wheel and have builds use it."""
    name = compiler.distribution
    return (
        RunCommand(
            f"Install PyPI's {compiler.title}, {name}: installing the system's compiler needs root",
            because,
            argv=install_argv(host, (name,)),
            undo=uninstall_argv(host, (name,)),
        ),
        SetVariables(f"Compile with {name}", because, variables=compiler.told(interpreter.platlib)),
    )


def unpack_steps(packages: Reasons, host: Host) -> Iterator[Step]:
    """Yield the steps that unpack packages and make builds use them."""
    interpreter = host.interpreter
    if interpreter is None:
        return
    because: tuple[Need, ...] = all_needs(packages)
    folder, names = f"{host.data_folder}/{host.id}-{host.version}", tuple(packages)
    command = unpack_command(names, folder, interpreter)
    yield InstallPackages(
        f"Unpack {', '.join(names)} into {folder}: installing them needs root",
        because,
        argv=command.argv,
        manager="apt",
        packages=names,
    )
    yield SetVariables(
        f"Build with the packages unpacked in {folder}",
        because,
        variables=tuple(unpacked_variables(folder, host.arch, interpreter)),
    )
