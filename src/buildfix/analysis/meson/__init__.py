"""Following meson.build, with its options and wraps, on an imagined machine."""

from __future__ import annotations

from buildfix.analysis.meson.reader import read_meson

__all__ = ["read_meson"]
