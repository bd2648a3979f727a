"""`python -m tests.benchmarks.parallel [ROUNDS]`: what parallel jobs gain over plain pip.

Builds a setuptools project of six C++ extension modules, two sources each, by pip and by buildfix
in turn, each into a fresh folder, and prints wall and processor seconds and their ratio. Other load
on the machine falls on both alike; the ratio is taken round by round, and its median is told.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from buildfix.machines.local import LocalMachine
from buildfix.platforms.operating_systems import THIS

ROUNDS = 3
MODULES = 6
PROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "many"
version = "1"
"""
SETUP = f"""
from setuptools import Extension, setup
parts = [Extension(f"many{{n}}", [f"many{{n}}.cpp", f"work{{n}}.cpp"]) for n in range({MODULES})]
setup(packages=[], ext_modules=parts)
"""
MODULE = """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "manyN", 0, -1, 0};
PyMODINIT_FUNC PyInit_manyN(void) { return PyModule_Create(&module); }
"""
WORK = """
#include <algorithm>
#include <map>
#include <regex>
#include <string>
#include <vector>
int workN(const std::string &text, std::vector<std::string> &found) {
  std::map<std::string, std::vector<int>> places;
  std::regex words("(\\\\w+)\\\\s+N");
  for (std::sregex_iterator at(text.begin(), text.end(), words), end; at != end; ++at) {
    found.push_back((*at)[1]);
    places[(*at)[1]].push_back((*at).position());
  }
  std::sort(found.begin(), found.end());
  return places.size();
}
"""


@dataclass(frozen=True)
class Cost:
    """What a command took, in seconds."""

    wall: float
    processor: float
    """User and system time of it and all its children."""


def main(argv: Sequence[str]) -> int:
    """Measure and print; returns 1 where parallel jobs gain nothing though there are cores."""
    rounds = int(argv[0]) if argv else ROUNDS
    may_use = THIS.capacity(LocalMachine())
    with tempfile.TemporaryDirectory() as folder:
        pairs = list(measured(Path(folder), rounds))
    print(f"{may_use.cores} cores, {(may_use.available or 0) >> 20} MiB free, {rounds} rounds")
    for name, costs in zip(("plain pip", "buildfix"), zip(*pairs, strict=True), strict=True):
        wall = statistics.median(cost.wall for cost in costs)
        processor = statistics.median(cost.processor for cost in costs)
        print(f"{name:<10} wall {wall:6.1f} s   user+sys {processor:6.1f} s")
    gain = statistics.median(plain.wall / ours.wall for plain, ours in pairs)
    print(f"plain pip takes {gain:.2f} times as long")
    return 1 if may_use.cores > 1 and gain < 1.1 else 0


def measured(folder: Path, rounds: int) -> Iterator[tuple[Cost, Cost]]:
    """Yield what pip and buildfix took, round after round, each first in every other one."""
    venv.create(folder / "v", with_pip=True)
    python = str(folder / "v/bin/python")
    run([python, "-m", "pip", "install", "-q", "setuptools"])
    project = folder / "many"
    write_project(project)
    common = ("--no-build-isolation", "--no-deps", "--force-reinstall")
    pip = [python, "-m", "pip", "install", "--no-cache-dir", "-v", *common, str(project)]
    ours = [sys.executable, "-m", "buildfix", "-y", "--python", python, str(project), "--", *common]
    for number in range(rounds):
        turns = [pip, ours] if number % 2 == 0 else [ours, pip]
        costs = {id(argv): timed(argv, project) for argv in turns}
        yield costs[id(pip)], costs[id(ours)]


def write_project(project: Path) -> None:
    """Write the sources."""
    project.mkdir()
    (project / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (project / "setup.py").write_text(SETUP, encoding="utf-8")
    for number in range(MODULES):
        for name, text in (("many", MODULE), ("work", WORK)):
            source = text.replace("manyN", f"many{number}").replace("workN", f"work{number}")
            (project / f"{name}{number}.cpp").write_text(source, encoding="utf-8")


def timed(argv: Sequence[str], project: Path) -> Cost:
    """Return what a command takes, nothing being built yet; raises CalledProcessError."""
    for left in (*project.glob("build"), *project.glob("*.egg-info")):
        shutil.rmtree(left)
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    run(argv)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, spent)


def run(argv: Sequence[str]) -> None:
    """Run a command quietly; raises CalledProcessError where it fails."""
    env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    quiet = subprocess.DEVNULL
    subprocess.run(argv, check=True, stdout=quiet, stderr=quiet, env=env)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
