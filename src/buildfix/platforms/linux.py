"""Linux: with glibc, with musl, and Android's Termux."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from buildfix.core import Host
from buildfix.machines.local import Machine
from buildfix.package_managers.unpacked import multiarch
from buildfix.platforms.control_groups import linux_capacity
from buildfix.platforms.memory import Capacity
from buildfix.platforms.posix import Identity, Posix, named

_OLDEST_GLIBC = 5
"""manylinux1 is glibc 2.5 (PEP 513)."""
_STOCK_GLIBC = 28
"""Assumed for systems whose recipe does not name releases: all of them have at least glibc 2.28."""
_STOCK_MUSL = 2
_OSTREE = Path("/run/ostree-booted")
"""There on Silverblue, Bazzite and other systems made with (rpm-)ostree, see ostree(1)."""
_LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}


def release_identity(facts: Mapping[str, str]) -> Identity:
    """Return what os-release(5) says about a system, with its keys in lower case.

    A derivative has a codename of its own; that of the release it is made from is in a variable
    named after the other system (UBUNTU_CODENAME, DEBIAN_CODENAME).
    """
    own, like = facts.get("id", "linux"), tuple(facts.get("id_like", "").split())
    named = (facts.get(f"{one.replace('-', '_')}_codename") for one in (*like, own))
    codename = next(filter(None, named), None) or facts.get("codename", "")
    title = facts.get("pretty_name") or facts.get("name", own)
    return Identity(own, facts.get("version_id", ""), title, like, codename)


class Linux(Posix):
    """A Linux distribution."""

    def identity(self) -> Identity:
        """Return the contents of /etc/os-release."""
        if "com.termux" in os.environ.get("PREFIX", ""):
            return named("termux", os.environ.get("TERMUX_VERSION", ""))
        import distro

        facts = distro.os_release_info()
        return release_identity(facts) if facts else named(distro.id(), distro.version())

    def libc(self) -> str:
        """Return glibc's version; musl does not report its own."""
        with contextlib.suppress(ValueError, OSError, AttributeError):
            return os.confstr("CS_GNU_LIBC_VERSION") or ""
        return "musl"

    def read_only(self) -> bool:
        """Return whether /usr is mounted read-only, or belongs to an OSTree deployment."""
        return _OSTREE.exists() or bool(os.statvfs("/usr").f_flag & os.ST_RDONLY)

    def capacity(self, machine: Machine) -> Capacity:  # noqa: ARG002
        """Return what control groups, affinity and limits allow this process."""
        return linux_capacity()

    def wheel_platforms(self, host: Host) -> Iterator[str]:
        """Yield manylinux or musllinux tags down to the oldest C library (PEP 600, PEP 656)."""
        if "musl" in host.libc:
            yield from (f"musllinux_1_{minor}_{host.arch}" for minor in range(_STOCK_MUSL, -1, -1))
        else:
            newest = int(host.libc.rpartition(".")[2]) if "." in host.libc else _STOCK_GLIBC
            for minor in range(newest, _OLDEST_GLIBC - 1, -1):
                yield f"manylinux_2_{minor}_{host.arch}"
                if minor in _LEGACY:
                    yield f"{_LEGACY[minor]}_{host.arch}"
        yield f"linux_{host.arch}"

    def header_folders(self, arch: str) -> tuple[str, ...]:
        """Return POSIX's folders and Debian's multiarch folder."""
        return (*super().header_folders(arch), f"/usr/include/{multiarch(arch)}")

    def library_folders(self, arch: str, prefix: str) -> tuple[str, ...]:  # noqa: ARG002
        """Return where packages put libraries, instead of reading ld.so(8)'s cache."""
        own = multiarch(arch)
        return (
            *("/usr/local/lib", f"/usr/local/lib/{own}", f"/lib/{own}", f"/usr/lib/{own}"),
            *("/lib64", "/usr/lib64", "/usr/local/lib64", "/lib", "/usr/lib"),
        )
