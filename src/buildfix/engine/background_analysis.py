"""Looking ahead while something else goes on: what the builds will lack, known as soon as may be.

A thread asks pip what would come and reads the sources of what would be built. The loop waits for
it only on a host that plainly builds nothing yet; else the installer starts at once, and is stopped
when it turns out that it cannot succeed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from buildfix.catalog import Knowledge
from buildfix.core import Host, Need, Request
from buildfix.engine.temporary_folders import scratch
from buildfix.machines.local import Machine

if TYPE_CHECKING:
    from buildfix.forecast.resolution import ResolvedDistribution
    from buildfix.forecast.url_sources import Direct
    from buildfix.index.wanted import Refused


_HEAD_START = 1.0
"""Seconds that the installer has for itself: in most runs it builds nothing and is done by then."""


@dataclass(frozen=True)
class AnalysisResult:
    """What is known beforehand of an install; empty as far as it is not."""

    coming: tuple[ResolvedDistribution, ...] = ()
    """What it would bring."""
    builds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The projects that will be built, each with its build requirements."""
    compiled: frozenset[str] = frozenset()
    """The projects whose builds compile something."""
    needs: tuple[Need, ...] = ()
    """What the builds need and this machine lacks."""
    optional: Mapping[str, tuple[Need, ...]] = field(default_factory=dict)
    """What each build would make use of and this machine lacks."""
    askers: Mapping[Need, str] = field(default_factory=dict)
    """What the builds need, here or not, each with the project that does."""
    shown: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What is shown of the sources of all builds, each with those projects and their versions."""
    troubles: tuple[str, ...] = ()
    """Which indexes did not give what they may have, and why."""
    refused: Refused | None = None
    """Why what was asked for cannot be installed together."""
    known: bool = True
    """Whether the index told what would come."""
    unread: tuple[str, ...] = ()
    """Why sources could not be read, each in a sentence."""
    unreachable: tuple[Direct, ...] = ()
    """What was asked for by URLs that cannot be fetched."""

    def version(self, project: str) -> str | None:
        """Return the version in which a project would come, None where that is not known."""
        versions = {one.name: one.version for one in self.coming if one.version}
        return versions.get(project)


class BackgroundAnalysis:
    """What an install will need, found out in the background; begun anew where that changes."""

    def __init__(self) -> None:
        """Begin nothing yet."""
        self._look: _Look | None = None

    @property
    def begun(self) -> bool:
        """Whether it was begun to look."""
        return self._look is not None

    def begin(self, look: Callable[[], AnalysisResult], *, at_once: bool = False) -> None:
        """Begin to look; with `at_once` be done when this returns, and raise what that raises."""
        self._look = _Look(look, at_once=at_once)

    def forget(self) -> None:
        """Know nothing any more, for what will come has changed."""
        self._look = None

    def ready(self) -> bool:
        """Say whether the looking is done."""
        return self._look is not None and self._look.ready()

    def so_far(self) -> AnalysisResult:
        """Return what was found, nothing before the looking is done."""
        return self._look.found if self._look and self._look.ready() else AnalysisResult()

    def waited_for(self) -> AnalysisResult:
        """Return what was found, once the looking is done."""
        return self._look.waited_for() if self._look else AnalysisResult()


class _Look:
    """One look, in a thread of its own unless it is done at once."""

    def __init__(self, look: Callable[[], AnalysisResult], *, at_once: bool):
        self._do = look
        self._needed = threading.Event()
        self.found = look() if at_once else AnalysisResult()
        self._thread = None if at_once else threading.Thread(target=self._run, daemon=True)
        if self._thread:
            self._thread.start()

    def ready(self) -> bool:
        return self._thread is None or not self._thread.is_alive()

    def waited_for(self) -> AnalysisResult:
        self._needed.set()
        if self._thread:
            self._thread.join()
        return self.found

    def _run(self) -> None:
        self._needed.wait(_HEAD_START)
        self.found = self._do()


def analyze(
    request: Request,
    gather: Callable[[], Host],
    machine: Machine,
    python: str,
    knowledge: Knowledge,
    *,
    elsewhere: bool = False,
    fresh: bool = False,
    local: bool = True,
) -> AnalysisResult:
    """Return what an install needs, by the index and by the sources of what would be built.

    `gather` returns the host's facts; it is called when they are needed. `python` has a pip; with
    `elsewhere` it stands for the pip of another. With `fresh` the install goes into a new
    environment; without `local` the host is another machine, which cannot be looked at.
    """
    from buildfix.forecast.builds import forecast_builds  # only now: it takes its time to load
    from buildfix.platforms.presence import lacking

    with scratch() as folder:
        found = forecast_builds(
            request, gather, machine, python, knowledge, folder, elsewhere=elsewhere, fresh=fresh
        )
    result = AnalysisResult(
        found.coming,
        found.build_requires(),
        found.compiled(),
        shown=found.shown(),
        troubles=found.troubles,
        refused=found.refused,
        known=found.known,
        unread=found.unread,
        unreachable=found.unreachable,
    )
    if not found.builds:
        return result
    askers, optional = found.askers(knowledge), found.optional(knowledge)
    needs = tuple(askers)
    if local:
        host = gather()
        optional = {
            project: lacking(several, host, machine, knowledge)
            for project, several in optional.items()
        }
    if request.complete:
        needs = (*needs, *(need for several in optional.values() for need in several))
    if local:
        needs = lacking(needs, host, machine, knowledge)
    return replace(result, needs=needs, optional=optional, askers=askers)
