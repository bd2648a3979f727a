"""Backends that compile nothing themselves."""

from __future__ import annotations

from buildfix.analysis.source_format import SourceFormat

FORMAT = SourceFormat(
    ("flit_core", "flit", "uv_build"), lambda _survey, _project: (), hands_on=True
)
