"""Builds in a memory control group, in which those of plain pip are killed: finished, for real."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.bed import BUILDFIX, TARGET_PYTHON, BareRoot, Stack, command_layer
from tests.bed.roots import TOOLCHAIN
from tests.real.users import put

pytestmark = [pytest.mark.bed, pytest.mark.slow]

MIB = 1 << 20
GROUPS_INSIDE = "/sys/fs/cgroup"
GROUP = f"buildfix-test-{os.getpid()}"  # each test process has its own

# One of its sources takes 400 to 500 MiB; pybind11's helper compiles as many at once as there
# are cores, where nobody tells it otherwise.
HEAVY_SOURCE = """
#include <algorithm>
#include <functional>
#include <future>
#include <iostream>
#include <map>
#include <random>
#include <regex>
#include <string>
#include <variant>
#include <vector>
using Call = std::function<int(int)>;
template <int N> struct Heavy {
  static std::map<std::string, std::vector<Call>> calls;
  static int run(const std::string &text) {
    std::regex pattern(text + std::to_string(N));
    std::variant<int, std::string, std::vector<Heavy<N>>> value;
    calls[text].push_back([=](int x) { return x + N; });
    std::sort(calls[text].begin(), calls[text].end(), [](auto &a, auto &b) { return a(1) < b(1); });
    return std::regex_match(text, pattern) + Heavy<N - 1>::run(text);
  }
};
template <int N> std::map<std::string, std::vector<Call>> Heavy<N>::calls;
template <> struct Heavy<0> { static int run(const std::string &) { return 0; } };
int PART(const char *text) { return Heavy<10>::run(text); }
"""
HEAVY = {
    "pyproject.toml": """
[build-system]
requires = ["setuptools", "pybind11"]
build-backend = "setuptools.build_meta"
[project]
name = "heavy"
version = "1"
""",
    "setup.py": """
from pybind11.setup_helpers import ParallelCompile
from setuptools import Extension, setup
ParallelCompile("NPY_NUM_BUILD_JOBS").install()
setup(packages=[], ext_modules=[Extension("heavy", ["module.cpp", "a.cpp", "b.cpp"])])
""",
    "module.cpp": """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "heavy", 0, -1, 0};
PyMODINIT_FUNC PyInit_heavy(void) { return PyModule_Create(&module); }
""",
    "a.cpp": HEAVY_SOURCE.replace("PART", "part_a"),
    "b.cpp": HEAVY_SOURCE.replace("PART", "part_b"),
}

# Four compilers at once, of which the kernel kills one.
_FOUR = ("a", "b", "c", "d")
HEAVY_FOUR = {
    **HEAVY,
    "setup.py": HEAVY["setup.py"].replace(
        '"a.cpp", "b.cpp"', ", ".join(f'"{one}.cpp"' for one in _FOUR)
    ),
    **{f"{one}.cpp": HEAVY_SOURCE.replace("PART", f"part_{one}") for one in _FOUR},
}

# Nothing is compiled of it, but of what it depends on.
OUTER = {
    "pyproject.toml": """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "outer"
version = "1"
dependencies = ["contourpy"]
""",
    "outer.py": "",
}

# Its steps take 300 MiB each and, killed, leave no word of it in the log.
SILENT = {
    "pyproject.toml": HEAVY["pyproject.toml"]
    .replace(', "pybind11"', "")
    .replace("heavy", "silent"),
    "setup.py": """
import os, subprocess, sys
from concurrent.futures import ThreadPoolExecutor
from setuptools import setup
def step(number):
    code = "import time; held = bytearray(b'x') * (300 << 20); time.sleep(4)"
    if subprocess.run([sys.executable, "-c", code]).returncode:
        sys.exit(f"step {number} did not work out")
if "bdist_wheel" in sys.argv:
    with ThreadPoolExecutor(int(os.environ.get("MAX_JOBS", "2"))) as pool:
        list(pool.map(step, range(2)))
