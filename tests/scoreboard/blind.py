"""Run by `python -m tests.scoreboard.blind`: strangers' logs, labeled before they were first read.

Each folder of `tests/scoreboard/blind/` is a batch: recomposed logs, and `batch.toml` with the
labels and the pages that tell the facts. Prints each wrong case, the sums by system, and how
often the confidence of each reader is deserved; `--first` names another folder, to score a batch
for the first time.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

from buildfix.catalog import Knowledge
from buildfix.core import Diagnosis
from buildfix.diagnosis.logs.certainty import SURE
from buildfix.diagnosis.logs.read import decoded
from buildfix.diagnosis.second_reader import read_log
from tests.scoreboard.cases import Case, Score, answer, score
from tests.scoreboard.consultant import Consultant
from tests.scoreboard.speed import text_of

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BATCHES = Path(__file__).parent / "blind"


@dataclass(frozen=True)
class Read:
    """A case, and what buildfix says of it."""

    case: Case
    diagnosis: Diagnosis
    score: Score

    @property
    def confidently_wrong(self) -> bool:
        """Whether another cause is named without a doubt; an unknown one is no claim."""
        cause = self.diagnosis.cause
        named = cause is not None and cause.kind != "unknown" and cause.confidence >= SURE
        return named and not (self.score.kind and self.score.subject)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the board."""
    parser = argparse.ArgumentParser(prog="python -m tests.scoreboard.blind", description=__doc__)
    parser.add_argument("--first", type=Path, metavar="FOLDER", help="the folder of a new batch")
    against = "score buildlog-consultant beside it (pip install buildlog-consultant)"
    parser.add_argument("--against-buildlog-consultant", action="store_true", help=against)
    options = parser.parse_args(argv)
    first = options.first
    knowledge = Knowledge()
    scored = [first] if first else folders()
    everything: list[Read] = []
    for folder in scored:
        reads = [read(case, knowledge) for case in cases_of(folder)]
        print(*wrong_lines(reads), sep="\n")
        print(*sums(folder.name, reads), sep="\n")
        everything += reads
    if len(scored) > 1:
        print(*sums("all", everything), *deserved(everything, knowledge), sep="\n")
    if options.against_buildlog_consultant:
        print(consultant_sum([one.case for one in everything], Consultant(knowledge)))
    return 0


def consultant_sum(cases: Sequence[Case], consultant: Consultant) -> str:
    """Return how many logs buildlog-consultant reads right."""
    scores = [consultant.score(case, text_of(case)) for case in cases]
    cause, kind = sum(one.kind and one.subject for one in scores), sum(one.kind for one in scores)
    line = sum(one.line for one in scores)
    named = f"buildlog-consultant: {len(scores)} logs"
    return f"{named}; kind and subject {cause}, kind {kind}, line {line}"


def folders() -> list[Path]:
    """Return the folders of the batches that have been scored."""
    return sorted(path for path in BATCHES.glob("*") if path.is_dir())


def cases_of(folder: Path) -> Iterator[Case]:
    """Yield the cases of a batch."""
    for row in tomllib.loads((folder / "batch.toml").read_text(encoding="utf-8"))["case"]:
        yield Case(
            path=folder / row["log"],
            system=row["system"],
            theme=folder.name,
            causes=tuple(row["causes"]),
            lines=tuple(row["lines"]),
            origin=row["origin"],
            project=row.get("project"),
        )


def read(case: Case, knowledge: Knowledge) -> Read:
    """Return what buildfix says of a case."""
    diagnosis = read_log(decoded(BytesIO(case.data())), knowledge)
    return Read(case, diagnosis, score(case, diagnosis))


def wrong_lines(reads: Iterable[Read]) -> Iterator[str]:
    """Yield a line for each case that is not right as a whole."""
    for one in reads:
        if one.score.right:
            continue
        given, cause = answer(one.diagnosis), one.diagnosis.cause
        by = f" ({cause.by}, {cause.confidence:.2f})" if cause else ""
        wanted = " or ".join(one.case.causes) or "no failure"
        said = ", ".join(given.names) or "no failure"
        yield (
            f"{one.case.theme}/{one.case.path.name} [{one.case.system}]: {wanted} in line "
            f"{list(one.case.lines)}; said {said} in {list(given.lines)}{by}"
        )


def sums(name: str, reads: Sequence[Read]) -> Iterator[str]:
    """Yield how many are right: by system, and in all."""
    systems = Counter(one.case.system for one in reads)
    for system in (*sorted(systems), ""):
        some = [one for one in reads if system in ("", one.case.system)]
        cause = sum(one.score.kind and one.score.subject for one in some)
        line = sum(one.score.line for one in some)
        wrong = sum(one.confidently_wrong for one in some)
        yield (
            f"{name} {system or 'all'}: {len(some)} logs; kind and subject {cause}, "
            f"kind {sum(one.score.kind for one in some)}, line {line}, confidently wrong {wrong}"
        )


def deserved(reads: Iterable[Read], knowledge: Knowledge) -> Iterator[str]:
    """Yield how often causes are right, by what read them and how sure it was.

    Of those in doubt also how often another reading that is shown is the right one.
    """
    classes: dict[tuple[str, str, float], list[Read]] = {}
    for one in reads:
        cause = one.diagnosis.cause
        if cause and cause.kind != "unknown" and one.case.causes:
            recipe = knowledge.causes.cause(cause.recipe)
            reader: str = recipe.weight if recipe else "form" if cause.recipe else ""
            steps = 100 if cause.by == "pattern" else 20
            sure = int(cause.confidence * steps + 1e-9) / steps
            classes.setdefault((cause.by, reader, sure), []).append(one)
    for (by, reader, sure), some in sorted(classes.items()):
        right = sum(one.score.subject for one in some)
        beside = sum(not one.score.subject and _beside(one) for one in some)
        yield f"{by} {reader} {sure:.2f}: {right} of {len(some)} right, {beside} more beside it"


def _beside(one: Read) -> bool:
    """Return whether a cause that is not the first is right."""
    said = (*one.diagnosis.also, *one.diagnosis.alternatives)
    return any(score(one.case, replace(one.diagnosis, cause=cause)).subject for cause in said)


if __name__ == "__main__":
    raise SystemExit(main())
