"""What a wheel must be compatible with: an interpreter, its platform, and the pip that chooses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from packaging import tags as tagging
from packaging.tags import Tag

from buildfix.wheels.platforms import Platform, platform_of


@dataclass(frozen=True)
class Target:
    """The interpreter to install into, and the settings of its pip."""

    python: str
    """Its version, for example `3.13.5`."""
    tags: tuple[str, ...]
    """The tags of the wheels that it accepts, the best first (PEP 425)."""
    pip: str = ""
    """The version of the pip that chooses; empty if unknown."""
    pip_tags: tuple[str, ...] | None = None
    """The tags that this pip accepts, if they are fewer."""
    no_binary: str = ""
    """The setting that forbids wheels of the project; empty if none does."""
    prereleases: bool = False
    """Whether pip is configured to accept pre-releases."""

    @cached_property
    def taken(self) -> dict[Tag, int]:
        """The tags that it accepts, with their rank (0 is best)."""
        return _ranked(self.tags)

    @cached_property
    def taken_by_pip(self) -> dict[Tag, int]:
        """The tags that its pip accepts, with their rank."""
        return _ranked(self.pip_tags if self.pip_tags is not None else self.tags)

    @cached_property
    def abis(self) -> frozenset[tuple[str, str]]:
        """The pairs of interpreter and ABI tags that it accepts."""
        return frozenset((tag.interpreter, tag.abi) for tag in self.taken)

    @cached_property
    def platforms(self) -> tuple[str, ...]:
        """The platform tags that it accepts, the best first, without `any`."""
        found = dict.fromkeys(tag.platform for tag in self.taken)
        return tuple(name for name in found if name != "any")

    @cached_property
    def platform(self) -> Platform:
        """Its platform: the newest C library or macOS version that it accepts."""
        known = tuple(map(platform_of, self.platforms)) or (Platform("any"),)
        named = tuple(one for one in known if one.libc) or known
        return max(named, key=lambda one: one.version)

    @property
    def release(self) -> tuple[int, int]:
        """Major and minor version."""
        major, minor, *_ = self.python.split(".")
        return int(major), int(minor)

    @property
    def implementation(self) -> str:
        """The short name of the implementation: `cp` for CPython, `pp` for PyPy."""
        return self.tags[0][:2] if self.tags else "cp"

    @property
    def free_threaded(self) -> bool:
        """Whether it is a free-threaded CPython (PEP 703)."""
        abi = self.tags[0].split("-")[1] if self.tags else ""
        return abi.startswith("cp") and abi.endswith("t")

    def with_python(self, release: tuple[int, int]) -> Target:
        """Return the same platform with a standard CPython of another version and a current pip."""
        name = f"cp{release[0]}{release[1]}"
        found = (
            *tagging.cpython_tags(release, abis=[name], platforms=self.platforms),
            *tagging.compatible_tags(release, name, self.platforms),
        )
        version = ".".join(map(str, (*release, 0)))
        return replace(self, python=version, tags=tuple(map(str, found)), pip="", pip_tags=None)


def _ranked(tags: Iterable[str]) -> dict[Tag, int]:
    return {Tag(*name.split("-")): rank for rank, name in enumerate(tags)}
