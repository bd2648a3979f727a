"""The benchmark's results: kept, summed up, rendered; without a root."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.bed import BareRoot, Stack, at_once
from tests.benchmarks.right_first_time import __main__ as command
from tests.benchmarks.right_first_time.cells import Cell, append, of_suite, read
from tests.benchmarks.right_first_time.chart import chart
from tests.benchmarks.right_first_time.columns import COLUMNS, in_turn
from tests.benchmarks.right_first_time.measure import Column, Course, apt
from tests.benchmarks.right_first_time.projects import Project, load
from tests.benchmarks.right_first_time.render import write_all
from tests.benchmarks.right_first_time.summary import missed, totals

SVG = "{http://www.w3.org/2000/svg}"


def cell(project: str, column: str, seconds: float = 10.0, **more: object) -> Cell:
    made = Cell("trixie", column, project, True, 0, seconds, packages=60, installed_mb=200.0)
    return replace(made, date="2026-11-21T10:00:00+00:00", commit="abc", **more)  # type: ignore[arg-type]


CELLS = [
    cell("psutil", "oracle", 20, version="7.2"),
    cell("psutil", "buildfix", 21),
    cell("psutil", "pip", 3, success=False, failed_builds=1, packages=0),
    cell("lxml", "oracle", 100, packages=70),
    cell("lxml", "buildfix", 121, packages=77, failed_builds=1),
    cell("pyicu", "oracle", 30),
    cell("pyicu", "buildfix", 40, success=False, failed_builds=2, detail="a|b"),
    cell("python-magic", "oracle", 5, packages=0),
    cell("python-magic", "buildfix", 6, packages=2),
]


def test_cells_are_read_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "sub" / "cells.jsonl"
    assert read(file) == {}
    first = cell("psutil", "pip", parts={"pip": 2.5}, detail="ünder\nfire")
    later = replace(first, seconds=4.0)
    other = replace(first, suite="bookworm")
    for one in (first, other, later):
        append(file, one)
    assert len(file.read_text(encoding="utf-8").splitlines()) == 3
    assert read(file) == {later.key: later, other.key: other}
    assert of_suite([later, other], "bookworm") == {"psutil": {"pip": other}}


@pytest.mark.parametrize("line", ["{", "[]", '{"schema": "other/1"}', '{"suite": "trixie"}'])
def test_invalid_result_line_is_an_error(tmp_path: Path, line: str) -> None:
    (tmp_path / "c").write_text(f"\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        read(tmp_path / "c")


def test_a_column_is_compared_with_the_oracle_where_both_succeeded() -> None:
    by_column = {one.column: one for one in totals(of_suite(CELLS, "trixie"), _names())}
    assert list(by_column) == ["pip", "oracle", "buildfix"]
    ours, pip = by_column["buildfix"], by_column["pip"]
    assert (ours.successes, ours.measured, ours.compared) == (3, 4, 3)
    assert ours.failed_builds == pytest.approx(3 / 4)
    assert ours.seconds
    assert ours.seconds.median == pytest.approx(1.2)
    assert ours.seconds.sum == pytest.approx(148 / 125)
    assert ours.packages
    assert ours.packages.median == pytest.approx((1 + 1.1) / 2)
    assert ours.packages.sum == pytest.approx(139 / 130)
    assert (pip.successes, pip.measured, pip.seconds) == (0, 1, None)
    assert by_column["oracle"].seconds
    assert by_column["oracle"].seconds.sum == 1
    assert missed(of_suite(CELLS, "trixie"), "buildfix") == ["pyicu"]


def test_tables_and_charts_are_written(tmp_path: Path) -> None:
    written = {path.name for path in write_all(CELLS, load(), tmp_path)}
    assert written == {"summary.md", "trixie.md", "trixie.svg"}
    table = (tmp_path / "trixie.md").read_text(encoding="utf-8").splitlines()
    assert table[6].startswith(
        "| psutil | 7.2 | no, 1, 3 s, 0, 200 MB | yes, 0, 20 s, 60, 200 MB |"
    )
    assert "- pyicu: a|b" in table
    assert "- pyarrow: Debian has no Arrow C++ (libarrow)" not in table, "was not measured"
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8").splitlines()
    assert summary[4].startswith("| trixie | buildfix | 3 of 4 | 0.75 | 1.20 | 1.18 | 1.05 |")
    assert summary[-1].startswith("| trixie | buildfix | 2 of 2 | 0.50 |"), "psutil and lxml"
    assert len({row.count("|") for row in summary if row.startswith("|")}) == 1


def test_chart_is_well_formed_svg() -> None:
    cells = of_suite([*CELLS, cell("a<b&c", "oracle"), cell("a<b&c", "buildfix")], "trixie")
    drawing = ElementTree.fromstring(chart("trixie", cells))
    words = [text.text for text in drawing.iter(f"{SVG}text")]
    assert {"a<b&c", "psutil", "3 of 4", "4 of 5"} & set(words) == {"a<b&c", "psutil", "4 of 5"}
    assert len(list(drawing.iter(f"{SVG}circle"))) == 2 * (1 + 4), "the key, and four projects"
    _, _, width, height = (float(part) for part in drawing.attrib["viewBox"].split())
    for circle in drawing.iter(f"{SVG}circle"):
        assert 0 < float(circle.attrib["cx"]) < width
        assert 0 < float(circle.attrib["cy"]) < height
    assert ElementTree.fromstring(chart("trixie", {})) is not None


def test_what_was_measured_is_not_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[tuple[str, str]] = []
    before = signal.getsignal(signal.SIGTERM)

    def measure(column: Column, project: Project, logs: Path, limit: float) -> Cell:
        assert logs.parts[-3:] == ("trixie", column.name, project.name)
        measured.append((project.name, column.name))
        return replace(cell(project.name, column.name), seconds=limit)

    monkeypatch.setattr(command, "available", lambda _: None)
    monkeypatch.setattr(command, "sweep", list)
    monkeypatch.setattr(command, "commit", lambda: "def")
    monkeypatch.setattr(command, "measure", measure)
    monkeypatch.setattr(command, "make_ready", lambda name, *_: _column(name))
    results = tmp_path / "cells.jsonl"
    append(results, cell("psutil", "pip"))
    words = ["--suite", "trixie", "--column", "pip", "--column", "oracle", "--limit", "7"]
    words += ["--results", str(results), "--logs", str(tmp_path / "l"), "lxml", "psutil"]
    assert command.main(words) == 0
    assert measured == [("lxml", "pip"), ("lxml", "oracle"), ("psutil", "oracle")]
    assert read(results)["trixie", "oracle", "psutil"].seconds == 7
    assert read(results)["trixie", "oracle", "psutil"].commit == "def"
    measured.clear()
    assert command.main([*words, "--again"]) == 0
    assert len(measured) == 4
    assert command.main(["--results", str(results), "nothing-such"]) == 2
    assert signal.getsignal(signal.SIGTERM) == before


def test_oracle_and_buildfix_take_turns() -> None:
    columns = [_column(name) for name in _names()]
    assert [one.name for one in in_turn(columns, 0)][-2:] == ["oracle", "buildfix"]
    assert [one.name for one in in_turn(columns, 1)][-2:] == ["buildfix", "oracle"]
    assert {one.name for one in in_turn(columns, 1)} == set(_names())


def test_apt_is_left_alone_where_nothing_is_needed() -> None:
    assert apt(()) == []
    assert [one.label for one in apt(("gcc",))] == ["update", "apt"]


def test_workers_keep_to_a_core_each() -> None:
    cores = sorted(os.sched_getaffinity(0))[:2]
    asked = ("-c", "import os; print(sorted(os.sched_getaffinity(0)))")

    def seen() -> str:
        done = subprocess.run([sys.executable, *asked], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert set(at_once([seen] * 6, cores=cores)) <= {f"[{core}]" for core in cores}
    assert sorted(os.sched_getaffinity(0))[:2] == cores


def test_a_second_signal_does_not_disturb_the_end() -> None:
    program = """
import os, signal
from tests.bed import end_on_term
end_on_term()
try:
    os.kill(os.getpid(), signal.SIGTERM)
finally:
    os.kill(os.getpid(), signal.SIGTERM)
    print("cleared away")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (143, "cleared away\n"), done.stderr


def _names() -> tuple[str, ...]:
    return tuple(COLUMNS)


def _column(name: str) -> Column:
    def way(_root: BareRoot, _project: Project, _logs: Path, _limit: float) -> Course:
        raise AssertionError

    return Column(name, Stack("none", "trixie", ()), way, lambda _: True)
