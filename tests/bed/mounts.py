"""Mounting a throw-away root and, above all, taking it down again whatever happened."""

from __future__ import annotations

import atexit
import functools
import os
import re
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.bed.errors import BedError
from tests.bed.store import part

PROC = Path("/proc")
OVERLAY_VARIABLE = "BUILDFIX_TESTBED_OVERLAY"  # "no": copy roots instead of stacking them
_KILL_SECONDS = 20.0
_MOUNT_SECONDS = 120.0
_DELETE_SECONDS = 600.0

_open: set[Workspace] = set()
_open_lock = threading.Lock()
_stopping = threading.Event()


@dataclass(frozen=True)
class Workspace:
    """The folder of one throw-away root; its name says which process owns it."""

    home: Path

    @property
    def root(self) -> Path:
        """Where the root is seen."""
        return self.home / "root"

    @property
    def upper(self) -> Path:
        """Where an overlay keeps what was changed."""
        return self.home / "upper"

    @property
    def work(self) -> Path:
        """The overlay's scratch folder."""
        return self.home / "work"


def host(argv: Sequence[str], timeout: float = _MOUNT_SECONDS) -> None:
    """Run a command of this host, or raise `BedError` with what it said."""
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BedError(f"{argv[0]}: {error}") from error
    if done.returncode:
        raise BedError(f"{' '.join(argv)}: exit {done.returncode}\n{done.stdout[-2000:]}")


# --- setting up -----------------------------------------------------------------------------


def open_workspace() -> Workspace:
    """Make an empty workspace owned by this process."""
    owner = f"{os.getpid()}-{_start_time(os.getpid())}"
    workspace = Workspace(part("runs") / f"{owner}-{secrets.token_hex(4)}")
    with _open_lock:
        _open.add(workspace)
    for folder in (workspace.root, workspace.upper, workspace.work):
        folder.mkdir(parents=True)
    return workspace


def mount_overlay(workspace: Workspace, directories: Sequence[Path]) -> None:
    """Show the read-only directories (uppermost first) under a writable top."""
    lower = ":".join(str(directory) for directory in directories)
    options = f"lowerdir={lower},upperdir={workspace.upper},workdir={workspace.work}"
    host(["mount", "-t", "overlay", "buildfix-bed", "-o", options, str(workspace.root)])


def copy_tree(workspace: Workspace, directory: Path) -> None:
    """Copy a whole root, where overlays are refused."""
    host(["cp", "-a", "--reflink=auto", f"{directory}/.", str(workspace.root)], _DELETE_SECONDS)


def mount_kernel(root: Path) -> None:
    """Give the root its /proc, /dev and (read-only) /sys."""
    host(["mount", "-t", "proc", "proc", str(root / "proc")])
    host(["mount", "--rbind", "/dev", str(root / "dev")])
    host(["mount", "--make-rslave", str(root / "dev")])
    host(["mount", "-t", "sysfs", "-o", "ro", "sysfs", str(root / "sys")])


@functools.cache
def overlay_usable() -> bool:
    """Tell whether this host lets one stack directories here."""
    if os.environ.get(OVERLAY_VARIABLE) == "no":
        return False
    workspace = open_workspace()
    lower = workspace.home / "lower"
    lower.mkdir()
    try:
        mount_overlay(workspace, [lower])
    except BedError:
        return False
    finally:
        close_workspace(workspace)
    return True


# --- taking down ----------------------------------------------------------------------------


def close_workspace(workspace: Workspace) -> None:
    """End what runs in the workspace, unmount all of it, delete it; may be called again."""
    take_down(workspace)
    if workspace.home.exists():
        host(["rm", "-rf", "--one-file-system", "--", str(workspace.home)], _DELETE_SECONDS)
    with _open_lock:
        _open.discard(workspace)


def take_down(workspace: Workspace) -> None:
    """End what runs in the workspace and unmount it, leaving the files."""
    kill_inside(workspace.root)
    unmount_below(workspace.home)


def kill_inside(root: Path) -> None:
    """Kill every process whose root directory is in `root`, and wait until none is left."""
    deadline = time.monotonic() + _KILL_SECONDS
    while pids := list(processes_inside(root)):
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            raise BedError(f"processes {pids} in {root} do not die")
        time.sleep(0.02)


def processes_inside(root: Path) -> Iterator[int]:
    """Yield the live processes that have their root directory at or below `root`."""
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # it ended meanwhile, or is a zombie
                if (entry / "root").readlink().is_relative_to(root):
                    yield int(entry.name)


def unmount_below(folder: Path) -> None:
    """Unmount all that is mounted at or below a folder, innermost first."""
    for point in reversed(mounts_below(folder)):
        inside = point.relative_to(folder).parts
        if "dev" in inside[:-1] or not point.is_mount():
            continue  # goes, or went, with the mount that it is in
        if inside[-1:] == ("dev",):
            # A bind of the host's /dev: whatever is done to it must not reach the host's own.
            host(["mount", "--make-rslave", str(point)])
            host(["umount", "-R", "-l", str(point)])
        else:
            _unmount(point)
    if left := mounts_below(folder):
        raise BedError(f"still mounted: {', '.join(map(str, left))}")


def _unmount(point: Path) -> None:
    try:
        host(["umount", str(point)])
    except BedError:
        host(["umount", "-l", str(point)])


def mounts_below(folder: Path) -> list[Path]:
    """Return the mount points at or below a folder, in the order they were mounted."""
    lines = (PROC / "self" / "mountinfo").read_text(errors="surrogateescape").splitlines()
    points = (Path(_unescape(line.split(" ")[4])) for line in lines)
    return [point for point in points if point.is_relative_to(folder)]


def _unescape(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)


# --- nets below the net ---------------------------------------------------------------------


def stop_all() -> None:
    """Stop all that this process has running in its roots; their commands fail from now on."""
    _stopping.set()
    for workspace in _own_workspaces():
        kill_inside(workspace.root)


def refuse_if_stopping() -> None:
    """Raise `BedError` after `stop_all`, so that no thread starts something new."""
    if _stopping.is_set():
        raise BedError("the bed is being taken down")


def sweep() -> list[str]:
    """Clear what earlier runs left behind whose process is gone; return the names cleared."""
    cleared = []
    for home in sorted(part("runs").iterdir()):
        if not _owner_lives(home.name):
            close_workspace(Workspace(home))
            cleared.append(home.name)
    return cleared


def _owner_lives(name: str) -> bool:
    pid, _, rest = name.partition("-")
    start = rest.partition("-")[0]
    return pid.isdigit() and _start_time(int(pid)) == start


def _start_time(pid: int) -> str:
    """Return when a process began, in the kernel's ticks; "" where there is none."""
    try:
        stat = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def _own_workspaces() -> list[Workspace]:
    with _open_lock:
        return list(_open)


def _close_left_over() -> None:
    for workspace in _own_workspaces():
        with suppress(BedError, OSError):
            close_workspace(workspace)


atexit.register(_close_left_over)
