"""Why no wheel of a version is compatible with a target: a kind, a subject and a sentence each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from packaging.tags import Tag
from packaging.version import Version

from buildfix.catalog.wheels import WheelKind
from buildfix.core.system import system_of
from buildfix.index.files import File
from buildfix.wheels.platforms import Platform, platform_of
from buildfix.wheels.target import Target

_CPYTHON = re.compile(r"(?:cp|py)(\d)(\d+)")
_ANY_PIP = (Version("0"), "this Python")
_ARCH_KIND = {
    "i686": " (32-bit)",
    "armv6l": " (32-bit Arm)",
    "armv7l": " (32-bit Arm)",
    "aarch64": " (Arm)",
}


@dataclass(frozen=True)
class Reason:
    """Why wheels were rejected."""

    kind: str
    """no-version, requires-python, no-wheel, binary-forbidden, pip-too-old, python-too-new,
    python-too-old, python-skipped, implementation, free-threaded, musl, glibc-only, glibc-too-old,
    musl-too-old, macos-too-old, architecture, system."""
    subject: str
    says: str
    required: str | None = None


def why_old_pip(wheel: File, target: Target, kinds: Sequence[WheelKind]) -> Reason:
    """Return the reason if the target accepts a wheel but its pip is too old for it."""
    first = [_first_pip(tag, kinds) for tag in wheel.tags & target.taken.keys()]
    version, name = min(first, default=_ANY_PIP)
    required = str(version) if version > Version(target.pip or "0") else None
    since = f"; pip {required} is the first version that does" if required else ""
    says = f"pip {target.pip} does not support wheels for {name}{since}: upgrade pip."
    return Reason("pip-too-old", target.pip, says, required)


def why_forbidden(target: Target) -> Reason:
    """Return the reason if the user's settings forbid wheels."""
    says = f"Wheels are forbidden: {target.no_binary}."
    return Reason("binary-forbidden", target.no_binary, says)


def why_no_python(files: Sequence[File], target: Target) -> Reason:
    """Return the reason if the Requires-Python of every file excludes this Python."""
    newest = max(files, key=lambda file: file.version)
    says = (
        f"{newest.version} requires Python {newest.requires_python}, but this is Python "
        f"{target.python}."
    )
    return Reason("requires-python", target.python, says, newest.requires_python)


def why_none(files: Sequence[File], target: Target) -> tuple[Reason, ...]:
    """Return why none of the wheels of one version is compatible, the nearest miss first."""
    tags = [tag for file in files for tag in file.tags]
    if not tags:
        version = str(files[0].version)
        says = f"The index has no wheel of {version}, only its source."
        return (Reason("no-wheel", version, says),)
    here = [tag for tag in tags if tag.platform in {*target.platforms, "any"}]
    if here:
        return (_why_python(here, target),)
    for_python = [tag for tag in tags if (tag.interpreter, tag.abi) in target.abis]
    if for_python:
        return (_why_platform(for_python, target),)
    return (_why_platform(tags, target), _why_python(tags, target))


def _first_pip(tag: Tag, kinds: Sequence[WheelKind]) -> tuple[Version, str]:
    """Return the first pip that accepts wheels with a tag, and what it added support for."""
    named = (
        (kind.pip, kind.name)
        for kind in kinds
        if kind.pattern.fullmatch(tag.platform) or kind.pattern.fullmatch(tag.abi)
    )
    return max(named, default=_ANY_PIP)


def _why_python(tags: Sequence[Tag], target: Target) -> Reason:
    """Return why wheels for the right platform do not match the interpreter."""
    version = ".".join(map(str, target.release))
    releases = sorted(set(releases_of(tags)))
    if target.implementation != "cp":
        says = "Wheels are available for CPython only."
        return Reason("implementation", target.implementation, says, "cp")
    stable = releases_of(tag for tag in tags if tag.abi == "abi3")
    usual = target.release in releases or any(one <= target.release for one in stable)
    if target.free_threaded and usual:
        says = f"The wheels are for the standard Python {version}, not for its free-threaded build."
        return Reason("free-threaded", f"{version}t", says, version)
    if not releases:
        others = sorted({tag.interpreter for tag in tags})
        says = f"Wheels are available for {', '.join(others)} only."
        return Reason("implementation", "cp", says, others[0])
    return _why_release(releases, target.release)


