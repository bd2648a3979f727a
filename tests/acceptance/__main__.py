"""`python -m tests.acceptance`: measure the table and write it down."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.acceptance.markdown import Row, cell, heading, render
from tests.acceptance.runner import BuildfixRun, Run, new_logs, run_buildfix, run_pip
from tests.acceptance.table import Package, load, select
from tests.bed import (
    SUITES,
    BedError,
    Stack,
    at_once,
    available,
    base_root,
    build_wheel,
    end_on_term,
    sweep,
    toolchain_root,
    with_buildfix,
    with_venv,
)

COLUMNS = ("pip", "toolchain", "buildfix")
Measure = Callable[[Package, Path], Run]


@dataclass(frozen=True)
class Options:
    """The command line."""

    suite: str
    quick: bool
    columns: tuple[str, ...]
    jobs: int
    output: Path | None
    logs: Path
    wheel: Path | None
    names: tuple[str, ...]


def parse_options(arguments: Sequence[str]) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.acceptance", description=__doc__)
    parser.add_argument("--suite", choices=SUITES, default=SUITES[0])
    parser.add_argument("--quick", action="store_true", help="only the packages marked quick")
    parser.add_argument("--column", choices=(*COLUMNS, "all"), default="all")
    parser.add_argument("--jobs", type=int, default=1, help="roots at work at the same time")
    parser.add_argument("--output", type=Path, help="Markdown file; default: stdout")
    parser.add_argument("--logs", type=Path, help="folder for all logs; default: a new one")
    parser.add_argument("--wheel", type=Path, help="a wheel of buildfix; default: built here")
    parser.add_argument("names", nargs="*", metavar="NAME")
    words = parser.parse_args(arguments)
    return Options(
        suite=words.suite,
        quick=words.quick,
        columns=COLUMNS if words.column == "all" else (words.column,),
        jobs=max(1, words.jobs),
        output=words.output,
        logs=words.logs or new_logs("acceptance"),
        wheel=words.wheel,
        names=tuple(words.names),
    )


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for; 0 only where every outcome of buildfix is good."""
    options = parse_options(arguments)
    if reason := available(options.suite):
        print(f"no bare root here: {reason}", file=sys.stderr)
        return 2
    try:
        packages = select(load(), options.names, quick=options.quick)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    for name in sweep():
        _say(f"cleared what {name} had left")
    try:
        rows = _measure_all(packages, options)
        text = render(rows, heading(with_venv(base_root(options.suite))))
    except BedError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        _say(f"interrupted; logs so far: {options.logs}")
        return 130
    _write(text, options.output)
    _say(f"logs: {options.logs}")
    return 0 if all(row.buildfix.good for row in rows if row.buildfix) else 1


def _measure_all(packages: Sequence[Package], options: Options) -> list[Row]:
    """Measure every package in every column, a few at the same time."""
    measures = {column: _measure_of(column, options) for column in options.columns}
    keys = [(package.name, column) for package in packages for column in measures]
    tasks = [
        partial(_told, measure, package, column, options.logs / options.suite / column)
        for package in packages
        for column, measure in measures.items()
    ]
    runs = dict(zip(keys, at_once(tasks, options.jobs), strict=True))
    return [_row(package, runs) for package in packages]


def _measure_of(column: str, options: Options) -> Measure:
    """Make ready the root that a column is measured in."""
    _say(f"making ready: {column} on {options.suite}")
    if column == "buildfix":
        stack = _buildfix_root(options)
        return lambda package, logs: run_buildfix(stack, package, logs)
    below = base_root if column == "pip" else toolchain_root
    plain = with_venv(below(options.suite))
    return lambda package, logs: run_pip(plain, package, logs)


def _buildfix_root(options: Options) -> Stack:
    if options.wheel:
        return with_buildfix(options.suite, options.wheel)
    with tempfile.TemporaryDirectory() as folder:
        return with_buildfix(options.suite, build_wheel(Path(folder)))


def _told(measure: Measure, package: Package, column: str, logs: Path) -> Run:
    """Measure, and say so when it is done."""
    run = measure(package, logs / package.name)
    more = f", {run.report.outcome}" if isinstance(run, BuildfixRun) else ""
    _say(f"{package.name:<16} {column:<10} {cell(run)}{more} {run.detail}".rstrip())
    return run


def _row(package: Package, runs: dict[tuple[str, str], Run]) -> Row:
    by_column = {column: run for (name, column), run in runs.items() if name == package.name}
    fixed = by_column.get("buildfix")
    return Row(
        package.name,
        pip=by_column.get("pip"),
        toolchain=by_column.get("toolchain"),
        buildfix=fixed if isinstance(fixed, BuildfixRun) else None,
    )


def _write(text: str, output: Path | None) -> None:
    if output is None:
        print(text)
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
    _say(f"table: {output}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    end_on_term()
    sys.exit(main(sys.argv[1:]))
