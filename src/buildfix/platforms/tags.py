"""Which wheels a described host takes.

On this machine the target interpreter tells; this is for hosts that only a description stands for.
"""

from __future__ import annotations

from packaging import tags

from buildfix.core import Host, Interpreter
from buildfix.platforms.operating_systems import operating_system


def tags_of(host: Host, interpreter: Interpreter) -> tuple[str, ...]:
    """Return the tags of the wheels that CPython takes there, the best first (PEP 425)."""
    major, minor, *_ = map(int, interpreter.version.split("."))
    platforms = list(operating_system(host.system).wheel_platforms(host))
    found = [
        *tags.cpython_tags((major, minor), platforms=platforms, abis=[f"cp{major}{minor}"]),
        *tags.compatible_tags((major, minor), f"cp{major}{minor}", platforms),
    ]
    return tuple(map(str, found))
