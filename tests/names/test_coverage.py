"""The table of names in recipes/README.md is what the recipes have."""

from __future__ import annotations

from buildfix.catalog import Knowledge
from tests.names.coverage import README, split, table


def test_the_table_of_names_is_current() -> None:
    written = split(README.read_text(encoding="utf-8"))[1]
    assert written == table(Knowledge()), "`python -m tests.names.coverage` writes it again"
