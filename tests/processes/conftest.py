"""Fixtures that these tests share with the unit tests."""

from __future__ import annotations

from tests.unit.conftest import clock, knowledge

__all__ = ["clock", "knowledge"]
