"""What a recipe says of Rust: rustup's pinned releases, and which Rust knows which edition."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from buildfix.catalog.structure import Problem, stored
from buildfix.core import Host
from buildfix.core.system import system_of

_EDITION = re.compile(r"\bedition\W*(?P<name>\d{4})\b")
_LOCK = re.compile(r"\block\D*(?P<name>\d+)\b")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class RustupPlatform:
    """A platform that rustup-init is made for, and the checksum of that file."""

    target: str
    """The target triple, as rustup's servers name it."""
    system: str
    sha256: str
    machines: tuple[str, ...] = ()
    """platform.machine()'s words, lower case."""
    libc: str = ""
    """`glibc` or `musl` on Linux, empty elsewhere."""

    def __post_init__(self) -> None:
        if not _SHA256.fullmatch(self.sha256):
            raise Problem("must be 64 lower-case hexadecimal digits", "sha256")

    def is_of(self, host: Host) -> bool:
        """Return whether a host is of this platform."""
        libc = "musl" if "musl" in host.libc else "glibc"
        return (
            self.system == host.system
            and host.arch.lower() in self.machines
            and self.libc in ("", libc)
        )

    @property
    def program(self) -> str:
        """What the file is called there."""
        return f"rustup-init{system_of(self.system).program_ending}"


@dataclass(frozen=True)
class RustRecipe:
    """How Rust comes to a host without its package manager, and how its versions are asked for."""

    source: str
    rustup: str = field(metadata=stored("rustup/version"))
    """The version of rustup that the checksums are of."""
    root: str = field(metadata=stored("rustup/root"))
    """The URL below which its releases lie."""
    mirror: str = field(metadata=stored("rustup/mirror"))
    """The variable that names another such URL."""
    editions: Mapping[str, str] = field(default_factory=dict)
    """The first Rust that knows an edition."""
    locks: Mapping[str, str] = field(default_factory=dict)
    """The first Rust whose Cargo reads a version of Cargo.lock."""
    platforms: tuple[RustupPlatform, ...] = ()

    def platform(self, host: Host) -> RustupPlatform | None:
        """Return the platform of rustup-init that a host is of, None where there is none."""
        return next((one for one in self.platforms if one.is_of(host)), None)

    def url(self, platform: RustupPlatform) -> str:
        """Return where the pinned rustup-init of a platform lies."""
        return f"{self.root}/archive/{self.rustup}/{platform.target}/{platform.program}"

    def asked(self, required: str | None) -> SpecifierSet:
        """Return which versions of Rust are asked for: `>=1.74`, `1.83`, `edition 2024`, `lock 4`.

        Any version where nothing is asked for, or nothing that is understood.
        """
        text = (required or "").strip().lower()
        for pattern, table in ((_EDITION, self.editions), (_LOCK, self.locks)):
            if found := pattern.search(text):
                text = table.get(found["name"], "")
        try:
            return SpecifierSet(f">={text}" if text[:1].isdigit() else text)
        except InvalidSpecifier:
            return SpecifierSet()
