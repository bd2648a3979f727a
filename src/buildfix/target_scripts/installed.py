"""What is recorded of an installed distribution."""

from __future__ import annotations

import csv
import json
import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.metadata import Distribution
    from typing import Any

    from buildfix.target_scripts.answers import Installed

_EXTRA = re.compile(r"""\bextra *== *["']([^"']+)["']""")


def normalized(name: str | None) -> str:
    """Return a distribution's name as an index knows it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name or "").lower()


def name_of(dist: Installed) -> str:
    """Return the normalized name of a distribution; empty if it has none."""
    return normalized(dist.metadata["Name"])


def origin_of(dist: Installed) -> dict[str, Any]:
    """Return the recorded path or URL that it was installed from (PEP 610)."""
    try:
        origin = json.loads(dist.read_text("direct_url.json") or "{}")
    except ValueError:
        return {}
    return origin if isinstance(origin, dict) else {}


def required_by(dist: Distribution, there: set[str]) -> set[str]:
    """Return what a distribution requires, by normalized name, if `there` is installed.

    What it requires for an extra counts only if all of that extra is installed: which extras were
    asked for is not recorded.
    """
    always: set[str] = set()
    extras: dict[str, set[str]] = {}
    lacking: set[str] = set()
    for text in dist.requires or ():
        name, condition = normalized(required_name(text)), text.partition(";")[2].strip()
        extra = _EXTRA.search(condition)
        if extra is None:
            always.add(name)
            continue
        extras.setdefault(extra.group(1), set()).add(name)
        if name not in there and extra.group() == condition:  # else it may not apply here
            lacking.add(extra.group(1))
    return always.union(*(names for extra, names in extras.items() if extra not in lacking))


def required_name(text: str) -> str:
    """Return the name at the beginning of a requirement."""
    return re.split(r"[^A-Za-z0-9._-]", text.strip(), maxsplit=1)[0]


def listed(dist: Installed) -> list[str]:
    """Return a distribution's files as paths from where it is installed.

    Missing files are included; importlib.metadata leaves them out from Python 3.12 on. For what
    pip's `setup.py install` (before pip 23.1) installed, older versions read the sdist's list,
    which may have other folders, in place of pip's.
    """
    record, own = dist.read_text("RECORD"), dist.read_text("installed-files.txt")
    if record:
        names = [row[0] for row in csv.reader(record.splitlines()) if row]
    elif own:  # relative to the .egg-info folder
        names = [os.path.normpath(os.path.join("egg-info", line)) for line in own.splitlines()]
    else:
        names = [str(path) for path in dist.files or ()]
    return [name.replace(os.sep, "/") for name in names]
