"""Debian roots and the layers over them: each made once, then only read."""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bed.bare import BareRoot
from tests.bed.errors import BedError, BedUnavailable
from tests.bed.mirror import debian_source
from tests.bed.mounts import (
    close_workspace,
    host,
    open_workspace,
    overlay_usable,
    unmount_below,
)
from tests.bed.stack import Stack
from tests.bed.store import locked, part, store

SUITES = ("trixie", "bookworm")
TOOLCHAIN_PACKAGES = ("build-essential", "python3-dev")
TOOLCHAIN = (
    ("apt-get", "update"),
    ("apt-get", "install", "--no-install-recommends", "-y", *TOOLCHAIN_PACKAGES),
    ("apt-get", "clean"),
)
_INCLUDE = "ca-certificates,python3,python3-pip,python3-venv"
_MAKE_SECONDS = 1800.0
_KEPT_LAYERS = 3

Maker = Callable[[BareRoot], None]


@functools.cache
def available(suite: str = SUITES[0]) -> str | None:
    """Return why no bare root can be had here, or None where one can."""
    if not sys.platform.startswith("linux"):
        return "bare roots need Linux"
    if os.geteuid() != 0:
        return "bare roots need root"
    try:
        if not (store() / suite).is_dir():
            _require_debootstrap()
        return _mounts_refused()
    except BedUnavailable as error:
        return error.reason


def base_root(suite: str) -> Stack:
    """Return a bare Debian of this suite, made by debootstrap the first time."""
    if suite not in SUITES:
        raise ValueError(f"{suite} is none of {', '.join(SUITES)}")
    home = store() / suite
    if not home.is_dir():
        with locked(f"base-{suite}"):
            if not home.is_dir():
                _debootstrap(suite, home)
    return Stack(suite, suite, (home,))


def toolchain_root(suite: str) -> Stack:
    """Return the bare Debian plus what one is usually told to install: build-essential."""
    return command_layer("toolchain", base_root(suite), TOOLCHAIN)


def command_layer(label: str, lower: Stack, commands: Sequence[Sequence[str]]) -> Stack:
    """Return a layer that these commands make; other commands make another layer."""

    def make(root: BareRoot) -> None:
        for argv in commands:
            root.check(argv, timeout=_MAKE_SECONDS)

    return layer(f"{label}-{digest(repr(commands).encode())}", lower, make)


def layer(name: str, lower: Stack, make: Maker) -> Stack:
    """Return `lower` with what `make` does to it on top; made once, found by its name.

    What decides the layer's content belongs into the name, for example as a `digest`.
    """
    full_name = f"{lower.name}-{name}"
    home = part("layers" if overlay_usable() else "copies") / full_name
    with locked(full_name):
        if not home.is_dir():
            with BareRoot(lower) as root:
                make(root)
                root.keep_as(home)
    below = lower.directories if overlay_usable() else ()
    return Stack(full_name, lower.suite, (home, *below))


def forget_old_layers(newest: Stack, prefix: str) -> None:
    """Delete all but the newest few layers whose names begin so, unless they are mounted."""
    with locked("forget-old-layers"):  # another test process may forget the same ones
        siblings = (
            folder
            for folder in newest.directories[0].parent.iterdir()
            if folder.name.startswith(prefix) and folder.name != newest.name
        )
        by_age = sorted(siblings, key=lambda folder: folder.stat().st_ctime, reverse=True)
        for folder in by_age[_KEPT_LAYERS:]:
            if str(folder) not in Path("/proc/self/mountinfo").read_text(errors="replace"):
                shutil.rmtree(folder)


def digest(content: bytes) -> str:
    """Return a short name for some content."""
    return hashlib.sha256(content).hexdigest()[:12]


def _debootstrap(suite: str, home: Path) -> None:
    """Make a bare Debian beside its final place, then rename it there."""
    _require_debootstrap()
    source = debian_source()
    making = home.with_name(f".making-{suite}-{os.getpid()}")
    argv = [
        *("debootstrap", "--variant=minbase", f"--include={_INCLUDE}"),
        *(f"--keyring={source.keyring}", suite, str(making), source.uri),
    ]
    try:
        host(argv, _MAKE_SECONDS)
        unmount_below(making)
        making.rename(home)
    finally:
        unmount_below(making)
        if making.exists():
            host(["rm", "-rf", "--one-file-system", "--", str(making)])


def _require_debootstrap() -> None:
    if shutil.which("debootstrap", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None:
        raise BedUnavailable("debootstrap is not installed and no root is cached")
    debian_source()


def _mounts_refused() -> str | None:
    """Return what this host says when a /proc is mounted, None where it lets us."""
    workspace = open_workspace()
    try:
        host(["mount", "-t", "proc", "proc", str(workspace.root)])
    except BedError as error:
        return f"mounts are refused: {error}"
    finally:
        close_workspace(workspace)
    return None
