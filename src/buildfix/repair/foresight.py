"""Looking ahead while something else goes on: what the builds will lack, known as soon as may be.

A thread asks pip what would come and reads the sources of what would be built. The loop waits for
it only on a host that plainly builds nothing yet; else the installer starts at once, and is stopped
when it turns out that it cannot succeed.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from buildfix.foresee.walk import Coming
from buildfix.knowledge import Knowledge
from buildfix.model import Host, Need, Request
from buildfix.run import Machine


class Foresight:
    """What an install on this machine will need, found out in the background."""

    def __init__(
        self,
        request: Request,
        host: Callable[[], Host],
        machine: Machine,
        python: str,
        knowledge: Knowledge,
    ):
        """Begin to look; `host` gathers its facts when they are needed, `python` has a pip."""
        self.coming: tuple[Coming, ...] = ()
        """What the install would bring, once that is known."""
        self.builds: dict[str, tuple[str, ...]] = {}
        """The projects that will be built, each with its build requirements, once that is known."""
        self.versions: dict[str, str] = {}
        """The version in which each project would come, once that is known."""
        self.compiled: frozenset[str] = frozenset()
        """The projects whose builds compile something, once that is known."""
        self.askers: dict[Need, str] = {}
        """What the builds need, each with the project that does, once that is known."""
        self._needs: tuple[Need, ...] = ()
        self._optional: dict[str, tuple[Need, ...]] = {}
        self._thread = threading.Thread(
            target=self._look, args=(request, host, machine, python, knowledge), daemon=True
        )
        self._thread.start()

    def ready(self) -> bool:
        """Say whether the looking is done."""
        return not self._thread.is_alive()

    def needs(self) -> tuple[Need, ...]:
        """Return what the builds need and this machine lacks; waits until that is known."""
        self._thread.join()
        return self._needs

    def optional(self) -> dict[str, tuple[Need, ...]]:
        """Return what each build would make use of and this machine lacks, as far as is known."""
        return self._optional if self.ready() else {}

    def _look(
        self,
        request: Request,
        gather: Callable[[], Host],
        machine: Machine,
        python: str,
        knowledge: Knowledge,
    ) -> None:
        from buildfix.foresee.outlook import look_ahead  # only now: it takes its time to load
        from buildfix.hosts.presence import lacking

        with tempfile.TemporaryDirectory(prefix="buildfix-", ignore_cleanup_errors=True) as folder:
            outlook = look_ahead(request, gather, machine, python, knowledge, Path(folder))
            self.coming = outlook.coming
            self.builds = {build.name: build.reading.build_requires for build in outlook.builds}
            self.versions = {one.name: one.version for one in outlook.coming if one.version}
            self.compiled = outlook.compiled()
            if not outlook.builds:
                return
            self.askers = outlook.askers(knowledge)
            host, found = gather(), tuple(self.askers)
            optional = {
                project: lacking(needs, host, machine, knowledge)
                for project, needs in outlook.optional(knowledge).items()
            }
            if request.complete:
                found = (*found, *(need for needs in optional.values() for need in needs))
            self._optional = optional
            self._needs = lacking(found, host, machine, knowledge)
