"""Fixtures that tests of the engine share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from buildfix.catalog import Knowledge
from buildfix.cli.tasks import Screen
from tests.document_schema import errors_in
from tests.unit.recipes import small_knowledge
from tests.unit.recorded.machines import Clock


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the tests from the state and the configuration of the user who runs them."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "own/config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own/state"))
    return tmp_path / "own"


@pytest.fixture(autouse=True)
def checked_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check each document that a command prints against its schema."""
    shown = Screen.document

    def checked(screen: Screen, document: Any) -> None:
        for one in document if isinstance(document, list) else [document]:
            if "schema" in one:
                assert errors_in(one) == []
        shown(screen, document)

    monkeypatch.setattr(Screen, "document", checked)


@pytest.fixture
def knowledge(tmp_path: Path) -> Knowledge:
    """Give a small body of knowledge, which does not hang on the shipped one."""
    return small_knowledge(tmp_path / "recipes")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let no time pass while steps are waited for."""
    clock = Clock()
    monkeypatch.setattr("buildfix.engine.executor.time", clock)
    return clock
