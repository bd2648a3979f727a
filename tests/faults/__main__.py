"""`python -m tests.faults`: run every row of the table and write the results into its README."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.faults.table import Fault, faults
from tests.tree import ROOT

README = ROOT / "tests/faults/README.md"
BEGIN, END = "<!-- faults: begin -->\n", "<!-- faults: end -->\n"
_HERE = "tests/faults/test_faults.py::test_fault_is_survived_here"
_IN_ROOT = "tests/faults/test_faults.py::test_fault_is_survived_in_a_bare_root"
_WORSE = ("survived", "not run", "NOT SURVIVED")


class Outcomes:
    """A plugin of pytest's that keeps what became of each node."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.by_node: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the worst that a node's phases report."""
        word = {"failed": "NOT SURVIVED", "skipped": "not run"}.get(report.outcome, "survived")
        before = self.by_node.get(report.nodeid, "survived")
        self.by_node[report.nodeid] = max(before, word, key=_WORSE.index)


def outcomes_in(results: Path) -> dict[str, str]:
    """Return what became of each node of a run that wrote a JUnit file (`pytest --junitxml`)."""
    words: dict[str, str] = {}
    for case in ElementTree.parse(results).iter("testcase"):
        if "name" not in case.attrib:  # the test at which a run was interrupted
            continue
        node = f"{case.attrib['classname'].replace('.', '/')}.py::{case.attrib['name']}"
        found = {child.tag for child in case}
        failed, skipped = found & {"failure", "error"}, "skipped" in found
        words[node] = "NOT SURVIVED" if failed else "not run" if skipped else "survived"
    return words


def node_of(row: Fault) -> str:
    """Return the pytest node that runs a row."""
    return row.test or f"{_HERE if row.where == 'here' else _IN_ROOT}[{row.name}]"


def outcome_of(row: Fault, by_node: Mapping[str, str]) -> str:
    """Return what became of a row: the worst of its node's variants that were run."""
    node = node_of(row)
    words = [word for one, word in by_node.items() if one == node or one.startswith(f"{node}[")]
    ran = [word for word in words if word != "not run"]
    return max(ran, key=_WORSE.index, default="not run")


def render(rows: Iterable[Fault], by_node: Mapping[str, str], head: str) -> str:
    """Return the table with its results, as it stands in the README."""
    results = [(row, outcome_of(row, by_node)) for row in rows]
    good = sum(word == "survived" for _, word in results)
    lines = [
        f"{good} of {len(results)} survived ({head}; `python -m tests.faults`).",
        "",
        "| item | fault | must be seen | where | result |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {row.item} | {row.fault} | {row.seen} | {_place(row)} | {word} |"
            for row, word in sorted(results, key=_by_item)
        ),
    ]
    return "\n".join(lines) + "\n"


def _place(row: Fault) -> str:
    if not row.test:
        return row.where
    file = row.test.partition("::")[0]
    return f"[{Path(file).stem.removeprefix('test_')}](../{file.removeprefix('tests/')})"


def _by_item(result: tuple[Fault, str]) -> tuple[str, int]:
    return result[0].item[0], int(result[0].item[1:])


def main(arguments: Sequence[str]) -> int:
    """Run the rows, unless a run's results are given; 0 where all were survived."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--print", action="store_true", help="print the table; leave the README")
    parser.add_argument(
        *("--results", "-r"),
        type=Path,
        nargs="+",
        help="take them from the JUnit files of whole runs, or of the parts of one",
    )
    options = parser.parse_args(arguments)
    rows, outcomes = faults(), Outcomes()
    if options.results:
        for results in options.results:
            outcomes.by_node |= outcomes_in(results)
        status = int("NOT SURVIVED" in {outcome_of(row, outcomes.by_node) for row in rows})
    else:
        nodes = sorted(set(map(node_of, rows)))
        status = int(pytest.main(["-q", "-p", "no:cacheprovider", *nodes], plugins=[outcomes]))
    today = datetime.now(timezone.utc).date().isoformat()
    table = render(rows, outcomes.by_node, f"{today}, Python {platform.python_version()}")
    if options.print:
        print(table)
    else:
        write(README, table)
    return status


def write(readme: Path, table: str) -> None:
    """Put a table between the marks of the README; raises ValueError where they are missing."""
    text = readme.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{readme} lacks the marks {BEGIN.strip()} and {END.strip()}")
    readme.write_text(before + begin + table + end + after, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
