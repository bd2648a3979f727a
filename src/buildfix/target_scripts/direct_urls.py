"""What was installed from a path or URL."""

from __future__ import annotations

from importlib.metadata import distributions

from buildfix.target_scripts.installed import name_of, origin_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def answer(_: object) -> dict[str, dict[str, Any]]:
    """Return the recorded origin of each (PEP 610), by normalized name."""
    origins = ((name_of(dist), origin_of(dist)) for dist in distributions())
    return {name: origin for name, origin in origins if origin}
