"""What a configure script that the build runs asks for."""

from __future__ import annotations

from buildfix.sources.survey import Survey


def read_configure(survey: Survey) -> None:
    """Note what configure.ac requires."""
