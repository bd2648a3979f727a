"""What a failed build in a wheelhouse showed is known before the next build."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from buildfix.catalog import Knowledge, shipped_folder
from buildfix.core import Cause, Diagnosis
from buildfix.core.plan import Command
from buildfix.core.report import Attempt, Report
from buildfix.wheelhouse.learned import keep_learned, learned_recipes, needs_learned

LIBRARY = "dep:generic/libyaml"


def failed(kind: str, subject: str) -> Attempt:
    diagnosis = Diagnosis(failed=True, cause=Cause(kind, subject, 1, "text"))
    return Attempt(Command(("pip",)), "log", 1, 1.0, None, diagnosis)


def report(*attempts: Attempt) -> Report:
    return Report("installed", ("demo",), attempts)


@pytest.fixture(scope="module")
def shipped() -> Knowledge:
    return Knowledge()


def test_needs_of_failed_attempts_are_learned_as_capabilities(shipped: Knowledge) -> None:
    found = report(
        failed("header-missing", "yaml.h"),
        failed("library-missing", "yaml"),
        failed("source-error", "demo.c"),
    )
    assert needs_learned(found, shipped, "demo") == (LIBRARY,)


def test_nothing_is_learned_where_nothing_was_installed_or_a_recipe_is_there(
    shipped: Knowledge,
) -> None:
    found = report(failed("header-missing", "yaml.h"))
    assert needs_learned(replace(found, outcome="unfixed"), shipped, "demo") == ()
    assert needs_learned(found, shipped, "lxml") == ()


def test_what_was_learned_is_a_recipe_that_grows(tmp_path: Path) -> None:
    assert learned_recipes(tmp_path) is None
    keep_learned(tmp_path, "demo", (LIBRARY,), "demo==1.0 for debian13-x86_64-cp313")
    keep_learned(tmp_path, "demo", ("dep:generic/zlib",), "demo==1.1 for debian13-x86_64-cp313")
    folder = learned_recipes(tmp_path)
    assert folder
    knowledge = Knowledge([shipped_folder(), folder])
    recipe = knowledge.project("demo")
    assert recipe
    assert [need.subject for need in recipe.build] == [LIBRARY, "dep:generic/zlib"]
    assert needs_learned(report(failed("tool-missing", "git")), knowledge, "demo")


@pytest.mark.parametrize("needs", [(LIBRARY,), ()])
def test_what_is_known_is_not_written_again(tmp_path: Path, needs: tuple[str, ...]) -> None:
    keep_learned(tmp_path, "demo", (LIBRARY,), "demo==1.0 for one")
    path = tmp_path / "recipes/projects/demo.toml"
    before = path.read_text()
    keep_learned(tmp_path, "demo", needs, "demo==1.0 for another")
    assert path.read_text() == before


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("hosts/debian.toml", ""),
        ("projects/demo.toml", 'name = "demo"\nsource = "elsewhere"\n'),
        (
            "projects/demo.toml",
            'name = "demo"\nsource = "Learned from a failed build of demo==1.0"\n'
            'undeclared = ["other"]\n',
        ),
        ("projects/demo.toml", "no TOML"),
    ],
)
def test_recipes_that_were_not_learned_are_neither_used_nor_changed(
    tmp_path: Path, name: str, text: str
) -> None:
    keep_learned(tmp_path, "first", (LIBRARY,), "first==1.0 for one")
    path = tmp_path / "recipes" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    assert learned_recipes(tmp_path) is None
    keep_learned(tmp_path, "demo", (LIBRARY,), "demo==1.0 for one")
    assert path.read_text(encoding="utf-8") == text
