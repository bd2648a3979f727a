"""The acceptance run's own judgement, without a root."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.acceptance.markdown import Row, render
from tests.acceptance.report import parse
from tests.acceptance.runner import BuildfixRun, Run
from tests.acceptance.table import Package, load, select

PACKAGE = Package("lxml", compiled=True, modules=("lxml.etree",))
DOCUMENT = {
    "schema": "buildfix.report/1",
    "outcome": "installed",
    "attempts": [
        {"returncode": 1, "log": "/l/1", "diagnosis": {"cause": {"kind": "k", "subject": "s"}}},
        {"returncode": 0, "log": "/l/2", "diagnosis": None},
    ],
    "applied": [
        {"kind": "packages", "packages": ["gcc", "libxml2-dev"]},
        {"kind": "environment", "variables": {}},
        {"kind": "packages", "packages": ["gcc"]},
    ],
    "verified": {"modules": ["lxml.etree"]},
}


def test_a_report_is_read() -> None:
    report = parse(json.dumps(DOCUMENT))
    assert report.outcome == "installed"
    assert report.failed_builds == 1
    assert report.causes == ("k:s",)
    assert report.logs == ("/l/1", "/l/2")
    assert report.packages == ("gcc", "libxml2-dev")
    assert report.modules == ("lxml.etree",)


@pytest.mark.parametrize("stdout", ["", "{}{}", "[]", '{"schema": "other/1"}'])
def test_what_breaks_the_contract_is_no_success(stdout: str) -> None:
    assert parse(stdout).outcome != "installed"


def test_success_must_be_claimed_and_seen() -> None:
    report = parse(json.dumps(DOCUMENT))
    assert BuildfixRun(PACKAGE, True, 1.0, returncode=0, report=report).good
    assert not BuildfixRun(PACKAGE, False, 1.0, returncode=0, report=report).good
    assert not BuildfixRun(PACKAGE, True, 1.0, returncode=1, report=report).good


def test_the_table_is_rendered() -> None:
    fixed = BuildfixRun(
        PACKAGE, True, 30.4, returncode=0, report=parse(json.dumps(DOCUMENT)), new_packages=("a",)
    )
    rows = [Row("lxml", pip=Run(PACKAGE, False, 2.0), buildfix=fixed), Row("other")]
    lines = render(rows, ["Today."]).splitlines()
    assert lines[4] == (
        "| lxml | no, 2 s | - | yes | 2 | 1 | 30 | 1 new: gcc, libxml2-dev "
        "| lxml.etree | installed |"
    )
    assert lines[6].startswith("| **2 packages** | 0 of 1 | - | 1 of 1 | 2 | 1 | 30 |")
    assert len({line.count("|") for line in lines[2:]}) == 1


def test_the_table_holds_what_was_agreed(tmp_path: Path) -> None:
    packages = load()
    assert len({package.name for package in packages}) == len(packages) == 25
    assert [p.name for p in select(packages, ["lxml"], quick=False)] == ["lxml"]
    with pytest.raises(ValueError, match="nothing-such"):
        select(packages, ["nothing-such"], quick=False)
    misspelt = tmp_path / "t.toml"
    misspelt.write_text('[[package]]\nname = "x"\ncompiled = true\nmodule = ["x"]\n')
    with pytest.raises(ValueError, match="module"):
        load(misspelt)
