"""The records that are shipped with the recipes, and how they are made of reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from buildfix.catalog.evidence import read_records
from tests.document_schema import errors_in
from tests.evidence import FILE, main

ROW = {
    "remedy": "Install libffi-dev, gcc",
    "parts": ["Install libffi-dev with apt"],
    "cause": {"kind": "header-missing", "subject": "ffi.h"},
    "came_back": False,
    "outcome": "installed",
    "system": "debian:13",
}


def report(folder: Path, *rows: dict[str, Any]) -> str:
    folder.mkdir()
    document = {"schema": "buildfix.report/1", "journal": [{"at": 86400.0}], "evidence": rows}
    (folder / "run.stdout").write_text(json.dumps(document))
    return str(folder)


def test_reports_are_added_up(tmp_path: Path) -> None:
    old = {name: value for name, value in ROW.items() if name != "system"}
    one = report(tmp_path / "one", ROW, old)
    two = report(tmp_path / "two", ROW, {**ROW, "came_back": True, "outcome": "unfixed"})
    file = tmp_path / "evidence.jsonl"
    assert main([one, two], file) == 0
    assert [(it.applied, it.gone, it.installed) for it in read_records(file)] == [(3, 2, 2)]
    assert main([two], file) == 0
    assert [(it.applied, it.gone, it.installed) for it in read_records(file)] == [(2, 1, 1)]
    assert main(["--add", one], file) == 0
    assert [(it.applied, it.gone, it.installed) for it in read_records(file)] == [(3, 2, 2)]


def test_a_folder_without_reports_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "evidence.jsonl"
    file.write_text("kept")
    assert main([str(tmp_path)], file) == 1
    assert file.read_text() == "kept"


@pytest.mark.skipif(not FILE.is_file(), reason="nothing is shipped")
def test_shipped_records_are_valid_and_of_known_systems() -> None:
    records = read_records(FILE)
    assert [one.key for one in records] == sorted(one.key for one in records)
    for line in FILE.read_text(encoding="utf-8").splitlines():
        assert errors_in(json.loads(line)) == []