setup(packages=[], py_modules=["silent"])
""",
    "silent.py": "",
}


# Each of its three steps holds so much that the group has room for a fourth of a file that it reads
# all the time. With one step at once there is room for all of it.
THRASHING = {
    "pyproject.toml": SILENT["pyproject.toml"].replace("silent", "thrashing"),
    "setup.py": """
import os, pathlib, subprocess, sys
from concurrent.futures import ThreadPoolExecutor
from setuptools import setup
LIMIT, SHARES, STEPS, GROUP = 0, 3, 3, ""
STEP = '''
import mmap, random, sys
held = bytearray(b"x") * int(sys.argv[1])
with open("data.bin", "rb") as file:
    pages = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
pages.madvise(mmap.MADV_RANDOM)
chosen = random.Random(1)
for _ in range(1_000_000):
    pages[chosen.randrange(len(pages))]
'''
def step(number):
    return subprocess.run([sys.executable, "-c", STEP, str(held)], check=True)
if "bdist_wheel" in sys.argv:
    with open("data.bin", "wb") as file:
        file.write(os.urandom(100 << 20))
        file.flush()
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    stat = pathlib.Path("/sys/fs/cgroup", GROUP, "memory.stat")
    fields = dict(line.split() for line in stat.read_text().splitlines())
    used = int(fields.get("total_rss", fields.get("anon")))
    held = (LIMIT - used - (60 << 20)) // SHARES
    with ThreadPoolExecutor(int(os.environ["MAX_JOBS"])) as pool:
        list(pool.map(step, range(STEPS)))
