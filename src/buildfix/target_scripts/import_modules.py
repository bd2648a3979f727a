"""Imports modules in order; Python itself prints any failure."""

from __future__ import annotations

from importlib import import_module

from buildfix.target_scripts.clean_slate import clean_slate


def main(words: list[str]) -> None:
    """Import these modules."""
    clean_slate()
    for name in words:
        import_module(name)
