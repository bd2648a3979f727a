"""What was seen of the long cases: a JSON line for each run, a table of the last ones."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from tests.acceptance.markdown import line
from tests.acceptance.runner import TIMED_OUT, BuildfixRun
from tests.real.long.cases import Case

RESULTS = Path(__file__).with_name("results.jsonl")
MIB = 2**20
TITLE = "# The long cases"
HEAD = (
    *("project", "root", "what stood in the way", "what was done", "runs of pip", "failed builds"),
    *("seconds", "peak MiB", "outcome", "when, commit"),
)


@dataclass(frozen=True)
class Result:
    """One run of a case."""

    case: str
    suite: str
    date: str
    commit: str
    expected: bool
    """Whether it ended as the table of cases says."""
    outcome: str
    returncode: int
    seconds: float
    attempts: int
    failed_builds: int
    done: tuple[str, ...]
    """What was applied, briefly."""
    causes: tuple[str, ...]
    version: str
    peak_mib: int
    """The most memory that an attempt's processes held at once."""
    detail: str

    @property
    def identity(self) -> tuple[str, str]:
        """What it is a result of."""
        return self.case, self.suite


def result_of(case: Case, run: BuildfixRun, date: str, commit: str) -> Result:
    """Return what is kept of a run."""
    document = run.report.document
    attempts = document.get("attempts") or ()
    verified = document.get("verified") or {}
    peaks = [attempt.get("peak_rss") or 0 for attempt in attempts]
    return Result(
        case=case.name,
        suite=case.suite,
        date=date,
        commit=commit,
        expected=case.holds(run),
        outcome=run.report.outcome,
        returncode=run.returncode,
        seconds=round(run.seconds, 1),
        attempts=len(attempts),
        failed_builds=run.report.failed_builds,
        done=tuple(_done(document)),
        causes=run.report.causes,
        version=verified.get("version") or "",
        peak_mib=max(peaks, default=0) // MIB,
        detail="" if case.holds(run) and not case.exit else run.detail,
    )


def read(path: Path) -> list[Result]:
    """Return the results of a file, oldest first; none where there is no file yet."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else ()
    return [_result(json.loads(line)) for line in lines]


def append(path: Path, result: Result) -> None:
    """Add a result to a file."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(result)) + "\n")


def latest(results: Iterable[Result]) -> dict[tuple[str, str], Result]:
    """Return the last result of each case."""
    return {result.identity: result for result in results}


def render(cases: Sequence[Case], results: Iterable[Result]) -> str:
    """Return the table of the cases that have a result."""
    last = latest(results)
    seen = [
        (case, last[case.name, case.suite]) for case in cases if (case.name, case.suite) in last
    ]
    good = sum(result.expected for _, result in seen)
    waiting = [case.id for case in cases if (case.name, case.suite) not in last]
    lines = [
        TITLE,
        "",
        "Made by `python -m tests.real.long`: `buildfix --yes` in a fresh bare Debian each,",
        "with the flags of [cases.toml](cases.toml), on two cores that other work shared.",
        f"{good} of {len(seen)} ended as expected; {len(waiting)} have not been run.",
        "",
        line(HEAD),
        line(["---"] * len(HEAD)),
        *(line(_cells(case, result)) for case, result in seen),
        *(["", f"Not run: {', '.join(waiting)}."] if waiting else []),
    ]
    return "\n".join(lines) + "\n"


def _cells(case: Case, result: Result) -> list[str]:
    what = f"{result.case} ({result.version})" if result.version else result.case
    words = [] if result.returncode == TIMED_OUT else [result.outcome]
    ended = ", ".join((*words, *filter(None, [result.detail])))
    return [
        what,
        result.suite,
        case.obstacle,
        "; ".join(result.done) or "-",
        str(result.attempts),
        str(result.failed_builds),
        f"{result.seconds:.0f}",
        str(result.peak_mib or "-"),
        ended if result.expected else f"**not as expected**: {ended}",
        f"{result.date}, {result.commit}",
    ]


def _done(document: Mapping[str, Any]) -> Iterator[str]:
    """Tell each step that was applied in a few words, or what is left to a person."""
    for step in document.get("applied") or ():
        yield _told(step)
    for step in document.get("todo") or ():
        yield f"proposed: {_told(step)}"


def _told(step: Mapping[str, Any]) -> str:
    kind = step.get("kind")
    if kind == "packages":
        return str(step["summary"]).removeprefix("Install ")
    if kind == "environment":
        return ", ".join(step["variables"])
    if kind == "installer":
        words = (step.get(key) or () for key in ("constraints", "pins", "rebuild", "unisolated"))
        return ", ".join(word for group in words for word in group) or str(step["summary"])
    return str(step.get("summary"))


def _result(document: Mapping[str, Any]) -> Result:
    told = {field.name: document[field.name] for field in fields(Result)}
    return Result(**{**told, "done": tuple(told["done"]), "causes": tuple(told["causes"])})
