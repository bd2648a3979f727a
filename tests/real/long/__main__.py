"""`python -m tests.real.long`: run the long cases one by one, and write down what was seen.

Cases that ended as expected before are passed over. Each takes minutes, some half an hour.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from tests.bed import (
    SUITES,
    BedError,
    Stack,
    available,
    build_wheel,
    end_on_term,
    stop_all,
    sweep,
    with_buildfix,
)
from tests.real.long.cases import Case, load, select
from tests.real.long.results import RESULTS, append, latest, read, render, result_of
from tests.tree import commit


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; 0 only where every case ended as expected."""
    words = _parser().parse_args(arguments)
    if reason := available():
        print(f"no bare root here: {reason}", file=sys.stderr)
        return 2
    try:
        cases = select(load(), words.names, words.suite)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    known = {} if words.again else latest(read(words.results))
    good = {identity for identity, result in known.items() if result.expected}
    waiting = [case for case in cases if (case.name, case.suite) not in good]
    _say(f"{len(waiting)} of {len(cases)} cases to run; logs: {words.logs}")
    sweep()
    _write_table(words.results)
    try:
        return _run(waiting, words.results, words.logs) if waiting else 0
    except BedError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        stop_all()
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.real.long", description=__doc__)
    parser.add_argument("--suite", choices=SUITES, help="only in this one's roots")
    parser.add_argument("--again", action="store_true", help="also those that ended as expected")
    parser.add_argument("--results", type=Path, default=RESULTS, help="JSON lines; .md beside them")
    parser.add_argument("--logs", type=Path, default=tempfile.gettempdir() + "/buildfix-long")
    parser.add_argument("names", nargs="*", metavar="NAME")
    return parser


def _run(cases: Sequence[Case], results: Path, logs: Path) -> int:
    """Run cases and write each down as soon as it is over."""
    bad, tried = 0, commit()
    roots: dict[str, Stack] = {}
    with tempfile.TemporaryDirectory() as folder:
        wheel = build_wheel(Path(folder))
        for case in cases:
            if case.suite not in roots:
                roots[case.suite] = with_buildfix(case.suite, wheel)
            run = case.run(roots[case.suite], logs / case.id.replace("/", "-"))
            today = datetime.now(timezone.utc).date().isoformat()
            result = result_of(case, run, today, tried)
            append(results, result)
            _write_table(results)
            word = "as expected" if result.expected else "NOT AS EXPECTED"
            _say(f"{case.id}: {word}, {result.outcome}, {run.seconds:.0f} s {run.detail}".rstrip())
            bad += not result.expected
    return 1 if bad else 0


def _write_table(results: Path) -> None:
    results.with_suffix(".md").write_text(render(load(), read(results)), encoding="utf-8")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    end_on_term()
    sys.exit(main(sys.argv[1:]))
