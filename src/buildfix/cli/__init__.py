"""Words in, exit code out; no decisions about builds."""

from __future__ import annotations

from buildfix.cli.app import run

__all__ = ["run"]
