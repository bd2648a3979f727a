"""The command line: arguments in, exit code out. Nothing here decides about builds."""

from __future__ import annotations

from buildfix.cli.app import run

__all__ = ["run"]
