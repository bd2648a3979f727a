"""The needs that only failed builds told, found in the reports of earlier runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.benchmarks.misses import main

CAUSE = {"kind": "header-missing", "subject": "fuzzy.h"}
FORESEEN = {"kind": "compiler-missing", "subject": "c"}
REPORT = {
    "schema": "buildfix.report/1",
    "requirements": ["ssdeep"],
    "attempts": [{"diagnosis": {"cause": CAUSE, "also": []}}, {"diagnosis": None}],
    "evidence": [{"cause": FORESEEN}, {"cause": CAUSE}],
}


def test_a_miss_is_a_need_that_a_failed_build_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ssdeep").mkdir()
    (tmp_path / "ssdeep/run.stdout").write_text(json.dumps(REPORT))
    (tmp_path / "ssdeep/proof-1.stdout").write_text("fuzzy /v/fuzzy.so\n")
    assert main([str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert '[[project]]\nname = "ssdeep"\nneeds = ["header-missing:fuzzy.h"]\n' in said
    assert said.endswith("# 1 reports\n")


def test_a_folder_without_reports_is_an_error(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 1
