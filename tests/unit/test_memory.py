"""What a build may use, on recorded machines and on this one."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from buildfix.machines.local import LocalMachine
from buildfix.platforms import freebsd, macos, windows
from buildfix.platforms.control_groups import linux_capacity, oom_kills
from buildfix.platforms.memory import Capacity
from buildfix.platforms.operating_systems import THIS
from tests.unit.machines import Answer, Played, Recorded

MIB, GIB = 1 << 20, 1 << 30
V1: dict[str, str] = json.loads(
    (Path(__file__).parent / "recorded/cgroup-v1.json").read_text(encoding="utf-8")
)
"""A process in a group of 2 GiB in one of 1 GiB, holding 200 MiB and 50 MiB of files that it read:
Linux 6.18, hybrid hierarchy, read on a virtual machine of two cores and 24 GiB."""
OUTER, INNER = (
    f"sys/fs/cgroup/memory/{name}" for name in ("buildfix-outer", "buildfix-outer/inner")
)

# The names and forms of cgroup-v2.rst; a container as systemd and Docker lay it out.
MOUNT_V2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
V2 = {
    "proc/meminfo": "MemTotal: 16000000 kB\nMemFree: 9000000 kB\nMemAvailable: 12000000 kB\n",
    "proc/self/status": "Name:\tx\nCpus_allowed_list:\t0-3,8\n",
    "proc/self/cgroup": "0::/user.slice/app.scope\n",
    "proc/self/mountinfo": MOUNT_V2,
    "proc/vmstat": "oom_kill 7\n",
    "sys/fs/cgroup/cgroup.controllers": "cpu memory\n",
    "sys/fs/cgroup/user.slice/memory.max": "max\n",
    "sys/fs/cgroup/user.slice/memory.high": f"{2 * GIB}\n",
    "sys/fs/cgroup/user.slice/memory.current": f"{1536 * MIB}\n",
    "sys/fs/cgroup/user.slice/memory.stat": f"anon 1\ninactive_file {512 * MIB}\n",
    "sys/fs/cgroup/user.slice/cpu.max": "250000 100000\n",
    "sys/fs/cgroup/user.slice/app.scope/memory.max": f"{4 * GIB}\n",
    "sys/fs/cgroup/user.slice/app.scope/memory.high": "max\n",
    "sys/fs/cgroup/user.slice/app.scope/memory.current": f"{GIB}\n",
    "sys/fs/cgroup/user.slice/app.scope/memory.stat": "inactive_file 0\n",
    "sys/fs/cgroup/user.slice/app.scope/memory.events": "oom 3\noom_kill 2\noom_group_kill 0\n",
    "sys/fs/cgroup/user.slice/app.scope/cpu.max": "max 100000\n",
}
APP = "sys/fs/cgroup/user.slice/app.scope"


def root_of(folder: Path, files: Mapping[str, str]) -> Path:
    """Write a recorded /proc and /sys."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def with_swap(files: Mapping[str, str], free: int, **more: str) -> dict[str, str]:
    return {**files, "proc/meminfo": f"{files['proc/meminfo']}SwapFree: {free >> 10} kB\n", **more}


def test_version_1_counts_the_narrowest_group_on_the_path(tmp_path: Path) -> None:
    found = linux_capacity(root_of(tmp_path, V1))
    used = 271802368 - 52494336  # what the outer group holds, less the file that was only read
    assert found == Capacity(cores=2, total=GIB, available=GIB - used)
    assert oom_kills(tmp_path) == 0


def test_cgroup_version_1_without_limit_is_the_memory_of_the_machine(tmp_path: Path) -> None:
    no_limit = {
        f"{group}/memory.limit_in_bytes": "9223372036854771712\n" for group in (OUTER, INNER)
    }
    found = linux_capacity(root_of(tmp_path, {**V1, **no_limit}))
    assert (found.total, found.available) == (24684084 << 10, 22965024 << 10)


def test_version_1_swap_is_what_memory_and_swap_together_leave(tmp_path: Path) -> None:
    both = {f"{OUTER}/memory.memsw.limit_in_bytes": f"{GIB + 100 * MIB}\n"}
    files = with_swap(V1, 8 * GIB, **both)
    free = GIB - (271802368 - 52494336)
    assert linux_capacity(root_of(tmp_path, files)).available == free + 50 * MIB
    never = {f"{INNER}/memory.swappiness": "0\n"}
    assert linux_capacity(root_of(tmp_path, {**files, **never})).available == free


def test_version_2_counts_high_and_the_quota_of_every_level(tmp_path: Path) -> None:
    found = linux_capacity(root_of(tmp_path, V2))
    assert found == Capacity(cores=3, total=2 * GIB, available=GIB)
    assert oom_kills(tmp_path) == 2


