"""The table of long cases and what is written of a run, without a root."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.acceptance.report import parse
from tests.acceptance.runner import BuildfixRun
from tests.acceptance.table import Package
from tests.real.long.cases import Case, load, select
from tests.real.long.results import RESULTS, append, read, render, result_of

CASE = Case("lap==0.4.0", "trixie", "an old build", ("lap",), cause="k:s")
DOCUMENT = {
    "schema": "buildfix.report/1",
    "outcome": "installed",
    "attempts": [
        {
            "returncode": 1,
            "peak_rss": 3 * 2**20,
            "diagnosis": {"cause": {"kind": "k", "subject": "s"}},
        },
        {"returncode": 0, "peak_rss": 2**20, "diagnosis": None},
    ],
    "applied": [
        {"kind": "packages", "summary": "Install rustc, cargo"},
        {"kind": "environment", "summary": "-", "variables": {"CXXFLAGS": "-x"}},
        {"kind": "installer", "summary": "-", "constraints": ["Cython<3"]},
        {"kind": "command", "summary": "Fetch rustup-init"},
    ],
    "todo": [],
    "verified": {"modules": ["lap"], "version": "0.5"},
}


def run_of(document: Mapping[str, object], code: int = 0, works: bool = True) -> BuildfixRun:
    package = Package("lap", compiled=True, modules=("lap",))
    report = parse(json.dumps(document))
    return BuildfixRun(package, works, 61.26, returncode=code, report=report)


def test_what_is_expected_must_be_claimed_seen_and_named() -> None:
    assert CASE.holds(run_of(DOCUMENT))
    assert not CASE.holds(run_of(DOCUMENT, code=1))
    assert not CASE.holds(run_of(DOCUMENT, works=False))
    assert not CASE.holds(run_of({**DOCUMENT, "attempts": []}))
    refused = Case("x", "trixie", "old", outcome="unfixed", exit=1)
    assert refused.holds(run_of({**DOCUMENT, "outcome": "unfixed"}, code=1, works=False))


def test_results_are_kept_and_the_last_one_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    for code in (1, 0):
        append(file, result_of(CASE, run_of(DOCUMENT, code), "2026-01-02", "abc"))
    results = read(file)
    assert [result.expected for result in results] == [False, True]
    assert results[1].peak_mib == 3
    lines = render([CASE, Case("other", "trixie", "-")], results).splitlines()
    assert "1 of 1 ended as expected; 1 have not been run." in lines
    assert lines[-1] == "Not run: other on trixie."
    assert lines[-3] == (
        "| lap==0.4.0 (0.5) | trixie | an old build "
        "| rustc, cargo; CXXFLAGS; Cython<3; Fetch rustup-init | 2 | 1 | 61 | 3 | installed "
        "| 2026-01-02, abc |"
    )


def test_cases_are_chosen_by_name_and_suite(tmp_path: Path) -> None:
    chosen = select(load(), ["orjson"], None)
    assert [case.id for case in chosen] == ["orjson on trixie", "orjson on bookworm"]
    assert {case.suite for case in select(load(), [], "bookworm")} == {"bookworm"}
    with pytest.raises(ValueError, match="nothing-such"):
        select(load(), ["nothing-such"], None)
    misspelt = tmp_path / "t.toml"
    misspelt.write_text('[[case]]\nname = "x"\nsuites = { trixie = "-" }\nmodule = ["x"]\n')
    with pytest.raises(ValueError, match="module"):
        load(misspelt)


def test_the_table_in_the_repository_is_of_its_results() -> None:
    assert RESULTS.with_suffix(".md").read_text(encoding="utf-8") == render(load(), read(RESULTS))
