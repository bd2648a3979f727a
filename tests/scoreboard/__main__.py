"""Run by `python -m tests.scoreboard [PART OF A NAME OR THEME]`: each wrong case, and the sums.

`--against buildlog-consultant` puts that tool's answers for the same logs beside them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path

from buildfix.catalog import Knowledge
from buildfix.diagnosis.logs.rank import diagnose
from buildfix.diagnosis.logs.read import decoded
from tests.scoreboard.board import Board
from tests.scoreboard.cases import Case, load_cases, score
from tests.scoreboard.consultant import Consultant, ConsultantMissing
from tests.scoreboard.families import families
from tests.scoreboard.speed import megabytes_per_second, ordinary_log, text_of

OTHER = "buildlog-consultant"


def main(argv: Sequence[str] | None = None) -> int:
    """Print the board; returns 1 where a case is wrong, 2 where it cannot be made."""
    options = _parser().parse_args(argv)
    if options.families:
        print(*families(), sep="\n")
        return 0
    knowledge = Knowledge()
    cases = list(load_cases(options.part))
    if not cases:
        print(f"no case has `{options.part}` in its name or theme", file=sys.stderr)
        return 2
    consultant = Consultant(knowledge) if options.against else None
    try:
        board, wrong = _scored(cases, knowledge, consultant)
        speeds = _speeds(cases, knowledge, consultant) if options.speed else []
    except ConsultantMissing as missing:
        print(missing, file=sys.stderr)
        return 2
    print(*wrong, board.text(), *speeds, sep="\n")
    if consultant and consultant.panics:
        print(f"{OTHER} panicked in {consultant.panics} readings of logs")
    if options.markdown:
        lines = "".join(f"\n{line}\n" for line in speeds)
        options.markdown.write_text(board.markdown() + lines, encoding="utf-8")
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.scoreboard", description=__doc__)
    parser.add_argument("part", nargs="?", default="", help="part of a case's name or theme")
    parser.add_argument("--against", choices=[OTHER], help="put another tool beside it")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the board there too")
    parser.add_argument("--families", action="store_true", help="count cases by family instead")
    parser.add_argument("--speed", action="store_true", help="say how fast logs are read, too")
    return parser


def _scored(
    cases: Sequence[Case], knowledge: Knowledge, consultant: Consultant | None
) -> tuple[Board, list[str]]:
    """Return the board, and a line for each case that buildfix has wrong."""
    board = Board(("buildfix", OTHER) if consultant else ("buildfix",))
    wrong = []
    for case in cases:
        diagnosis = diagnose(decoded(BytesIO(case.data())), knowledge)
        scores = {"buildfix": score(case, diagnosis)}
        if consultant:
            scores[OTHER] = consultant.score(case, text_of(case))
        board.add(case, scores)
        if not scores["buildfix"].right:
            cause = diagnosis.cause
            found = f"{cause.kind}:{cause.subject} at {cause.line}" if cause else "no failure"
            wrong.append(f"WRONG {case.name}: {found}; right: {case.causes} at {case.lines}")
    return board, wrong


def _speeds(
    cases: Sequence[Case], knowledge: Knowledge, consultant: Consultant | None
) -> list[str]:
    """Return how fast each tool reads one long log, and the corpus log by log.

    buildlog-consultant looks closely at the last 250 lines, and over the rest only where it has
    found nothing there: on a long log it has no more than that to do.
    """
    long, texts = ordinary_log(cases), [text_of(case) for case in cases]
    tools: dict[str, Callable[[str], object]] = {
        "buildfix": lambda text: diagnose([text], knowledge)
    }
    diagnose([""], knowledge)
    if consultant:
        tools[OTHER] = lambda text: consultant.ask(text.splitlines(keepends=True))
    lines = []
    for name, work in tools.items():
        one = megabytes_per_second(long, work)
        many = megabytes_per_second("".join(texts), partial(_each, work, texts))
        lines.append(f"{name}: {one:.1f} MB/s on one log of 20 MB, {many:.1f} MB/s log by log")
    return lines


def _each(work: Callable[[str], object], texts: Sequence[str], _: str) -> None:
    for text in texts:
        work(text)


if __name__ == "__main__":
    sys.exit(main())
