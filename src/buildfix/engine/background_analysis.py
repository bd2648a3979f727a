"""Analyzes the builds in the background, to know as early as possible what they will lack.

A thread asks pip what would be installed and reads the sources to be built. The loop only waits for
it if this host clearly cannot build yet; otherwise the installer starts at once, and is stopped if
it cannot succeed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING

from buildfix.catalog import Knowledge
from buildfix.core import Cuda, Host, Need, Request
from buildfix.core.light_dataclass import dataclass
from buildfix.core.tell import Tell, silent
from buildfix.engine.temporary_folders import scratch
from buildfix.machines.local import Machine
from buildfix.machines.stoppable import StoppableThread

if TYPE_CHECKING:
    from buildfix.analysis import Download, Obstacle
    from buildfix.forecast.resolution import ResolvedDistribution
    from buildfix.forecast.url_sources import Direct
    from buildfix.index.wanted import Refused


_HEAD_START = 1.0
"""Seconds for the installer alone: most runs build nothing and are done by then."""


@dataclass(frozen=True)
class AnalysisResult:
    """What is known about an install in advance; empty if not known."""

    coming: tuple[ResolvedDistribution, ...] = ()
    """What would be installed."""
    builds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The projects that will be built, each with its build requirements."""
    compiled: frozenset[str] = frozenset()
    """The projects whose builds compile something."""
    compile_seconds: Mapping[str, float] = field(default_factory=dict)
    """About how long one core compiles the sources of each build."""
    self_sufficient: frozenset[str] = frozenset()
    """The projects whose builds neither need nor use anything of the system."""
    needs: tuple[Need, ...] = ()
    """What the builds need and this machine lacks."""
    optional: Mapping[str, tuple[Need, ...]] = field(default_factory=dict)
    """What each build could use and this machine lacks."""
    probable: tuple[Need, ...] = ()
    """What the builds probably need as well, and this machine lacks."""
    obstacles: Mapping[str, Obstacle] = field(default_factory=dict)
    """Why builds certainly fail, by the name and version of their projects."""
    downloads: Mapping[str, tuple[Download, ...]] = field(default_factory=dict)
    """What each build fetches from hosts beside the index."""
    unknown: Mapping[str, tuple[Need, ...]] = field(default_factory=dict)
    """The libraries that each build links, that no recipe knows and this machine lacks."""
    askers: Mapping[Need, str] = field(default_factory=dict)
    """What the builds need, present or not, each with its project."""
    shown: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What is proven of the sources of all builds, with those projects and versions."""
    troubles: tuple[str, ...] = ()
    """Which indexes could not be read completely, and why."""
    refused: Refused | None = None
    """Why the requirements cannot be installed together."""
    known: bool = True
    """Whether the index told what would be installed."""
    unread: tuple[str, ...] = ()
    """Why sources could not be read, one sentence each."""
    unreachable: tuple[Direct, ...] = ()
    """What was requested by URLs that cannot be fetched."""

    def version(self, project: str) -> str | None:
        """Return the version in which a project would be installed; None if unknown."""
        versions = {one.name: one.version for one in self.coming if one.version}
        return versions.get(project)


class BackgroundAnalysis:
    """The analysis of an install in the background; restarted if the install changes."""

    def __init__(self) -> None:
        """Do not start yet."""
        self._look: _Look | None = None

    @property
    def begun(self) -> bool:
        """Whether it was started."""
        return self._look is not None

    def begin(self, look: Callable[[], AnalysisResult], *, at_once: bool = False) -> None:
        """Start; with `at_once`, finish before returning, and raise what it raises."""
        self.stop()
        self._look = _Look(look, at_once=at_once)

    def forget(self) -> None:
        """Discard the result, because the install has changed."""
        self._look = None

    def stop(self) -> None:
        """End it with the process that it runs, because the result is no longer needed."""
        if self._look:
            self._look.stop()

    def ready(self) -> bool:
        """Return whether it is finished."""
        return self._look is not None and self._look.ready()

    def so_far(self) -> AnalysisResult:
        """Return the result; empty if it is not finished."""
        return self._look.found if self._look and self._look.ready() else AnalysisResult()

    def waited_for(self) -> AnalysisResult:
        """Return the result, after waiting for it."""
        return self._look.waited_for() if self._look else AnalysisResult()


class _Look:
    """One analysis, in its own thread unless it is done at once."""

    def __init__(self, look: Callable[[], AnalysisResult], *, at_once: bool):
        self._do = look
        self.found = look() if at_once else AnalysisResult()
        self._thread = None if at_once else StoppableThread(self._run)
        if self._thread:
            self._thread.start()

    def ready(self) -> bool:
        return self._thread is None or not self._thread.is_alive()

    def waited_for(self) -> AnalysisResult:
        if self._thread:
            self._thread.wake()
            self._thread.join()
        return self.found

    def stop(self) -> None:
        if self._thread:
            self._thread.stop()

    def _run(self) -> None:
        if self._thread:
            self._thread.pause(_HEAD_START)
        self.found = self._do()


def _builds_for_gpu(cuda: Cuda) -> bool:
    """Return whether builds can use a GPU: there is one, and torch is not a build without CUDA."""
    return bool(cuda.driver) and (cuda.torch is None or bool(cuda.torch.cuda))


def analyze(
    request: Request,
    gather: Callable[[], Host],
    machine: Machine,
    python: str,
    knowledge: Knowledge,
    *,
    elsewhere: bool = False,
    fresh: bool = False,
    chosen: tuple[tuple[str, str], ...] = (),
    local: bool = True,
    offline: bool = False,
    tell: Tell = silent,
) -> AnalysisResult:
    """Return what an install needs, from the index and the sources of what would be built.

    `gather` returns the host's facts; it is called when they are needed. `python` has pip; with
    `elsewhere` it stands in for the pip of another interpreter. With `fresh` the install goes into
    a new environment; what was `chosen` counts as installed. Without `local` the host is another
    machine, which cannot be inspected. With `offline` no index is asked that is not the user's.
    What it does is said to `tell`.
    """
    from buildfix.forecast.builds import forecast_builds  # slow to load
    from buildfix.platforms.presence import lacking

    with scratch() as folder:
        found = forecast_builds(
            request,
            gather,
            machine,
            python,
            knowledge,
            folder,
            elsewhere=elsewhere,
            fresh=fresh,
            chosen=chosen,
            offline=offline,
            tell=tell,
        )
    tell("Planning")
    result = AnalysisResult(
        found.coming,
        found.build_requires(),
        found.compiled(),
        found.compile_seconds(),
        found.self_sufficient(knowledge),
        shown=found.shown(),
        troubles=found.troubles,
        refused=found.refused,
        known=found.known,
        unread=found.unread,
        unreachable=found.unreachable,
        obstacles=found.obstacles(),
        downloads=found.downloads(),
    )
    if not found.builds and not found.askers(knowledge):
        return result
    askers = found.askers(knowledge, machine.environ, gpu=_builds_for_gpu(gather().cuda))
    optional, unknown = found.optional(knowledge), found.unknown()
    needs, probable = tuple(askers), found.probable()
    if local:
        host = gather()
        probable = lacking(probable, host, machine, knowledge)
        optional = {
            project: lacking(several, host, machine, knowledge)
            for project, several in optional.items()
        }
        unknown = {
            project: lacking(several, host, machine, knowledge)
            for project, several in unknown.items()
        }
    if request.complete:
        needs = (*needs, *(need for several in optional.values() for need in several))
    if local:
        needs = lacking(needs, host, machine, knowledge)
    return replace(
        result,
        needs=needs,
        optional=optional,
        probable=probable,
        askers=askers,
        unknown={project: several for project, several in unknown.items() if several},
    )