def test_in_a_namespace_the_mounted_folder_is_the_processs_own(tmp_path: Path) -> None:
    mounted = MOUNT_V2.replace("0:26 /", "0:26 /user.slice/app.scope")
    files = {name: text for name, text in V2.items() if not name.startswith("sys/")}
    files |= {"proc/self/mountinfo": mounted, "sys/fs/cgroup/memory.max": f"{GIB}\n"}
    assert linux_capacity(root_of(tmp_path, files)).available == GIB
    moved_out = {"proc/self/cgroup": "0::/../other.scope\n"}
    assert linux_capacity(root_of(tmp_path, {**files, **moved_out})).available == GIB


@pytest.mark.parametrize(
    ("allowed", "counted"),
    [("max", 512 * MIB), (str(400 * MIB), 150 * MIB), (str(100 * MIB), 0), ("0", 0)],
)
def test_swap_counts_by_half_where_it_is_allowed(
    tmp_path: Path, allowed: str, counted: int
) -> None:
    group = {f"{APP}/memory.swap.max": allowed, f"{APP}/memory.swap.current": str(100 * MIB)}
    found = linux_capacity(root_of(tmp_path, with_swap(V2, 8 * GIB, **group)))
    assert found.available == GIB + counted


def test_memory_of_the_machine_counts_without_a_control_group(tmp_path: Path) -> None:
    files = {name: text for name, text in V2.items() if not name.startswith("sys/")}
    found = linux_capacity(root_of(tmp_path, {**files, "proc/self/mountinfo": ""}))
    assert found == Capacity(5, 16000000 << 10, 12000000 << 10)
    assert oom_kills(tmp_path) == 7
    assert oom_kills(tmp_path / "nowhere") is None


def test_an_old_kernel_tells_no_available_memory(tmp_path: Path) -> None:
    old = {"proc/meminfo": "MemTotal: 900 kB\nMemFree: 100 kB\nBuffers: 20 kB\nCached: 30 kB\n"}
    assert linux_capacity(root_of(tmp_path, old)).available == 150 << 10
    assert linux_capacity(tmp_path / "nowhere").available is None


def test_resource_limits_bound_the_memory(tmp_path: Path) -> None:
    line = f"{'Max address space':<26}{300 * MIB:<21}unlimited            bytes     \n"
    limits = "".join(
        line if row.startswith("Max address") else row + "\n"
        for row in V1["proc/self/limits"].splitlines()
    )
    files = {**V1, "proc/self/limits": limits}
    assert linux_capacity(root_of(tmp_path, files)).available == 300 * MIB


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_this_machine_and_its_limits_are_read() -> None:
    here = THIS.capacity(LocalMachine())
    assert here.available
    assert 0 < here.available <= (here.total or 0)
    assert 1 <= here.cores <= len(os.sched_getaffinity(0))
    code = (
        "import os, resource\n"
        "from buildfix.platforms.control_groups import linux_capacity\n"
        f"resource.setrlimit(resource.RLIMIT_DATA, ({600 * MIB}, resource.RLIM_INFINITY))\n"
        "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "print(linux_capacity().cores, linux_capacity().available)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    cores, available = map(int, done.stdout.split())
    assert (cores, available <= 600 * MIB) == (1, True), done.stderr


# vm_stat and sysctl as Apple's manual pages and public logs of 16 GiB machines show them.
VM_STAT = """Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                                5000.
Pages active:                            301234.
Pages inactive:                          200000.
Pages speculative:                         1000.
Pages throttled:                              0.
Pages wired down:                        120000.
Pages purgeable:                           3000.
"Translation faults":                 987654321.
"""


def test_macos_memory_is_read_from_its_tools() -> None:
    answers: dict[str, list[Answer]] = {
        "hw.memsize": [Played("17179869184\n")],
        "vm_stat": [Played(VM_STAT)],
    }
    assert macos.memory(Recorded(answers)) == (16 * GIB, 206000 * 16384)
    assert macos.memory(Recorded({})) == (None, None)


def test_windows_counts_what_can_be_committed() -> None:
    def status(free: int, committable: int) -> bytes:
        fields = (64, 40, 16 * GIB, free, 20 * GIB, committable, 1 << 47, 1 << 46, 0)
        return struct.pack("<LL7Q", *fields)

    assert windows.memory(status(4 * GIB, 3 * GIB)) == (16 * GIB, 3 * GIB)
    assert windows.memory(status(4 * GIB, 6 * GIB)) == (16 * GIB, 5 * GIB)
    assert windows.memory(b"") == (None, None)


def test_freebsd_counts_what_is_free_and_inactive() -> None:
    def told(text: str) -> Recorded:
        return Recorded({"hw.physmem": [Played(text)]})

    assert freebsd.memory(told("8555421696\n4096\n1000\n500\n")) == (8555421696, 1500 * 4096)
    assert freebsd.memory(told("8555421696\n4096\n")) == (None, None)
    assert freebsd.memory(Recorded({})) == (None, None)
