"""The cases of the corpus, and whether a diagnosis is right for one."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from buildfix.core import Diagnosis

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CORPUS = Path(__file__).parent.parent / "corpus"


@dataclass(frozen=True)
class Case:
    """A log and what is right for it."""

    path: Path
    system: str
    theme: str
    causes: tuple[str, ...]
    lines: tuple[int, ...]
    origin: str
    project: str | None = None
    also: tuple[str, ...] = ()
    decoy: bool = False

    @property
    def name(self) -> str:
        return f"{self.system}/{self.path.name}"

    @property
    def kind(self) -> str:
        """The kind of cause that is right, or `none`."""
        return _kind(self.causes[0]) if self.causes else "none"

    def folded(self) -> Case:
        """Return the case with what is right for it in lower case."""
        return replace(self, causes=tuple(name.lower() for name in self.causes))

    def data(self) -> bytes:
        """Return the log as it lies on disk, unpacked."""
        raw = self.path.read_bytes()
        return gzip.decompress(raw) if self.path.suffix == ".gz" else raw


@dataclass(frozen=True)
class Score:
    """What of a diagnosis is right."""

    kind: bool
    subject: bool
    line: bool

    @property
    def right(self) -> bool:
        return self.kind and self.subject and self.line


def load_cases(only: str = "") -> Iterator[Case]:
    """Yield the cases whose name or theme contains `only`."""
    for index in sorted(CORPUS.glob("*/*.toml")):
        for row in tomllib.loads(index.read_text(encoding="utf-8"))["case"]:
            case = Case(
                path=index.parent / row["log"],
                system=index.parent.name,
                theme=index.stem,
                causes=tuple(row["causes"]),
                lines=tuple(row["lines"]),
                origin=row["origin"],
                project=row.get("project"),
                also=tuple(row.get("also", ())),
                decoy=row.get("decoy", False),
            )
            if only in case.name or only in case.theme:
                yield case


@dataclass(frozen=True)
class Answer:
    """What a tool says of a log: how it names the cause, and the lines it points at."""

    failed: bool
    names: tuple[str, ...] = ()
    """`kind:subject`, any of which may be meant."""
    lines: tuple[int, ...] = ()


def answer(diagnosis: Diagnosis) -> Answer:
    """Return a diagnosis in the form that is scored."""
    cause = diagnosis.cause
    if cause is None:
        return Answer(diagnosis.failed)
    return Answer(diagnosis.failed, (f"{cause.kind}:{cause.subject}",), (cause.line,))


def score(case: Case, diagnosis: Diagnosis) -> Score:
    """Return what of a diagnosis is right for a case."""
    return score_answer(case, answer(diagnosis))


def score_answer(case: Case, given: Answer) -> Score:
    """Return what of an answer is right for a case."""
    if not case.causes:
        return Score(not given.failed, not given.failed, not given.failed)
    return Score(
        kind=any(_kind(name) == _kind(right) for name in given.names for right in case.causes),
        subject=any(fnmatchcase(name, right) for name in given.names for right in case.causes),
        line=any(line in case.lines for line in given.lines),
    )


def _kind(name: str) -> str:
    return name.partition(":")[0]