def _why_release(releases: Sequence[tuple[int, int]], mine: tuple[int, int]) -> Reason:
    """Return why wheels for these versions of CPython do not fit another one."""
    version, known = ".".join(map(str, mine)), spans(releases)
    if mine > releases[-1]:
        says = f"Python {version} is too new: wheels are available for {known}."
        return Reason("python-too-new", version, says, known)
    if mine < releases[0]:
        says = f"Python {version} is too old: wheels are available for {known}."
        return Reason("python-too-old", version, says, known)
    says = f"No wheel is available for Python {version}; available: {known}."
    return Reason("python-skipped", version, says, known)


def _why_platform(tags: Iterable[Tag], target: Target) -> Reason:
    """Return why wheels for the right Python do not match the platform."""
    mine, offered = target.platform, [platform_of(tag.platform) for tag in tags]
    same_system = [one for one in offered if one.system == mine.system]
    if not same_system:
        names = sorted({system_of(one.system).title for one in offered})
        here = system_of(mine.system).title
        says = f"Wheels are available for {', '.join(names)}, not for {here}."
        return Reason("system", mine.system, says, names[0])
    same_arch = [one for one in same_system if set(one.archs) & set(mine.archs)]
    if not same_arch:
        archs = sorted(set(chain.from_iterable(one.archs for one in same_system)))
        arch = " ".join(mine.archs)
        label = f"{arch}{_ARCH_KIND.get(arch, '')}"
        says = f"Wheels are available for {', '.join(archs)}, not for {label}."
        return Reason("architecture", arch, says, archs[0])
    return _why_version(same_arch, mine)


def _why_version(offered: Sequence[Platform], mine: Platform) -> Reason:
    """Return why wheels for the right system and processor are incompatible: libc or macOS."""
    same_libc = [one for one in offered if one.libc in (mine.libc, "")]
    number = ".".join(map(str, mine.version))
    if not same_libc and mine.libc == "musl":
        says = "This system uses musl, but the wheels are for glibc only."
        return Reason("musl", f"musl {number}", says, "glibc")
    if not same_libc:
        return Reason("glibc-only", f"glibc {number}", "The wheels are for musl only.", "musl")
    oldest = ".".join(map(str, min(one.version for one in same_libc)))
    name = "macOS" if mine.system == "darwin" else mine.libc
    says = f"The wheels require {name} {oldest}, but this system has {number}."
    return Reason(f"{name.lower()}-too-old", f"{name} {number}", says, oldest)


def spans(releases: Sequence[tuple[int, int]]) -> str:
    """Return Python versions as text: `3.8 to 3.12, 3.14`."""
    runs: list[list[tuple[int, int]]] = []
    for one in sorted(set(releases)):
        if runs and runs[-1][-1] == (one[0], one[1] - 1):
            runs[-1].append(one)
        else:
            runs.append([one])
    return ", ".join(_span(run) for run in runs)


def _span(run: Sequence[tuple[int, int]]) -> str:
    first, last = ".".join(map(str, run[0])), ".".join(map(str, run[-1]))
    return first if first == last else f"{first} to {last}"


def _release(tag: Tag) -> tuple[int, int] | None:
    match = _CPYTHON.fullmatch(tag.interpreter)
    return (int(match[1]), int(match[2])) if match else None


def releases_of(tags: Iterable[Tag]) -> Iterator[tuple[int, int]]:
    """Yield the CPython versions that tags name; `abi3` wheels also run on later versions."""
    yield from filter(None, map(_release, tags))
