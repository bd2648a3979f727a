"""A shared library that is loaded at run time: `libGL.so.1`, `libmagic`."""

from __future__ import annotations

import re

from buildfix.dependency_kinds.base import LIBRARIES, DependencyKind, Wanted

_SHARED = re.compile(r"(?:lib)?(?P<name>.+?)(?:\.so(?P<number>\.[0-9.]+)?)?")


class RuntimeLibrary(DependencyKind):
    """A library that an installed module loads."""

    name = "runtime-library-missing"
    detectors = ("runtime", "libraries", "words")
    homes = re.compile(LIBRARIES)
    is_library = True
    of_run_time = True

    def files(self, subject: str) -> Wanted | None:
        """Return a shared library by the name that a loader or ctypes uses."""
        match = _SHARED.fullmatch(subject)
        if match is None or "/" in subject:
            return None
        ending = f"/lib{match['name']}.so"
        if match["number"]:
            return Wanted(self.name, match["name"], (ending + match["number"],))
        return Wanted(self.name, match["name"], (ending,), numbered=True)

    def is_unlike(self, name: str, *, development: bool) -> bool:  # noqa: ARG002
        """Return whether it is a development package."""
        return development
