"""What a user without root has: packages unpacked into a folder of their own, PyPI's compiler."""

from __future__ import annotations

from collections.abc import Iterator

from buildfix.managers.private import unpack_command, unpacked_variables
from buildfix.model import Host, Interpreter, Need, Step
from buildfix.prescribe.basket import Reasons, all_needs

_NEEDED = frozenset({"apt-get", "dpkg-deb"})
_COMPILERS = frozenset(
    {
        ("compiler-missing", "c"),
        ("compiler-missing", "cxx"),
        ("build", "dep:virtual/compiler/c"),
        ("build", "dep:virtual/compiler/cxx"),
    }
)


def lacks_root(host: Host, *, attended: bool) -> bool:
    """Say whether root cannot be had, by a person who types a password neither."""
    return host.privilege == "none" or (host.privilege == "sudo-password" and not attended)


def steps_without_root(manager: str, packages: Reasons, host: Host) -> tuple[Step, ...]:
    """Return the steps that do without root what packages would; none where nothing serves."""
    if host.interpreter is None:
        return ()
    if manager == "apt" and host.commands.issuperset(_NEEDED) and host.data_folder:
        return tuple(unpack_steps(packages, host))
    needs = all_needs(packages)
    only_compilers = all((need.kind, need.subject) in _COMPILERS for need in needs)
    if only_compilers and host.interpreter.has_headers and host.system == "linux":
        return _zig_steps(needs, host.interpreter)
    return ()


def _zig_steps(because: tuple[Need, ...], interpreter: Interpreter) -> tuple[Step, ...]:
    """Return the steps that compile with ziglang, the C and C++ compiler on PyPI.

    setuptools takes commands of several words, and links by LDSHARED and LDCXXSHARED. The program
    itself is called: `python -m ziglang` would not find it from an isolated build.
    """
    zig = f"{interpreter.platlib}/ziglang/zig"
    return (
        Step(
            "command",
            "Install PyPI's C and C++ compiler, ziglang: there is no root here for the system's",
            because,
            argv=(interpreter.path, "-m", "pip", "install", "ziglang"),
            undo=(interpreter.path, "-m", "pip", "uninstall", "--yes", "ziglang"),
        ),
        Step(
            "environment",
            "Compile with ziglang",
            because,
            variables=(
                ("CC", f"{zig} cc"),
                ("CXX", f"{zig} c++"),
                ("LDSHARED", f"{zig} cc -shared"),
                ("LDCXXSHARED", f"{zig} c++ -shared"),
                ("AR", f"{zig} ar"),
            ),
        ),
    )


def unpack_steps(packages: Reasons, host: Host) -> Iterator[Step]:
    """Yield the steps that unpack packages and make builds use them."""
    interpreter = host.interpreter
    if interpreter is None:
        return
    because: tuple[Need, ...] = all_needs(packages)
    folder, names = f"{host.data_folder}/{host.id}-{host.version}", tuple(packages)
    command = unpack_command(names, folder, interpreter)
    yield Step(
        "packages",
        f"Unpack {', '.join(names)} into {folder}: there is no root here to install them",
        because,
        argv=command.argv,
        manager="apt",
        packages=names,
    )
    yield Step(
        "environment",
        f"Build with what is unpacked in {folder}",
        because,
        variables=tuple(unpacked_variables(folder, host.arch, interpreter)),
    )
