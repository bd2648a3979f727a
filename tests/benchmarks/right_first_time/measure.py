"""Builds a project in one way in a fresh root, and says what it took and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from tests.acceptance.report import parse
from tests.acceptance.runner import (
    Ended,
    buildfix_command,
    keep_attempts,
    pip_command,
    prove,
    summary,
    system_packages,
    timed,
)
from tests.bed import TARGET_PYTHON, BareRoot, Stack
from tests.bed.roots import TOOLCHAIN_PACKAGES
from tests.benchmarks.right_first_time.cells import Cell
from tests.benchmarks.right_first_time.projects import Project

_VERSION = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"
_KIB, _MB = 1024, 10**6
# How pip sums up: the cause stands before.
_PIPS_OWN = ("error: subprocess-exited", "error: metadata-gen", "error: failed", "error: could not")


@dataclass(frozen=True)
class Command:
    """One command of a way to build; the installer's failures are failed builds."""

    label: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    installs: bool = False


@dataclass(frozen=True)
class Course:
    """What became of a way's commands, one after the other until one failed."""

    works: bool
    failed_builds: int
    parts: Mapping[str, float]
    seconds: float
    detail: str = ""


Way = Callable[[BareRoot, Project, Path, float], Course]
"""Builds a project in an open root, logging to a folder, within so many seconds."""


@dataclass(frozen=True)
class Column:
    """A way to build, and the root that it begins in."""

    name: str
    stack: Stack
    way: Way
    covers: Callable[[Project], bool]
    """Whether the way knows the project at all; a cell is measured only then."""
    python: str = TARGET_PYTHON
    """The interpreter that it installs for."""


def measure(column: Column, project: Project, logs: Path, limit: float) -> Cell:
    """Measure one cell in a fresh root; raises `BedError` where the bed itself breaks."""
    with BareRoot(column.stack) as root:
        before = system_packages(root)
        course = column.way(root, project, logs, limit)
        proven, said = prove(root, project.package, logs, column.python)
        after = system_packages(root)
        asked = [column.python, "-I", "-c", _VERSION, project.name]
        new = sorted(after.keys() - before.keys())
        return Cell(
            suite=column.stack.suite,
            column=column.name,
            project=project.name,
            success=course.works and proven,
            failed_builds=course.failed_builds,
            seconds=round(course.seconds, 1),
            packages=len(new),
            installed_mb=round(sum(after[name] for name in new) * _KIB / _MB, 1),
            download_mb=round(_archive_bytes(root, new) / _MB, 1),
            version=root.run(asked).stdout.strip(),
            detail=course.detail or said,
            parts={label: round(seconds, 1) for label, seconds in course.parts.items()},
            date=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        )


def run_commands(root: BareRoot, commands: Sequence[Command], logs: Path, limit: float) -> Course:
    """Run commands until one fails."""
    parts: dict[str, float] = {}
    for command in commands:
        left = limit - sum(parts.values())
        ended = timed(root, command.argv, logs, command.label, left, command.env)
        parts[command.label] = ended.seconds
        if ended.returncode:
            detail = f"{command.label}: {_words(ended)}"
            return Course(False, int(command.installs), parts, sum(parts.values()), detail)
    return Course(True, 0, parts, sum(parts.values()))


def pip(project: Project) -> Command:
    """Return the plain installation from source."""
    return Command("pip", pip_command(project.name), installs=True)


def apt(packages: Sequence[str]) -> list[Command]:
    """Return how one installs Debian packages: the lists first, then one transaction."""
    if not packages:
        return []
    install = ("apt-get", "install", "--no-install-recommends", "-y", *packages)
    return [Command("update", ("apt-get", "update")), Command("apt", install)]


def by_pip(root: BareRoot, project: Project, logs: Path, limit: float) -> Course:
    """Install as one does at first."""
    return run_commands(root, [pip(project)], logs, limit)


def by_toolchain(root: BareRoot, project: Project, logs: Path, limit: float) -> Course:
    """Install as one is usually told to; apt's seconds count here as everywhere."""
    return run_commands(root, [*apt(TOOLCHAIN_PACKAGES), pip(project)], logs, limit)


def by_oracle(root: BareRoot, project: Project, logs: Path, limit: float) -> Course:
    """Install as one does who knows all that is needed."""
    known = project.known[root.stack.suite]
    argv = pip_command(project.name, *known.pip)
    last = Command("pip", argv, known.env, installs=True)
    return run_commands(root, [*apt(known.transaction), last], logs, limit)


def by_buildfix(root: BareRoot, project: Project, logs: Path, limit: float) -> Course:
    """Install with buildfix, which knows no more than the name."""
    ended = timed(root, buildfix_command(project.name), logs, "buildfix", limit)
    report = parse(ended.stdout)
    keep_attempts(root, report, logs)
    told = report.document.get("seconds", {})
    parts = {label: float(told[label]) for label in told if label != "total"}
    works = ended.returncode == 0 and report.outcome == "installed"
    return Course(works, report.failed_builds, parts, ended.seconds, summary(ended, report))


def _archive_bytes(root: BareRoot, packages: Sequence[str]) -> int:
    """Return how many bytes apt had to fetch for these packages, as its lists say."""
    if not packages:
        return 0
    shown = root.run(["apt-cache", "show", "--no-all-versions", *packages]).stdout
    sizes = (line.partition(": ") for line in shown.splitlines())
    return sum(int(size) for name, _, size in sizes if name == "Size")


def _words(ended: Ended) -> str:
    """Return the line that says most of why a command failed."""
    said = [line.strip() for line in (ended.stdout + ended.stderr).splitlines() if line.strip()]
    marks = ("error:", "e:", "fatal", "panic")
    errors = [line for line in said if line.lower().startswith(marks) or "fatal error:" in line]
    telling = [line for line in errors if not line.lower().startswith(_PIPS_OWN)]
    return (telling[:1] or errors[-1:] or said[-1:] or [f"exit {ended.returncode}"])[0][:200]
