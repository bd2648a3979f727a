"""Recipes that others may change are named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from buildfix.machines.trust import warn_of_others


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    (tmp_path / "recipes/causes").mkdir(parents=True, mode=0o755)
    (tmp_path / "recipes/causes/mine.toml").touch(mode=0o644)
    warn_of_others.cache_clear()
    return tmp_path / "recipes"


def test_own_recipe_folder_gives_no_warning(
    recipes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warn_of_others(recipes)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("place", [".", "causes", "causes/mine.toml"])
def test_world_writable_recipe_is_named(
    place: str, recipes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (recipes / place).chmod(0o777)
    warn_of_others(recipes)
    said = capsys.readouterr().err
    assert said.startswith(f"buildfix: warning: {recipes / place} is world-writable")
    assert said.count("\n") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_recipe_of_another_owner_is_named(
    recipes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.chown(recipes / "causes/mine.toml", 4321, 0)
    warn_of_others(recipes)
    assert "mine.toml belongs to user 4321" in capsys.readouterr().err
    os.chown(recipes / "causes/mine.toml", 0, 4321)
    (recipes / "causes/mine.toml").chmod(0o664)
    warn_of_others.cache_clear()
    warn_of_others(recipes)
    assert "mine.toml is group-writable" in capsys.readouterr().err
