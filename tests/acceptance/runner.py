"""Puts one package through buildfix, or through plain pip, in a fresh root, and judges the end."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tests.acceptance.report import Report, parse
from tests.acceptance.table import Package
from tests.bed import BUILDFIX, TARGET_PYTHON, BareRoot, BedError, Stack

LIMIT_SECONDS = 900.0
PROOF_SECONDS = 120.0
TIMED_OUT = 124
_R = TypeVar("_R", bound="Run")
_IMPORT = """\
import importlib, sys
for name in sys.argv[1:]:
    module = importlib.import_module(name)
    print(name, getattr(module, "__file__", None))
"""


@dataclass(frozen=True)
class Ended:
    """A command's end, with how long it took."""

    returncode: int
    stdout: str
    stderr: str
    seconds: float


@dataclass(frozen=True)
class Run:
    """One package in one column of the table."""

    package: Package
    works: bool
    seconds: float
    detail: str = ""


@dataclass(frozen=True)
class BuildfixRun(Run):
    """One package put through buildfix: its own report, and what the root then shows."""

    returncode: int = -1
    report: Report = field(default_factory=lambda: Report("-"))
    new_packages: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Tell whether buildfix claims success and the modules import indeed."""
        return self.returncode == 0 and self.report.outcome == "installed" and self.works


def new_logs(command: str) -> Path:
    """Return a folder for the logs of one run of a command; the first of them makes it."""
    return Path(tempfile.gettempdir(), f"buildfix-{command}-{time.time():.0f}-{os.getpid()}")


def run_pip(stack: Stack, package: Package, logs: Path) -> Run:
    """Install a package from source with plain pip, as one does by hand."""

    def attempt(root: BareRoot) -> Run:
        ended = timed(root, pip_command(package.name), logs)
        works, proof = prove(root, package, logs)
        return Run(package, ended.returncode == 0 and works, ended.seconds, proof)

    return _in_fresh_root(stack, attempt, lambda reason: Run(package, False, 0.0, reason))


def run_buildfix(
    stack: Stack,
    package: Package,
    logs: Path,
    *,
    words: Sequence[str] = ("--from-source",),
    limit: float = LIMIT_SECONDS,
    env: Mapping[str, str] | None = None,
    prepare: Callable[[BareRoot], None] | None = None,
) -> BuildfixRun:
    """Install a package with buildfix, unattended, with these words of its own.

    It is given `limit` seconds and the variables `env`; what `prepare` puts into the root is there
    before.
    """

    def attempt(root: BareRoot) -> BuildfixRun:
        if prepare:
            prepare(root)
        before = system_packages(root)
        ended = timed(root, buildfix_command(package.name, words), logs, limit=limit, env=env)
        works, proof = prove(root, package, logs)
        report = parse(ended.stdout)
        keep_attempts(root, report, logs)
        return BuildfixRun(
            package,
            works,
            ended.seconds,
            summary(ended, report) or proof,
            returncode=ended.returncode,
            report=report,
            new_packages=tuple(sorted(system_packages(root).keys() - before.keys())),
        )

    return _in_fresh_root(stack, attempt, lambda reason: BuildfixRun(package, False, 0.0, reason))


def pip_command(name: str, *more: str) -> list[str]:
    """Return how one installs a project from source with plain pip."""
    pip = (TARGET_PYTHON, "-m", "pip", "install", "--no-cache-dir")
    return [*pip, *more, "--no-binary", name, name]


def buildfix_command(name: str, words: Sequence[str] = ("--from-source",)) -> list[str]:
    """Return how one does so with buildfix, unattended, with these words of its own."""
    return [BUILDFIX, "fix", "--yes", "--json", *words, "--python", TARGET_PYTHON, name]


def prove(
    root: BareRoot, package: Package, logs: Path, python: str = TARGET_PYTHON
) -> tuple[bool, str]:
    """Import the table's modules and run its programs, in fresh processes; say what fails."""
    commands = [[str(Path(python).with_name(p[0])), *p[1:]] for p in package.programs]
    if package.modules:
        commands.append([python, "-I", "-c", _IMPORT, *package.modules])
    for number, argv in enumerate(commands, 1):
        ended = timed(root, argv, logs, f"proof-{number}", PROOF_SECONDS)
        if ended.returncode:
            said = (ended.stderr or ended.stdout).strip().splitlines()
            return False, said[-1] if said else f"exit {ended.returncode}"
    return True, ""


def _in_fresh_root(
    stack: Stack, attempt: Callable[[BareRoot], _R], broken: Callable[[str], _R]
) -> _R:
    """Run something in a fresh root; a bed that breaks spoils one cell, not the table."""
    try:
        with BareRoot(stack) as root:
            return attempt(root)
    except (BedError, OSError) as error:
        return broken(f"bed: {error}".splitlines()[0])


def timed(
    root: BareRoot,
    argv: Sequence[str],
    logs: Path,
    label: str = "run",
    limit: float = LIMIT_SECONDS,
    env: Mapping[str, str] | None = None,
) -> Ended:
    """Run a command, keep its output below `logs`, and tell a time-out by its exit code."""
    begun = time.monotonic()
    try:
        done = root.run(argv, env=env, timeout=limit)
        code, out, err = done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired as error:
        code, out, err = TIMED_OUT, str(error.output or ""), str(error.stderr or "")
    seconds = time.monotonic() - begun
    logs.mkdir(parents=True, exist_ok=True)
    (logs / f"{label}.stdout").write_text(out, encoding="utf-8")
    (logs / f"{label}.stderr").write_text(err, encoding="utf-8")
    about = {"argv": list(argv), "returncode": code, "seconds": round(seconds, 2)}
    (logs / f"{label}.json").write_text(json.dumps(about, indent=1), encoding="utf-8")
    return Ended(code, out, err, seconds)


def system_packages(root: BareRoot) -> dict[str, int]:
    """Return the Debian packages that are installed, not merely known, each with its KiB."""
    asked = "${db:Status-Status} ${Package} ${Installed-Size}\\n"
    lines = (line.split() for line in root.check(["dpkg-query", "-W", "-f", asked]).splitlines())
    return {words[1]: int(words[2]) for words in lines if words[0] == "installed"}


def keep_attempts(root: BareRoot, report: Report, logs: Path) -> None:
    """Copy the attempts' logs out of the root before it goes."""
    for number, log in enumerate(report.logs, 1):
        inside = root.path(log)
        if inside.is_file() and not inside.is_symlink():
            shutil.copyfile(inside, logs / f"attempt-{number}.log")


def summary(ended: Ended, report: Report) -> str:
    """Say in a line why buildfix's run did not succeed; nothing where it did."""
    if ended.returncode == 0:
        return ""
    if ended.returncode == TIMED_OUT:
        return f"time limit after {ended.seconds:.0f} s"
    said = [line for line in ended.stderr.splitlines() if line.strip()]
    return report.causes[-1] if report.causes else (said[-1] if said else "no word")
