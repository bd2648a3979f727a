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
from buildfix.catalog.schema import Capability
from buildfix.core import (
    Attempt,
    Cause,
    Command,
    ConstrainBuild,
    CreateEnvironment,
    DisableIsolation,
    FetchOptions,
    GpuLibrary,
    Host,
    Interpreter,
    LookUp,
    MissingFeature,
    Need,
    Pin,
    Proof,
    Rebuild,
    Step,
    Unfinished,
    Variables,
    names_of,
)
from buildfix.engine.background_analysis import AnalysisResult, BackgroundAnalysis, analyze
from buildfix.engine.build_constraints import write_constraints
from buildfix.engine.jobs import Parallelism
from buildfix.engine.journal import Journal
from buildfix.engine.memory_history import MemoryHistory
from buildfix.engine.origins import Origins, asked_again, known_origins
from buildfix.engine.outcome import Shortage
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
    from buildfix.wheels import Offer

_COMPILERS = frozenset({"cc", "gcc", "clang", "cl", "cl.exe"})


@dataclass(frozen=True)
class Assumed:
    """What a dry run takes as done before it looks further."""

    pip_of: Interpreter | None = None
    """The interpreter whose pip is asked, as the target has none that can be."""
    newer_pip: bool = False
    """Whether the target's pip was upgraded."""
    offers: tuple[Offer, ...] = ()
    """The wheels that were taken from indexes that recipes name."""

    def besides(self, request: ParsedRequest) -> ParsedRequest:
        """Return the request with the wheels that were taken, which are there for it."""
        if not self.offers:
            return request
        more = (word for offer in self.offers for word in offer.besides)
        given = pinned(request, [offer.requirement for offer in self.offers])
        return replace(given, installer_args=(*request.installer_args, *more))


@dataclass
class Session:
    """What was asked, on which machine, and what has become of it."""

    request: ParsedRequest
    machine: Machine
    knowledge: Knowledge
    logs: Path
    interpreter: Interpreter
    attempts: list[Attempt] = field(default_factory=list)
    applied: list[Step] = field(default_factory=list)
    unfinished: Unfinished = field(default_factory=Unfinished)
    """What steps that did not end well changed all the same."""
    skipped: dict[LookUp, str] = field(default_factory=dict)
    """What could not be looked up, each with why."""
    journal: Journal = field(default_factory=Journal)
    """All that was done and learned."""
    targets: dict[str, Snapshot] = field(default_factory=dict)
    """What each target had when it was first looked at."""
    absent: tuple[str, ...] = ()
    """What was asked for and is not in the target after an install that ended well."""
    settled: set[Need] = field(default_factory=set)
    rebuild: tuple[str, ...] = ()
    """Projects that are to be built from source though they are installed."""
    variables: dict[str, str] = field(default_factory=dict)
    """What steps have told the installer."""
    constraints: tuple[str, ...] = ()
    """What holds for the builds' own requirements."""
    unisolated: tuple[str, ...] = ()
    """Projects that are built without isolation."""
    pins: tuple[str, ...] = ()
    """Requirements that go before what was asked for."""
    parts_missing: tuple[MissingFeature, ...] = ()
    """Optional parts that were seen not to work."""
    shortage: Shortage | None = None
    broken: str | None = None
    """The distribution that is installed and does not import, with its version."""
    pair: str | None = None
    """The requirement that it was built with, where it may have that."""
    against: str | None = None
    """The installed distribution with the library that it was built against in another version."""
    rebuilt: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What the build of the broken distribution requires, where its source was read."""
    house: Wheelhouse | None = None
    tags_by_path: dict[str, frozenset[Tag]] = field(default_factory=dict)
    """The tags of the wheels that an interpreter takes, once they were asked for."""
    kept: tuple[Path, ...] = ()
    """The wheels that were put into the wheelhouse."""
    proofs: tuple[Proof, ...] = ()
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
    one_by_one: bool = False
    """Whether extensions are built one by one from now on, whatever the sources show."""
    reinstall: bool = False
    """Whether what is installed came from an attempt that must not be trusted."""
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
        pins = (*self.pins, *names_of(planned, Pin))
        request = pinned(self.request, pins) if pins else self.request
        if self.house is None or wants_hashes(request):  # a build's hash is nobody else's
            return request
        from buildfix.engine.wheelhouse import with_offer

        names = [project_of(text) or text for text in self.rebuild]
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
        return not headers or self.machine.commands().isdisjoint(_COMPILERS)

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
        needs = tuple(need for need in foresight.so_far().needs if need not in self.settled)
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
        return Builds(
            {**self.foreseen_so_far().builds, **self.rebuilt},
            self.constraints,
            bool(self.unisolated),
            self.broken,
            self.pair,
            self.against,
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
            why = self.skipped.get("file index", "")
            self.index = SystemIndex(manager, self.machine, python, why) if manager else NoIndex()
        return self.index

    def take_in(self, step: Step) -> None:
        """Heed a step that was applied in all that follows."""
        self.applied.append(step)
        self.index = None
        match step:
            case Rebuild():
                self.rebuild += step.names
            case ConstrainBuild():
                self.constraints += step.names
            case DisableIsolation():
                self.unisolated += step.names
            case Pin():
                self._begin_anew(step.names)
        self.variables = self._with(step.variables)
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

    def _begin_anew(self, pins: tuple[str, ...]) -> None:
        """Forget what was meant for the release that is not built any more."""
        self.pins += pins
        self.constraints, self.unisolated, self.shortage = (), (), None
        self.settled.clear()
        self.forecast_builds()

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
        constraints = (*self.constraints, *names_of(planned, ConstrainBuild))
        rebuild = (*self.rebuild, *names_of(planned, Rebuild))
        manner = InstallOptions(
            variables=tuple({**variables, **dict(told), **self._working_place()}.items()),
            arguments=tuple(arguments),
            rebuild=rebuild,
            again=asked_again(self, rebuild),
            fresh=fresh,
            complete=not fresh and any(one.returncode == 0 for one in self.attempts),
            constraints=write_constraints(self.shared or self.logs, constraints)
            if constraints
            else None,
            unisolated=(*self.unisolated, *names_of(planned, DisableIsolation)),
            cache=self.house.cache(len(self.attempts) + 1) if self.house else None,
        )
        return install_command(self.as_installed(planned), interpreter or self.interpreter, manner)

    def _working_place(self) -> dict[str, str]:
        """Return what makes pip leave the wheels of folders where the wheelhouse finds them."""
        if self.house is None or not installer_of(self.request.installer).uses_pip:
            return {}
        local = local_projects(replace(self.request, editables=()))
        return dict(self.house.working(len(self.attempts) + 1)) if local else {}

    def _with(self, variables: Variables) -> dict[str, str]:
        """Return the variables so far with more: paths and flags go before what is there."""
        merged = dict(self.variables)
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
