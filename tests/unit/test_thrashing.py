"""When a build is taken to stand still for want of memory, and when not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from buildfix.platforms.thrashing import Thrashing, Tree

GIB = 1 << 30
LIMITED = 9223372036854771712


@dataclass
class Host:
    """A recorded machine, a second later each time that it is looked at."""

    root: Path
    now: float = 0.0
    user: float = 0.0
    wanting: int = 3
    resident: int = GIB
    refaults: int = 0
    pressure: float | None = None
    counted: Path = field(default_factory=Path)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def version_1(self, limit: int) -> None:
        mount = "30 25 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
        self.write("proc/self/mountinfo", mount)
        self.write("proc/self/cgroup", "4:memory:/build\n")
        self.write("sys/fs/cgroup/memory/build/memory.limit_in_bytes", str(limit))
        self.counted = Path("sys/fs/cgroup/memory/build/memory.stat")

    def version_2(self) -> None:
        self.write("proc/self/mountinfo", "30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
        self.write("proc/self/cgroup", "0::/build\n")
        self.write("sys/fs/cgroup/build/memory.max", str(GIB))
        self.counted = Path("sys/fs/cgroup/build/memory.stat")

    def second(self, *, user: float, refaults: int, pressure: float = 0.0) -> None:
        self.now += 1
        self.user += user
        self.refaults += refaults
        name = "workingset_refault_file"
        total = f"total_{name} {self.refaults}\n" if "memory/build" in str(self.counted) else ""
        self.write(str(self.counted), f"{total or f'{name} {self.refaults}'}\npgmajfault 9999999\n")
        if self.pressure is not None:
            self.pressure += pressure
            text = f"some avg10=99.0 total=1\nfull avg10=9.0 total={int(self.pressure * 1e6)}\n"
            self.write("sys/fs/cgroup/build/memory.pressure", text)

    def ends_within(
        self, seconds: int, *, user: float, refaults: int, pressure: float = 0.0
    ) -> int | None:
        """Return after how many seconds the watch says so, None where it does not."""
        watch = Thrashing(
            self.root,
            lambda: self.now,
            lambda _: Tree(self.user, self.wanting, self.resident),
        )
        for number in range(seconds):
            self.second(user=user, refaults=refaults, pressure=pressure)
            if watch(1):
                return number
        return None


@pytest.fixture
def host(tmp_path: Path) -> Host:
    host = Host(tmp_path)
    host.write("proc/meminfo", "MemTotal: 8388608 kB\nMemFree: 1000 kB\nMemAvailable: 1000 kB\n")
    host.counted = Path("proc/vmstat")
    return host


def test_a_group_that_refaults_and_gets_nothing_done_is_ended(host: Host) -> None:
    host.version_1(GIB)
    assert host.ends_within(100, user=0.1, refaults=3400) == 30


@pytest.mark.parametrize(
    ("user", "refaults", "why"),
    [
        (0.1, 0, "a slow disk: everything waits, nothing was dropped"),
        (0.1, 50, "a page now and then"),
        (0.9, 0, "a busy processor: three jobs share a third"),
        (2.5, 3400, "compilers at work, while old headers are read again"),
    ],
)
def test_slow_build_without_thrashing_goes_on(
    user: float, refaults: int, why: str, host: Host
) -> None:
    host.version_1(GIB)
    assert host.ends_within(300, user=user, refaults=refaults) is None, why


def test_short_memory_stall_does_not_end_a_build(host: Host) -> None:
    host.version_1(GIB)
    watch = Thrashing(
        host.root, lambda: host.now, lambda _: Tree(host.user, host.wanting, host.resident)
    )
    for number in range(300):
        stalls = number % 60 < 20
        host.second(user=0.1 if stalls else 2.9, refaults=3400 if stalls else 0)
        assert not watch(1)


def test_processes_that_wait_for_the_network_want_nothing(host: Host) -> None:
    host.version_1(GIB)
    host.wanting = 0
    assert host.ends_within(100, user=0.0, refaults=3400) is None


def test_memory_pressure_is_read_from_cgroup_version_2(host: Host) -> None:
    host.version_2()
    host.pressure = 0.0
    assert host.ends_within(100, user=0.1, refaults=0, pressure=0.7) == 30


def test_moderate_memory_pressure_does_not_end_a_build(host: Host) -> None:
    host.version_2()
    host.pressure = 0.0
    assert host.ends_within(100, user=1.0, refaults=9000, pressure=0.5) is None


def test_version_2_without_pressure_counts_refaults(host: Host) -> None:
    host.version_2()
    assert host.ends_within(100, user=0.1, refaults=3400) == 30


def test_without_a_group_only_a_build_that_holds_much_is_to_blame(host: Host) -> None:
    host.resident = 4 * GIB
    assert host.ends_within(100, user=0.1, refaults=3400) == 30
    host.resident = GIB
    assert host.ends_within(100, user=0.1, refaults=3400) is None


def test_an_unlimited_group_is_no_group_of_its_own(host: Host) -> None:
    host.version_1(LIMITED)
    host.counted = Path("proc/vmstat")
    assert host.ends_within(100, user=0.1, refaults=3400) is None


def test_system_without_pressure_data_never_ends_a_build(tmp_path: Path) -> None:
    clock: Iterable[float] = iter(range(100))
    now: Callable[[], float] = lambda: next(iter(clock))  # noqa: E731
    watch = Thrashing(tmp_path, now, lambda _: Tree(0, 3, GIB))
    assert not any(watch(1) for _ in range(90))
