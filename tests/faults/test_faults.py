"""Every row of the table of faults is run as it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bed import BareRoot, Stack
from tests.faults.__main__ import BEGIN, END, README, node_of, outcomes_in, render, write
from tests.faults.places import Here, InRoot
from tests.faults.run import problems
from tests.faults.table import Fault, TableError, faults

ROOT = Path(__file__).parents[2]
ROWS = faults()
RUN_HERE = [row for row in ROWS if row.run and row.where == "here"]
RUN_IN_ROOT = [row for row in ROWS if row.run and row.where != "here"]


@pytest.mark.parametrize("row", RUN_HERE, ids=lambda row: row.name)
def test_fault_is_survived_here(row: Fault, tmp_path: Path) -> None:
    assert problems(row, Here(tmp_path)) == []


@pytest.mark.bed
@pytest.mark.slow
@pytest.mark.parametrize("row", RUN_IN_ROOT, ids=lambda row: row.name)
def test_fault_is_survived_in_a_bare_root(row: Fault, bed_layer: Callable[[str], Stack]) -> None:
    with BareRoot(bed_layer(row.where)) as root:
        assert problems(row, InRoot(root)) == []


def test_rows_that_name_a_test_name_one_that_exists() -> None:
    for row in ROWS:
        if row.test:
            file, _, name = row.test.partition("::")
            text = (ROOT / file).read_text(encoding="utf-8")
            assert f"def {name.partition('[')[0]}(" in text, row.name


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ('fault = "a"\nseen = "b"\nrun = ["explain"]\nexit = 1', "missing"),
        ('name = "A b"\nitem = "A1"\nfault = "a"\nseen = "b"\nrun = ["x"]\nexit = 1', "its name"),
        ('name = "a"\nitem = "A1"\nfault = "a"\nseen = "b"\nrun = ["x"]', "it checks nothing"),
        (
            'name = "a"\nitem = "A1"\nfault = "a"\nseen = "b"\nrun = ["x"]\nsays = "any of these"',
            "are lists",
        ),
        ('name = "a"\nitem = "A1"\nfault = "a"\nseen = "b"\nexit = 1', "either run or test"),
        ('name = "a"\nitem = "A1"\nfault = "a"\nseen = "b"\nrun = ["-y", "x"]\nexit = 1', "bare"),
        ('name = "a"\nitem = "A1"\nfault = "a"\nseen = "b"\nrun = ["x"]\nsay = 1', "unknown key"),
    ],
)
def test_rows_that_cannot_be_meant_are_refused(tmp_path: Path, row: str, why: str) -> None:
    table = tmp_path / "faults.toml"
    table.write_text(f"[[fault]]\n{row}\n", encoding="utf-8")
    with pytest.raises(TableError, match=why):
        faults(table)


def test_results_are_the_worst_of_a_row_and_stand_between_the_marks(tmp_path: Path) -> None:
    rows = [
        Fault("a", "B9", "one", "x", run=("explain",), exit=(1,)),
        Fault("b", "A10", "two", "y", test="tests/unit/test_x.py::test_y"),
        Fault("c", "A2", "three", "z", where="trixie", run=("x",), exit=(1,)),
    ]
    by_node = {
        node_of(rows[0]): "survived",
        "tests/unit/test_x.py::test_y[1]": "survived",
        "tests/unit/test_x.py::test_y[2]": "NOT SURVIVED",
    }
    table = render(rows, by_node, "today")
    assert table.startswith("1 of 3 survived (today; ")
    assert [line.split(" | ")[-1] for line in table.splitlines() if line.startswith("| ")][2:] == [
        "not run |",
        "NOT SURVIVED |",
        "survived |",
    ]
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}old\n{END}after\n", encoding="utf-8")
    write(readme, table)
    assert readme.read_text(encoding="utf-8") == f"before\n{BEGIN}{table}{END}after\n"
    with pytest.raises(ValueError, match="lacks the marks"):
        write(Path(__file__).with_name("__init__.py"), table)


def test_results_of_a_whole_run_are_read_from_its_junit_file(tmp_path: Path) -> None:
    case = '<testcase classname="tests.unit.test_x" name="{}">{}</testcase>'
    cases = (("test_a[1]", ""), ("test_b", "<failure/>"), ("test_c", "<skipped/>"))
    results = tmp_path / "results.xml"
    inside = "".join(case.format(name, child) for name, child in cases)
    results.write_text(f"<testsuites><testsuite>{inside}</testsuite></testsuites>")
    assert outcomes_in(results) == {
        "tests/unit/test_x.py::test_a[1]": "survived",
        "tests/unit/test_x.py::test_b": "NOT SURVIVED",
        "tests/unit/test_x.py::test_c": "not run",
    }


def test_the_readme_has_the_marks() -> None:
    text = README.read_text(encoding="utf-8")
    assert text.index(BEGIN) < text.index(END)
