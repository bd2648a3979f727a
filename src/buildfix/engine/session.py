"""What one run of buildfix has learned and done so far."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.tags import Tag
from packaging.version import Version

from buildfix.catalog import Knowledge
from buildfix.catalog.commands import command_words
from buildfix.catalog.schema import Capability
from buildfix.core import (
    Cause,
    Command,
    ConstrainBuild,
    CreateEnvironment,
    DisableIsolation,
    FetchOptions,
    GpuLibrary,
    Host,
    Interpreter,
    Need,
    Pin,
    Rebuild,
    Step,
    Variables,
    events,
    names_of,
)
from buildfix.engine.assumed import Assumed
from buildfix.engine.background_analysis import AnalysisResult, BackgroundAnalysis, analyze
from buildfix.engine.build_constraints import write_constraints
from buildfix.engine.jobs import Parallelism
from buildfix.engine.journal import Journal
from buildfix.engine.memory_history import MemoryHistory
from buildfix.engine.origins import Origins, asked_again, known_origins
from buildfix.engine.outcome import Shortage
from buildfix.engine.state import RunState
from buildfix.engine.step_changes import Brought
from buildfix.forecast import makes_environment
from buildfix.installers import InstallOptions, install_command, installer_of, separator
from buildfix.installers.by_name import fetch_options
from buildfix.installers.request_items import project_of
from buildfix.installers.requirements import (
    ParsedRequest,
    local_projects,
    pinned,
    requirements_asked,
    requirements_by_url,
    wants_hashes,
)
from buildfix.machines.local import Machine
from buildfix.package_managers import manager_for
from buildfix.platforms import describe, gather
from buildfix.platforms.interpreter import tags_taken
from buildfix.platforms.package_lists import SystemIndex
from buildfix.platforms.site_packages import Snapshot, snapshot
from buildfix.platforms.tags import tags_of
from buildfix.providers import Builds, Index, NoIndex, PlanDraft, draft_plan
from buildfix.providers.cuda import as_with
from buildfix.providers.provisioning_options import version_here

if TYPE_CHECKING:
    from buildfix.engine.wheelhouse import Wheelhouse


@dataclass
class Session:
    """What was asked, on which machine, and what has become of it."""

    request: ParsedRequest
    machine: Machine
    knowledge: Knowledge
    logs: Path
    interpreter: Interpreter
    journal: Journal = field(default_factory=Journal)
    """All that was done and learned."""
    targets: dict[str, Snapshot] = field(default_factory=dict)
    """What each target had when it was first looked at."""
    shortage: Shortage | None = None
    house: Wheelhouse | None = None
    tags_by_path: dict[str, frozenset[Tag]] = field(default_factory=dict)
    """The tags of the wheels that an interpreter takes, once they were asked for."""
    index: Index | None = None
    """The host's package lists, once they were asked; none after a step that may change them."""
    foresight: BackgroundAnalysis | None = None
    assumed: Assumed | None = None
    """What a dry run takes as done; None in a run."""
    weighed: tuple[Need, ...] = ()
    """What was foreseen and not settled when it was last asked whether that can be brought."""
    shared: Path | None = None
    """Where files are that builds read, where these run as a user who cannot read the logs."""
    origins_then: tuple[int, Origins] | None = None
    """Where projects come from, with how many installs had ended well when that was found out."""
    facts: Host | None = None
    local: bool = True
    """Whether the host is this machine, whose package lists can be asked."""
    peaks: MemoryHistory = field(default_factory=MemoryHistory)
    parallelism: Parallelism | None = None
    """How much is built at once; decided when it is first needed."""
    side_by_side: Mapping[str, str] = field(default_factory=dict)
    """The builds, with versions, whose extensions the attempt builds side by side."""
    wanted: int = 0
    """Bytes that one job is known to take more than, from an attempt that had too little."""
    asked_elsewhere: set[tuple[str, GpuLibrary | None]] = field(default_factory=set)
    """The requirements about which named indexes were asked, each with the torch of that time."""
    brought: Brought = field(default_factory=Brought)
    started: float = field(default_factory=time.monotonic)
    spent: dict[str, float] = field(default_factory=dict)

    @property
    def environ(self) -> Mapping[str, str]:
        """The variables that are set where the install runs; none are known of another host."""
        return self.machine.environ if self.local else {}

    def host(self) -> Host:
        """Return the host's facts, gathered when they are first needed."""
        if self.facts is None:
            self.facts = gather(self.machine, self.knowledge, self.interpreter)
        return self.facts

    def fetch_options(self) -> FetchOptions:
        """Return how distributions get into the target by name, as the user told the installer."""
        if not self.local:  # this machine's settings are not that one's
            return fetch_options(self.as_installed(), {"PIP_CONFIG_FILE": os.devnull}, "", {})
        prefix, direct = self.interpreter.prefix, known_origins(self).named
        return fetch_options(self.as_installed(), self.environ, prefix, direct)

    def host_to_install(self) -> Host:
        """Return the host with how distributions get into its target."""
        return replace(self.host(), fetch=self.fetch_options())

    @property
    def asks_target_pip(self) -> bool:
        """Whether the target's own pip can be asked."""
        return self.assumed is None or self.assumed.pip_of is None

    def asked_interpreter(self) -> Interpreter:
        """Return the interpreter whose pip is asked: the target as a rule."""
        return (self.assumed and self.assumed.pip_of) or self.interpreter

    def forecast_builds(self) -> BackgroundAnalysis:
        """Begin to find out what the builds will lack; a dry run waits for it."""
        assumed = self.assumed or Assumed()
        look = partial(
            analyze,
            assumed.besides(self.as_installed()),
            self.host,
            self.machine,
            self.asked_interpreter().path,
            self.knowledge,
            elsewhere=not self.asks_target_pip or assumed.newer_pip,
            fresh=makes_environment(self.request, self.interpreter),
            local=self.local,
        )
        self.foresight = BackgroundAnalysis(look, at_once=self.assumed is not None)
        return self.foresight

    def as_installed(self, planned: Sequence[Step] = ()) -> ParsedRequest:
        """Return the request as the installer gets it after the `planned` steps.

        What was pinned stands in the place of what was asked, and the wheelhouse is looked at.
        """
        pins = (*self.state.pins, *names_of(planned, Pin))
        request = pinned(self.request, pins) if pins else self.request
        if self.house is None or wants_hashes(request):  # a build's hash is nobody else's
            return request
        from buildfix.engine.wheelhouse import with_offer

        names = [project_of(text) or text for text in self.state.rebuild]
        wheels = self.house.usable(self.host(), self.tags(), names)
        return with_offer(request, wheels, self.house.offer(wheels)) if wheels else request

    def tags(self) -> frozenset[Tag]:
        """Return the tags of the wheels that the target interpreter takes."""
        path = self.interpreter.path
        if path not in self.tags_by_path:
            here = self.local and tags_taken(self.machine, path)
            names = here or tags_of(self.host(), self.interpreter)
            self.tags_by_path[path] = frozenset(Tag(*name.split("-")) for name in names)
        return self.tags_by_path[path]

    def should_wait(self) -> bool:
        """Say whether to know what builds lack is worth waiting for before anything is begun.

        It is where something is built for certain, and on a host that plainly builds nothing yet.
        """
        if self.request.from_source or local_projects(self.request):
            return True
        if requirements_by_url(self.request):
            return True
        headers = self.interpreter.has_headers
        return not headers or self.machine.commands().isdisjoint(command_words().compilers)

    def foreseen(self) -> AnalysisResult:
        """Return what can be known of the install beforehand; waits until it is."""
        return (self.foresight or self.forecast_builds()).waited_for()

    def foreseen_so_far(self) -> AnalysisResult:
        """Return what is known of the install by now."""
        return self.foresight.so_far() if self.foresight else AnalysisResult()

    def cannot_succeed(self) -> bool:
        """Say whether it is known by now that a build lacks what can be brought here.

        It is asked at every line of an attempt; the first one begins to look ahead, so that the
        installer is under way by then.
        """
        foresight = self.foresight or self.forecast_builds()
        if not foresight.ready():
            return False
        needs = tuple(need for need in foresight.so_far().needs if need not in self.state.settled)
        if needs != self.weighed:
            self.weighed = needs
            return bool(needs and self.draft_plan(needs).steps)
        return False

    def draft_plan(self, needs: Iterable[Need], causes: Iterable[Cause] = ()) -> PlanDraft:
        """Return the steps that meet needs on this host."""
        return draft_plan(
            needs,
            as_with(self.host_to_install(), self.knowledge.cuda, *self._coming()),
            self.knowledge,
            causes,
            index=self._lists(),
            attended=not self.request.unattended,
            builds=self.builds(),
        )

    def _coming(self) -> Iterator[dict[str, str]]:
        """Yield the versions of what is asked for, with all it needs, then of what builds need."""
        coming = self.foreseen_so_far().coming
        for why in ("asked", "build"):
            yield {one.name: one.version for one in coming if one.version and one.why == why}

    def builds(self) -> Builds:
        """Return what is known of the builds to come, and how they are done by now."""
        failed = self.state.failed_import
        return Builds(
            {**self.foreseen_so_far().builds, **dict(failed.rebuilt)},
            self.state.constraints,
            bool(self.state.unisolated),
            failed.broken,
            failed.pair,
            failed.against,
            self._local_files(),
            tuple(one.word for one in requirements_asked(self.request)),
        )

    def _local_files(self) -> dict[str, str]:
        """Return the pyproject.toml of each folder that was asked for, with its text."""
        folders = (path for path in local_projects(self.request) if path.is_dir())
        paths = [folder / "pyproject.toml" for folder in folders]
        return {
            str(path): path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
            for path in paths
        }

    def _lists(self) -> Index:
        """Return the host's package lists; what they answered holds until a step is applied."""
        if self.index is None:
            recipe = self.knowledge.host(self.host()) if self.local else None
            manager = manager_for(recipe.manager, self.host()) if recipe else None
            python = self.interpreter.path
            why = self.state.skipped.get("file index", "")
            self.index = SystemIndex(manager, self.machine, python, why) if manager else NoIndex()
        return self.index

    @property
    def state(self) -> RunState:
        """What was done and learned so far."""
        return self.journal.state

    def record_applied(self, step: Step) -> None:
        """Record a step that was applied, and look at the host again where it changed that."""
        self.journal.add(events.StepApplied(step, tuple(self._with(step.variables).items())))
        self.index = None
        if isinstance(step, Pin):
            self.shortage = None
            self.forecast_builds()
        if path := dict(step.variables).get("PATH"):
            folders = (*path.split(os.pathsep), *self.host().build_path)
            self.facts = replace(self.host(), build_path=folders)
        if isinstance(step, CreateEnvironment):
            self.interpreter = describe(self.machine, step.target)
            self.look_at_target()
            self.facts = self.host().with_interpreter(self.interpreter)

    def look_at_target(self) -> None:
        """Remember what the target has, where that was not done before."""
        if self.local and self.interpreter.path not in self.targets:
            self.targets[self.interpreter.path] = snapshot(self.interpreter.site)

    def version_coming(self, project: str) -> Version | None:
        """Return the version of a project that is being installed, where the index told."""
        foreseen = self.foreseen() if self.foresight else self.foreseen_so_far()
        text = foreseen.version(project)
        return Version(text) if text else None

    def version_of(self, capability: Capability) -> str | None:
        """Return the upstream version in which the system has a capability, None if unknown."""
        recipe = self.knowledge.host(self.host())
        return version_here(capability, self.host(), recipe, self._lists()) if recipe else None

    def install(
        self,
        told: Variables = (),
        arguments: Sequence[str] = (),
        planned: Sequence[Step] = (),
        interpreter: Interpreter | None = None,
        *,
        fresh: bool = False,
    ) -> Command:
        """Return the installer's command as it is after the `planned` steps.

        `told` and `arguments` are what this attempt gets besides; with `fresh` for a target that
        has nothing of it yet.
        """
        variables = self._with(tuple(one for step in planned for one in step.variables))
        constraints = (*self.state.constraints, *names_of(planned, ConstrainBuild))
        rebuild = (*self.state.rebuild, *names_of(planned, Rebuild))
        manner = InstallOptions(
            variables=tuple({**variables, **dict(told), **self._working_place()}.items()),
            arguments=tuple(arguments),
            rebuild=rebuild,
            again=asked_again(self, rebuild),
            fresh=fresh,
            complete=not fresh and self.state.installs > 0,
            constraints=write_constraints(self.shared or self.logs, constraints)
            if constraints
            else None,
            unisolated=(*self.state.unisolated, *names_of(planned, DisableIsolation)),
            cache=self.house.cache(len(self.state.attempts) + 1) if self.house else None,
        )
        return install_command(self.as_installed(planned), interpreter or self.interpreter, manner)

    def _working_place(self) -> dict[str, str]:
        """Return what makes pip leave the wheels of folders where the wheelhouse finds them."""
        if self.house is None or not installer_of(self.request.installer).uses_pip:
            return {}
        local = local_projects(replace(self.request, editables=()))
        return dict(self.house.working(len(self.state.attempts) + 1)) if local else {}

    def _with(self, variables: Variables) -> dict[str, str]:
        """Return the variables so far with more: paths and flags go before what is there."""
        merged = dict(self.state.variables)
        for name, value in variables:
            there = merged.get(name) or self.environ.get(name, "")
            between = separator(name)
            adds = between and there not in ("", value)
            merged[name] = f"{value}{between}{there}" if adds else value
        return merged

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        """Count the time within as spent in this part of the work."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.spent[part] = self.spent.get(part, 0.0) + time.monotonic() - start
