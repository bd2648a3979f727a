"""What installed distributions need from the system at run time."""

from __future__ import annotations

import os
import sys
from importlib.metadata import distributions

from buildfix.target_scripts.installed import listed, name_of, origin_of, required_by

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import Distribution

    from buildfix.target_scripts.answers import BinaryFiles

MANY = 200_000


def answer(without: list[str] | None) -> BinaryFiles:
    """Return the files that may be compiled, also of editable installs, and the requirements.

    Nothing is told of the distributions `without` which the target is looked at.
    """
    files: set[str] = set()
    required: set[str] = set()
    looked_at = [dist for dist in distributions() if name_of(dist) not in (without or ())]
    there = {*map(name_of, looked_at), *(without or ())}
    for dist in looked_at:
        required |= required_by(dist, there)
        paths = [str(dist.locate_file(path)) for path in listed(dist)]
        paths += files_below(editable_folder(dist))
        files.update(map(os.path.realpath, filter(may_be_compiled, paths)))
    base = getattr(sys, "_base_executable", "") or sys.executable
    return {
        "files": sorted(files),
        "required": sorted(required),
        "program": os.path.realpath(base),
    }


def may_be_compiled(path: str) -> bool:
    """Return whether a file may be a program or a library."""
    name = os.path.basename(path)
    likely = ".so" in name or ("." not in name and os.access(path, os.X_OK))
    return likely and os.path.isfile(path)


def editable_folder(dist: Distribution) -> str:
    """Return the folder of an editable install; empty for others."""
    facts = origin_of(dist)
    url = str(facts.get("url", ""))
    editable = facts.get("dir_info", {}).get("editable")
    return url[len("file://") :] if editable and url.startswith("file://") else ""


def files_below(folder: str) -> Iterator[str]:
    """Yield the files below a folder, up to a limit; none if the name is empty."""
    seen = 0
    for place, _, names in os.walk(folder) if folder else ():
        seen += len(names)
        if seen > MANY:
            return
        yield from (os.path.join(place, name) for name in names)
