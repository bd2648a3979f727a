"""Debian's packages without root: unpacked into a folder of the user's that serves as a sysroot."""

from __future__ import annotations

from collections.abc import Sequence

from buildfix.core import Command, Interpreter, Variables
from buildfix.machines.scripts import step_script

_MULTIARCH = {
    "arm64": "aarch64-linux-gnu",
    "armv6l": "arm-linux-gnueabihf",
    "armv7l": "arm-linux-gnueabihf",
    "i686": "i386-linux-gnu",
    "ppc64le": "powerpc64le-linux-gnu",
}
"""Where it does not begin with the kernel's machine name (wiki.debian.org/Multiarch/Tuples)."""


def multiarch(arch: str) -> str:
    """Return what Debian calls the folders of an architecture: `x86_64-linux-gnu`."""
    return _MULTIARCH.get(arch, f"{arch}-linux-gnu")


def unpack_command(packages: Sequence[str], folder: str, interpreter: Interpreter) -> Command:
    """Return the command that puts packages, with all that they depend on, below `folder`."""
    return Command((interpreter.path, step_script("private_debs"), folder, *packages))


def unpacked_variables(folder: str, arch: str, interpreter: Interpreter) -> Variables:
    """Return what makes a build use what lies below `folder`, and its modules load without it.

    The wrappers in `bin` do so for compilers that are called by their names. For others, such as
    an absolute path in CC, gcc(1) reads CPATH and LIBRARY_PATH, and ld(1) LD_RUN_PATH.
    """
    root = f"{folder}/root"
    libraries = f"{root}/usr/lib/{multiarch(arch)}"
    return (
        ("PATH", f"{folder}/bin:{root}/usr/bin"),
        ("LD_LIBRARY_PATH", libraries),
        ("CPATH", f"{folder}/include:{root}/usr/include/python{interpreter.release}"),
        ("LIBRARY_PATH", libraries),
        ("LD_RUN_PATH", f"{folder}/run"),
        ("PKG_CONFIG_SYSROOT_DIR", root),
        ("PKG_CONFIG_LIBDIR", f"{libraries}/pkgconfig:{root}/usr/share/pkgconfig"),
        ("CMAKE_PREFIX_PATH", f"{root}/usr"),
    )
