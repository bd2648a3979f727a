"""The memory and the time that earlier builds of a project took, in a file of the user's."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

_SCHEMA = "buildfix.peaks/1"
_KEPT = 5
_MEMORY = "projects"
_TIME = "milliseconds"


class MemoryHistory:
    """The bytes that one job of a project needed in its last few builds, and their seconds.

    Without a path nothing is known or saved. An unreadable or read-only file is ignored.
    """

    def __init__(self, path: Path | None = None, *, learns: bool = True):
        """Use this file; without `learns` it is only read."""
        self._path = path
        self._learns = learns

    def per_job(self) -> Mapping[str, int]:
        """Return the highest recorded value, by project."""
        return {name: max(sizes) for name, sizes in self._read(_MEMORY).items()}

    def seconds(self) -> Mapping[str, float]:
        """Return how long the last build took, by project."""
        return {name: times[-1] / 1000 for name, times in self._read(_TIME).items()}

    def learn(self, project: str, per_job: int) -> None:
        """Record the memory of another build."""
        self._add(_MEMORY, project, per_job)

    def learn_time(self, project: str, seconds: float) -> None:
        """Record the time of another build."""
        self._add(_TIME, project, max(round(seconds * 1000), 1))

    def _add(self, what: str, project: str, value: int) -> None:
        if self._path is None or not self._learns:
            return
        known = {one: self._read(one) for one in (_MEMORY, _TIME)}
        known[what][project] = [*known[what].get(project, []), value][-_KEPT:]
        document = {"schema": _SCHEMA, **known}
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
            fresh.replace(self._path)

    def _read(self, what: str) -> dict[str, list[int]]:
        try:
            document = json.loads(self._path.read_text(encoding="utf-8")) if self._path else {}
            rows = document.get(what, {}).items() if document.get("schema") == _SCHEMA else ()
            return {
                name: sizes
                for name, sizes in rows
                if sizes and all(isinstance(size, int) and size > 0 for size in sizes)
            }
        except (OSError, ValueError, AttributeError, TypeError):
            return {}
