"""Whether a version meets what is asked for, however packagers and build files write them."""

from __future__ import annotations

import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet

_UPSTREAM = re.compile(r"^(?:\d+:)?v?(?P<version>\d+(?:\.\d+)*)")
"""The upstream part of a package's version: without epoch, revision and repackaging marks
(deb-version(7); rpm's and pacman's are written alike)."""


def upstream(version: str) -> str | None:
    """Return the upstream part of a package's version, None where it has none."""
    match = _UPSTREAM.match(version)
    return match["version"] if match else None


def meets(version: str, required: str) -> bool:
    """Say whether a package's version meets `>=1.15`, `1.15` (at least), `1.8.x` or `>=3,<4`.

    What cannot be compared counts as met: a guess must not rule a road out.
    """
    number, specifier = upstream(version), _specifier(required)
    if number is None or specifier is None:
        return True
    return specifier.contains(number, prereleases=True)


def _specifier(required: str) -> SpecifierSet | None:
    text = required.replace(" ", "")
    if text.endswith(".x"):
        text = f"=={text.removesuffix('x')}*"
    elif text[:1].isdigit():
        text = f">={text}"
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return None