setup(packages=[], py_modules=["thrashing"])
""",
    "thrashing.py": "",
}


def thrashing(limit: int, shares: int) -> dict[str, str]:
    chosen = f"LIMIT, SHARES, STEPS, GROUP = {limit}, {shares}, {min(shares, 3)}, {GROUP!r}"
    setup = THRASHING["setup.py"].replace('LIMIT, SHARES, STEPS, GROUP = 0, 3, 3, ""', chosen)
    return {**THRASHING, "setup.py": setup}


class MemoryGroup:
    """A memory control group of this machine, gone on leaving the `with` block."""

    def __init__(self, limit: int):
        self.limit = limit
        self.controller = Path("/sys/fs/cgroup/memory")
        self.limit_file = "memory.limit_in_bytes"
        if not (self.controller / self.limit_file).is_file():
            self.controller, self.limit_file = self.controller.parent, "memory.max"
        self.folder = self.controller / GROUP

    def __enter__(self) -> MemoryGroup:
        try:
            self.folder.mkdir()
            (self.folder / self.limit_file).write_text(str(self.limit))
        except OSError as error:
            self.close()
            pytest.skip(f"no memory control group can be made here: {error}")
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End what is in it and remove it."""
        deadline = time.monotonic() + 10
        while self.folder.is_dir() and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                for pid in (self.folder / "cgroup.procs").read_text().split():
                    os.kill(int(pid), signal.SIGKILL)
            with contextlib.suppress(OSError):
                self.folder.rmdir()
            time.sleep(0.05)
        assert not self.folder.exists()

    @contextlib.contextmanager
    def seen_in(self, root: BareRoot) -> Iterator[None]:
        """Show the control groups of this machine in a root."""
        point = str(root.path(GROUPS_INSIDE))
        subprocess.run(["mount", "--bind", str(self.controller), point], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", "-l", point], check=False, stderr=subprocess.DEVNULL)

    def run(
        self, root: BareRoot, *argv: str, hidden: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of a root in the group; `hidden` does not let it see that it is in one."""
        enter = f"echo $$ > {GROUPS_INSIDE}/{self.folder.name}/cgroup.procs"
        leave = f" && umount -l {GROUPS_INSIDE}" if hidden else ""
        with self.seen_in(root):
            return root.run(["sh", "-c", f'{enter}{leave} && exec "$@"', "sh", *argv], timeout=600)


@pytest.fixture
def compiling_root(bed_layer: Callable[[str], Stack]) -> Iterator[BareRoot]:
    with BareRoot(command_layer("toolchain", bed_layer("trixie"), TOOLCHAIN)) as root:
        yield root


def fix(
    group: MemoryGroup, root: BareRoot, *words: str, hidden: bool = False
) -> tuple[int, dict[str, Any], str]:
    argv = (BUILDFIX, "-y", "--json", "--python", TARGET_PYTHON, *words)
    done = group.run(root, *argv, hidden=hidden)
    return done.returncode, json.loads(done.stdout), done.stderr


def jobs_of(report: Mapping[str, Any]) -> list[str]:
    return [attempt["env"]["MAX_JOBS"] for attempt in report["attempts"]]


def test_a_build_that_kills_plain_pip_is_finished_at_once(compiling_root: BareRoot) -> None:
    put(compiling_root, "/heavy", HEAVY)
    with MemoryGroup(640 * MIB) as group:
        argv = (TARGET_PYTHON, "-m", "pip", "install", "-v", "--no-cache-dir", "/heavy")
        plain = group.run(compiling_root, *argv)
        assert plain.returncode == 1
        assert "Killed signal terminated program cc1plus" in plain.stdout + plain.stderr
        code, report, told = fix(group, compiling_root, "/heavy")
        assert (code, report["outcome"], jobs_of(report)) == (0, "installed", ["1"]), told
        assert 300 * MIB < report["attempts"][0]["peak_rss"] < 900 * MIB
    assert compiling_root.run([TARGET_PYTHON, "-c", "import heavy"]).returncode == 0


@pytest.mark.skipif("BUILDFIX_LONG" not in os.environ, reason="long; BUILDFIX_LONG=1 runs it")
def test_a_real_project_of_meson_python_too(compiling_root: BareRoot) -> None:
    # ninja runs cores + 1 jobs; pybind11's part of contourpy takes 640 MiB.
    with MemoryGroup(800 * MIB) as group:
        argv = (TARGET_PYTHON, "-m", "pip", "install", "--no-cache-dir", "--no-binary", "contourpy")
        plain = group.run(compiling_root, *argv, "-v", "contourpy")
        assert plain.returncode == 1
        assert "Killed signal terminated program cc1plus" in plain.stdout + plain.stderr
        code, report, told = fix(group, compiling_root, "--from-source", "contourpy")
    assert (code, report["outcome"], jobs_of(report)) == (0, "installed", ["1"]), told
    assert "compile-args=-j1" in report["attempts"][0]["argv"]


def test_the_build_of_a_dependency_is_told_too(compiling_root: BareRoot) -> None:
    # pip's config settings do not reach it.
    put(compiling_root, "/outer", OUTER)
    with MemoryGroup(800 * MIB) as group:
        words = ("--no-binary", "contourpy")
        argv = (TARGET_PYTHON, "-m", "pip", "install", "--no-cache-dir", "-v", "/outer", *words)
        plain = group.run(compiling_root, *argv)
        assert plain.returncode == 1
        assert "Killed signal terminated program cc1plus" in plain.stdout + plain.stderr
        code, report, told = fix(group, compiling_root, "/outer", "--", *words)
    assert (code, report["outcome"], jobs_of(report)) == (0, "installed", ["1"]), told
    assert "compile-args=-j1" not in report["attempts"][0]["argv"]
    assert Path(report["attempts"][0]["env"]["NINJA"]).name == "ninja"
    (brought,) = (step for step in report["applied"] if "ninja-build" in step.get("packages", ()))
    assert {"kind": "tool-missing", "subject": "ninja"}.items() <= brought["because"][0].items()
    assert compiling_root.run([TARGET_PYTHON, "-c", "import contourpy"]).returncode == 0


def test_where_the_limit_is_not_seen_the_jobs_are_halved(compiling_root: BareRoot) -> None:
    put(compiling_root, "/heavy", HEAVY)
    with MemoryGroup(640 * MIB) as group:
        code, report, told = fix(group, compiling_root, "--jobs", "2", "/heavy", hidden=True)
    assert (code, report["outcome"], jobs_of(report)) == (0, "installed", ["2", "1"]), told
    cause = report["attempts"][0]["diagnosis"]["cause"]
    assert (cause["kind"], cause["subject"]) == ("out-of-memory", "cc1plus")
    assert report["applied"][0]["variables"]["MAX_JOBS"] == "1"


def test_of_four_compilers_one_is_killed_and_two_run_on(compiling_root: BareRoot) -> None:
    put(compiling_root, "/heavy", HEAVY_FOUR)
    with MemoryGroup(1200 * MIB) as group:
        code, report, told = fix(group, compiling_root, "--jobs", "4", "/heavy", hidden=True)
    assert (code, report["outcome"], jobs_of(report)) == (0, "installed", ["4", "2"]), told
    cause = report["attempts"][0]["diagnosis"]["cause"]
    assert (cause["kind"], cause["subject"]) == ("out-of-memory", "cc1plus")
    assert report["applied"][0]["variables"]["MAX_JOBS"] == "2"


def test_what_was_killed_without_a_word_shows_in_the_groups_counter(bare_root: BareRoot) -> None:
    put(bare_root, "/silent", SILENT)
    with MemoryGroup(500 * MIB) as group:
        code, report, told = fix(group, bare_root, "--jobs", "2", "/silent")
    assert (code, jobs_of(report)) == (0, ["2", "1"]), told
    assert report["attempts"][0]["diagnosis"]["cause"]["kind"] == "out-of-memory"


def test_a_build_that_thrashes_goes_on_with_fewer_jobs(bare_root: BareRoot) -> None:
    put(bare_root, "/thrashing", thrashing(700 * MIB, 3))
    with MemoryGroup(700 * MIB) as group:
        code, report, told = fix(group, bare_root, "--jobs", "3", "/thrashing")
    assert (code, jobs_of(report)) == (0, ["3", "1"]), told
    diagnosis = report["attempts"][0]["diagnosis"]
    assert diagnosis["cause"]["kind"] == "out-of-memory"
    assert "memory was too low to make progress" in report["applied"][0]["summary"]
    assert 30 < report["attempts"][0]["seconds"] < 200


def test_one_job_that_thrashes_is_told_with_what_it_needs(bare_root: BareRoot) -> None:
    put(bare_root, "/thrashing", thrashing(700 * MIB, 1))
    with MemoryGroup(700 * MIB) as group:
        code, report, told = fix(group, bare_root, "--jobs", "1", "/thrashing")
    assert (code, report["outcome"], jobs_of(report)) == (4, "person-needed", ["1"]), told
    assert "made no progress for 30 seconds" in report["reason"]
    assert "GiB of memory or swap" in report["todo"][0]["summary"]


def test_a_cold_disk_and_a_busy_processor_are_no_thrashing(bare_root: BareRoot) -> None:
    # Five steps' shares of what there is: three fit. Each page of the file is read first from disk.
    put(bare_root, "/thrashing", thrashing(900 * MIB, 5))
    spins = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(4)]
    try:
        with MemoryGroup(900 * MIB) as group:
            code, report, told = fix(group, bare_root, "--jobs", "3", "/thrashing")
    finally:
        for spin in spins:
            spin.kill()
            spin.wait()
    assert (code, jobs_of(report)) == (0, ["3"]), told


def test_too_little_for_one_job_is_told_with_what_is_needed(bare_root: BareRoot) -> None:
    put(bare_root, "/silent", SILENT)
    with MemoryGroup(250 * MIB) as group:
        code, report, told = fix(group, bare_root, "/silent")
    assert (code, report["outcome"], jobs_of(report)) == (4, "person-needed", ["1"]), told
    assert "Only one job was running" in report["reason"]
    assert "GiB of memory or swap" in report["todo"][0]["summary"]
