"""Imports modules in their order; how it fails is left to Python to print."""

from __future__ import annotations

from importlib import import_module

from buildfix.target_scripts.clean_slate import clean_slate


def main(words: list[str]) -> None:
    """Import the modules that are named."""
    clean_slate()
    for name in words:
        import_module(name)
