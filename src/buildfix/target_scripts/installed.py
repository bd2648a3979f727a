"""What an installed distribution says of itself."""

from __future__ import annotations

import csv
import json
import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.metadata import Distribution
    from typing import Any


def normalized(name: str | None) -> str:
    """Return a distribution's name as an index knows it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name or "").lower()


def name_of(dist: Distribution) -> str:
    """Return the normalized name of a distribution, which may have lost it."""
    return normalized(dist.metadata["Name"])


def origin_of(dist: Distribution) -> dict[str, Any]:
    """Return what its installer wrote down of the path or URL that it is from (PEP 610)."""
    try:
        origin = json.loads(dist.read_text("direct_url.json") or "{}")
    except ValueError:
        return {}
    return origin if isinstance(origin, dict) else {}


def required_name(text: str) -> str:
    """Return the name at the beginning of a requirement."""
    return re.split(r"[^A-Za-z0-9._-]", text.strip(), maxsplit=1)[0]


def listed(dist: Distribution) -> list[str]:
    """Return a distribution's files as paths from where it is installed.

    From Python 3.12 on, importlib.metadata leaves out files that are missing, which are wanted
    here. Of what pip's `setup.py install` (before pip 23.1) put there, it reads pip's own list only
    from then on; older ones take the sdist's, which may lie in folders of its own.
    """
    record, own = dist.read_text("RECORD"), dist.read_text("installed-files.txt")
    if record:
        names = [row[0] for row in csv.reader(record.splitlines()) if row]
    elif own:  # as seen from the .egg-info folder
        names = [os.path.normpath(os.path.join("egg-info", line)) for line in own.splitlines()]
    else:
        names = [str(path) for path in dist.files or ()]
    return [name.replace(os.sep, "/") for name in names]
