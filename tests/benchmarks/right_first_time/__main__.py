"""`python -m tests.benchmarks.right_first_time`: build many projects in six ways, and compare.

Every cell is measured in a bare root of its own, on one processor core, and written down at once;
cells that are in the results already are not measured again.
"""

from __future__ import annotations

import argparse
import atexit
import os
import sys
import tempfile
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from tests.acceptance.runner import new_logs
from tests.bed import (
    SUITES,
    BedError,
    at_once,
    available,
    build_wheel,
    end_on_term,
    refuse_if_stopping,
    sweep,
)
from tests.benchmarks.right_first_time.cells import RESULTS, Cell, append, read
from tests.benchmarks.right_first_time.columns import COLUMNS, in_turn, make_ready
from tests.benchmarks.right_first_time.measure import Column, measure
from tests.benchmarks.right_first_time.projects import TABLE, Project, load, select
from tests.benchmarks.right_first_time.render import write_all
from tests.tree import commit

LIMIT_SECONDS = 900.0


@dataclass(frozen=True)
class Options:
    """The command line."""

    suites: tuple[str, ...]
    columns: tuple[str, ...]
    heavy: bool
    again: bool
    at_once: int
    limit: float
    projects: Path
    results: Path
    logs: Path
    external_metadata: Path | None
    render: bool
    names: tuple[str, ...]


def parse_options(arguments: Sequence[str]) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.right_first_time", description=__doc__
    )
    several = "may be given more than once; default: all"
    parser.add_argument("--suite", action="append", choices=SUITES, help=several)
    parser.add_argument("--column", action="append", choices=COLUMNS, help=several)
    parser.add_argument("--heavy", action="store_true", help="heavy projects, too")
    parser.add_argument("--again", action="store_true", help="measure what is there already, too")
    parser.add_argument("--at-once", type=int, default=1, help="cells at the same time; default 1")
    parser.add_argument("--limit", type=float, default=LIMIT_SECONDS, help="seconds for a cell")
    parser.add_argument("--projects", type=Path, default=TABLE, help="another table of projects")
    parser.add_argument("--results", type=Path, default=RESULTS / "cells.jsonl")
    parser.add_argument("--logs", type=Path, help="folder for all logs; default: a new one")
    parser.add_argument(
        "--external-metadata",
        type=Path,
        help="folder with checkouts of rgommers/external-deps-build and"
        " jaimergp/external-metadata-mappings, for the column external",
    )
    parser.add_argument("--render", action="store_true", help="only write the tables and charts")
    parser.add_argument("names", nargs="*", metavar="NAME")
    words = parser.parse_args(arguments)
    return Options(
        suites=tuple(words.suite or SUITES),
        columns=tuple(words.column or COLUMNS),
        heavy=words.heavy,
        again=words.again,
        at_once=max(1, words.at_once),
        limit=words.limit,
        projects=words.projects,
        results=words.results,
        logs=words.logs or new_logs("right-first-time"),
        external_metadata=words.external_metadata,
        render=words.render,
        names=tuple(words.names),
    )


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for and is missing, or render what there is."""
    options = parse_options(arguments)
    try:
        projects = load(options.projects)
        chosen = select(projects, options.names, heavy=options.heavy)
        known = read(options.results)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if options.render:
        for path in write_all(known.values(), projects, options.results.parent):
            _say(f"written: {path}")
        return 0
    if reason := available(options.suites[0]):
        print(f"no bare root here: {reason}", file=sys.stderr)
        return 2
    return _measure(chosen, known.keys(), options)


def _measure(
    chosen: Sequence[Project], known: Iterable[tuple[str, str, str]], options: Options
) -> int:
    for name in sweep():
        _say(f"cleared what {name} had left")
    try:
        tasks = _tasks(chosen, set() if options.again else set(known), options)
        failed = sum(at_once(tasks, cores=_cores(options.at_once)))
    except BedError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        _say("interrupted; what was measured so far is kept")
        return 130
    _say(f"results: {options.results}; logs: {options.logs}")
    return 1 if failed else 0


def _tasks(
    chosen: Sequence[Project], known: Container[tuple[str, str, str]], options: Options
) -> list[Callable[[], int]]:
    """Return one task for each project and suite that lacks a cell."""
    context = Context(options, commit(), options.at_once)
    tasks: list[Callable[[], int]] = []
    for suite in options.suites:
        columns = _columns(suite, options)
        for number, project in enumerate(chosen):
            lacking = [
                column
                for column in in_turn(columns, number)
                if column.covers(project) and (suite, column.name, project.name) not in known
            ]
            if lacking:
                tasks.append(partial(_measure_project, project, lacking, context))
    return tasks


@dataclass(frozen=True)
class Context:
    """What all cells of one run have in common."""

    options: Options
    commit: str
    at_once: int


def _columns(suite: str, options: Options) -> list[Column]:
    found = []
    for name in options.columns:
        _say(f"making ready: {name} on {suite}")
        if column := make_ready(name, suite, _wheel, options.external_metadata):
            found.append(column)
    return found


def _measure_project(project: Project, columns: Sequence[Column], context: Context) -> int:
    """Measure a project's cells one after the other on one core; return how many could not be."""
    broken = 0
    options = context.options
    for column in columns:
        logs = options.logs / column.stack.suite / column.name / project.name
        try:
            measured = measure(column, project, logs, options.limit)
        except (BedError, OSError) as error:
            refuse_if_stopping()
            _say(f"{project.name} {column.name}: not measured: {error}".splitlines()[0])
            broken += 1
            continue
        refuse_if_stopping()  # what was killed just now is no result
        cell = replace(measured, commit=context.commit, cores=1, at_once=context.at_once)
        append(options.results, cell)
        _say(_line(cell))
    return broken


def _line(cell: Cell) -> str:
    return (
        f"{cell.project:<18} {cell.suite:<8} {cell.column:<9} {'yes' if cell.success else 'no':<3}"
        f" {cell.failed_builds} failed {cell.seconds:6.1f} s {cell.packages:4} packages"
        f" {cell.installed_mb:7.1f} MB {cell.detail}"
    ).rstrip()


def _cores(wanted: int) -> list[int]:
    """Return the cores to work on, one for each cell at a time."""
    cores = sorted(os.sched_getaffinity(0))
    if wanted > len(cores):
        raise BedError(f"{wanted} cells at once want as many cores; there are {len(cores)}")
    return cores[:wanted]


@cache
def _wheel() -> Path:
    """Build buildfix's wheel, once, in a folder that goes when the command ends."""
    folder = tempfile.TemporaryDirectory(prefix="buildfix-wheel-")
    atexit.register(folder.cleanup)
    return build_wheel(Path(folder.name))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    end_on_term()
    sys.exit(main(sys.argv[1:]))
