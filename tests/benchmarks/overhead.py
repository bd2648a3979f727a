"""`python -m tests.benchmarks.overhead`: what buildfix adds to pip where nothing is missing.

Installs a tiny wheel from a local folder into a fresh environment, by pip and by buildfix in turn
(buildfix from its wheel with its bytecode, as users have it), and prints the medians of wall time
and of the processor time of all processes; then the same for `buildfix --version`.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.bed import build_wheel

ROUNDS = 9
NAME = "buildfix_tiny"


class Spent(NamedTuple):
    """Seconds that a command takes."""

    wall: float
    processor: float
    """Of all its processes."""


def main() -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder, "buildfix")
        venv.create(own, with_pip=True)
        buildfix = [str(own / "bin" / "python"), "-m", "buildfix"]
        install = ("-m", "pip", "install", "-q", str(build_wheel(Path(folder, "wheel"))))
        run([buildfix[0], *install])
        target = Path(folder, "v")
        venv.create(target, with_pip=True)
        python = str(target / "bin" / "python")
        make_wheel(Path(folder))
        local = ("--no-index", "--find-links", folder)
        by_pip = [python, "-m", "pip", "install", "--no-cache-dir", "-v", *local, NAME]
        by_buildfix = [*buildfix, "-y", "--python", python, NAME, "--", *local]
        spent: dict[str, list[Spent]] = {"pip": [], "buildfix": [], "--version": []}
        for _ in range(ROUNDS):
            for name, argv in (("pip", by_pip), ("buildfix", by_buildfix)):
                spent[name].append(timed(argv))
                run([python, "-m", "pip", "uninstall", "-y", NAME])
            spent["--version"].append(timed([*buildfix, "--version"]))
    pip, both, version = (middle(spent[name]) for name in ("pip", "buildfix", "--version"))
    added = Spent(both.wall - pip.wall, both.processor - pip.processor)
    print("                       wall  processor")
    for title, one in (
        ("pip alone", pip),
        ("the same by buildfix", both),
        ("added", added),
        ("buildfix --version", version),
    ):
        print(f"{title:20} {one.wall:6.3f} s {one.processor:8.3f} s")
    return 0


def make_wheel(folder: Path) -> None:
    """Write a wheel with one pure module (PEP 427)."""
    info = f"{NAME}-1.dist-info"
    files = {
        f"{NAME}.py": "",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(folder / f"{NAME}-1-py3-none-any.whl", "w") as wheel:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(name, text)


def middle(spent: Sequence[Spent]) -> Spent:
    """Return the medians."""
    return Spent(
        statistics.median(one.wall for one in spent),
        statistics.median(one.processor for one in spent),
    )


def timed(argv: Sequence[str]) -> Spent:
    """Return what a command takes; raises CalledProcessError where it fails."""
    started, before = time.perf_counter(), of_children()
    run(argv)
    return Spent(time.perf_counter() - started, of_children() - before)


def of_children() -> float:
    """Return the processor time of all processes that have ended below this one."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run(argv: Sequence[str]) -> None:
    """Run a command quietly; raises CalledProcessError where it fails."""
    env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # a user's buildfix has its bytecode
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, env=env)


if __name__ == "__main__":
    sys.exit(main())
