"""Every plan is the one that was reviewed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from buildfix.catalog import Knowledge, shipped_folder
from tests.golden.plans import FOLDER, file_of, golden, load

KNOWLEDGE = Knowledge()
TABLE = load()


@pytest.mark.parametrize(("system", "release"), TABLE.stock, ids=lambda word: word or "any")
def test_the_plan_is_the_reviewed_one(system: str, release: str) -> None:
    reviewed = file_of(system, release).read_text(encoding="utf-8")
    assert golden(system, release, TABLE.families, KNOWLEDGE) == reviewed, (
        "a plan changed: `python -m tests.golden` writes it anew, and the diff is to be judged"
    )


def test_every_system_and_every_theme_has_its_golden_plans() -> None:
    themes = {path.stem for path in (shipped_folder() / "capabilities").glob("*.toml")}
    assert themes <= {family.name for family in TABLE.families}
    assert set(TABLE.systems) == set(KNOWLEDGE.hosts)
    assert set(FOLDER.glob("*.json")) == {file_of(*one) for one in TABLE.stock}


def test_a_capability_stands_behind_every_need() -> None:
    needs = {need for family in TABLE.families for need in family.needs}
    assert [str(need) for need in needs if not KNOWLEDGE.capability(need.kind, need.subject)] == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_a_golden_file_is_json(path: Path) -> None:
    assert set(json.loads(path.read_text(encoding="utf-8"))) == {one.name for one in TABLE.families}
