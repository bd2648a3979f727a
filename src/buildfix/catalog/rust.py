"""The Rust recipe: rustup's pinned releases, and which Rust supports which edition."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from buildfix.catalog.stored import Problem, stored
from buildfix.core import Host
from buildfix.core.light_dataclass import dataclass
from buildfix.core.system import system_of

NIGHTLY = "nightly"
"""What is required of Rust by sources with features that no release has."""
_EDITION = re.compile(r"\bedition\W*(?P<name>\d{4})\b")
_LOCK = re.compile(r"\block\D*(?P<name>\d+)\b")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class RustupPlatform:
    """A platform of rustup-init, and the checksum of its file."""

    target: str
    """The target triple, as in rustup's URLs."""
    system: str
    sha256: str
    machines: tuple[str, ...] = ()
    """Values of platform.machine(), in lower case."""
    libc: str = ""
    """`glibc` or `musl` on Linux, empty elsewhere."""

    def __post_init__(self) -> None:
        if not _SHA256.fullmatch(self.sha256):
            raise Problem("must be 64 lower-case hexadecimal digits", "sha256")

    def is_of(self, host: Host) -> bool:
        """Return whether a host has this platform."""
        libc = "musl" if "musl" in host.libc else "glibc"
        return (
            self.system == host.system
            and host.arch.lower() in self.machines
            and self.libc in ("", libc)
        )

    @property
    def program(self) -> str:
        """The name of the file on that platform."""
        return f"rustup-init{system_of(self.system).program_ending}"


@dataclass(frozen=True)
class RustRecipe:
    """How to install Rust without a package manager, and how its versions are required."""

    source: str
    rustup: str = field(metadata=stored("rustup/version"))
    """The version of rustup that the checksums belong to."""
    root: str = field(metadata=stored("rustup/root"))
    """The URL of its releases."""
    mirror: str = field(metadata=stored("rustup/mirror"))
    """The variable that sets another such URL."""
    editions: Mapping[str, str] = field(default_factory=dict)
    """The first Rust that supports an edition."""
    locks: Mapping[str, str] = field(default_factory=dict)
    """The first Rust whose Cargo reads a version of Cargo.lock."""
    platforms: tuple[RustupPlatform, ...] = ()
    crates_index: str = field(default="", metadata=stored("crates/index"))
    """The URL of the sparse index that is asked for what locked crates declare."""
    registries: tuple[str, ...] = field(default=(), metadata=stored("crates/registries"))
    """What a lock file calls that index."""
    crates_seconds: int = field(default=0, metadata=stored("crates/seconds"))
    """How long asking it may take."""

    def platform(self, host: Host) -> RustupPlatform | None:
        """Return the platform of rustup-init for a host; None if there is none."""
        return next((one for one in self.platforms if one.is_of(host)), None)

    def url(self, platform: RustupPlatform) -> str:
        """Return the URL of the pinned rustup-init for a platform."""
        return f"{self.root}/archive/{self.rustup}/{platform.target}/{platform.program}"

    def asked(self, required: str | None) -> SpecifierSet:
        """Return the required versions of Rust: `>=1.74`, `1.83`, `edition 2024`, `lock 4`.

        Any version if nothing is required or the text is not understood.
        """
        text = (required or "").strip().lower()
        for pattern, table in ((_EDITION, self.editions), (_LOCK, self.locks)):
            if found := pattern.search(text):
                text = table.get(found["name"], "")
        try:
            return SpecifierSet(f">={text}" if text[:1].isdigit() else text)
        except InvalidSpecifier:
            return SpecifierSet()
