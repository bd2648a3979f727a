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

    What cannot be compared counts as met: a guess must not rule an option out.
    """
    number = upstream(version)
    try:
        specifier = SpecifierSet(as_specifier(required))
    except InvalidSpecifier:
        return True
    return number is None or specifier.contains(number, prereleases=True)


def is_specifier(text: str | None) -> bool:
    """Return whether a text limits versions and is nothing else, such as a URL."""
    try:
        return bool(text) and bool(SpecifierSet(text or ""))
    except InvalidSpecifier:
        return False


def as_specifier(required: str) -> str:
    """Return what is asked for as a specifier: a bare version is the oldest that serves."""
    text = required.replace(" ", "")
    if text.endswith(".x"):
        return f"=={text.removesuffix('x')}*"
    return f">={text}" if text[:1].isdigit() else text
