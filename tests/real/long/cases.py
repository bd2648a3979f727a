"""The table of long cases, as typed objects."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.acceptance.runner import BuildfixRun, run_buildfix
from tests.acceptance.table import Package
from tests.bed import SUITES, BareRoot, Stack
from tests.real.projects import PROJECTS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLE = Path(__file__).with_name("cases.toml")
FOLDER = "/project"
_LIMIT_SECONDS = 1200.0
_KEYS = {
    *("name", "suites", "project", "modules", "obstacle", "flags", "outcome", "exit", "cause"),
    *("request", "programs", "env", "installs", "failed-builds", "limit"),
}


@dataclass(frozen=True)
class Case:
    """One project in one bare root, and what is expected of buildfix there."""

    name: str
    """What is asked for: a requirement, or a name for a project of `tests.real.projects`."""
    suite: str
    obstacle: str
    """What stands in the way there, in words."""
    modules: tuple[str, ...] = ()
    programs: tuple[tuple[str, ...], ...] = ()
    request: str | None = None
    """What is asked for, where the name says more than that."""
    project: str | None = None
    flags: tuple[str, ...] = ("--from-source",)
    outcome: str = "installed"
    exit: int = 0
    cause: str | None = None
    """`kind:subject` of a cause that has to be named on the way."""
    env: Mapping[str, str] = field(default_factory=dict)
    """What the person has set, such as `CMAKE_ARGS`."""
    installs: tuple[str, ...] = ()
    """System packages that an expert would install first, and that have to be installed."""
    failed_builds: int | None = None
    """How many builds may fail on the way; None: any number."""
    limit: float = _LIMIT_SECONDS
    """Seconds until it is given up."""

    @property
    def id(self) -> str:
        """Its name in results and on the command line's output."""
        return f"{self.name} on {self.suite}"

    def run(self, stack: Stack, logs: Path) -> BuildfixRun:
        """Put it through buildfix in a fresh root."""
        asked = FOLDER if self.project else self.request or self.name
        package = Package(asked, compiled=True, modules=self.modules, programs=self.programs)
        return run_buildfix(
            stack,
            package,
            logs,
            words=self.flags,
            limit=self.limit,
            env=self.env,
            prepare=self._put_project,
        )

    def holds(self, run: BuildfixRun) -> bool:
        """Say whether a run ended as expected; a success only where the modules import, too."""
        ended = (run.returncode, run.report.outcome) == (self.exit, self.outcome)
        named = self.cause is None or self.cause in run.report.causes
        works = run.works or self.outcome != "installed"
        return ended and named and works and self._as_an_expert(run)

    def _as_an_expert(self, run: BuildfixRun) -> bool:
        few = self.failed_builds is None or run.report.failed_builds <= self.failed_builds
        return few and set(self.installs) <= set(run.new_packages)

    def _put_project(self, root: BareRoot) -> None:
        for name, text in PROJECTS[self.project].items() if self.project else ():
            path = root.path(FOLDER) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def load(path: Path = TABLE) -> tuple[Case, ...]:
    """Read the table, one case per suite; a misspelt key or an unknown suite is an error."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["case"]
    return tuple(case for entry in entries for case in _cases(entry))


def select(cases: Iterable[Case], names: Iterable[str], suite: str | None) -> list[Case]:
    """Return the cases of these names, or all, of one suite, or all; raises ValueError."""
    known, wanted = tuple(cases), set(names)
    if unknown := wanted - {case.name for case in known}:
        raise ValueError(f"not in the table: {', '.join(sorted(unknown))}")
    return [
        case
        for case in known
        if case.name in (wanted or {case.name}) and case.suite == (suite or case.suite)
    ]


def _cases(entry: dict[str, Any]) -> Iterable[Case]:
    if unknown := set(entry) - _KEYS:
        raise ValueError(f"{entry.get('name')}: unknown keys {sorted(unknown)}")
    if unknown := set(entry["suites"]) - set(SUITES):
        raise ValueError(f"{entry['name']}: unknown suites {sorted(unknown)}")
    told = {key.replace("-", "_"): value for key, value in entry.items() if key != "suites"}
    for key in {"modules", "flags", "installs"} & set(told):
        told[key] = tuple(told[key])
    told["programs"] = tuple(map(tuple, told.get("programs", ())))
    for suite, obstacle in entry["suites"].items():
        case = Case(**{**told, "suite": suite, "obstacle": obstacle})
        if case.outcome == "installed" and not case.modules:
            raise ValueError(f"{case.name}: no modules to prove it")
        yield case
