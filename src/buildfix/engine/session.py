"""A run in progress: its context, its journal, and what is computed from both."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.tags import Tag
from packaging.version import Version

from buildfix.catalog import Knowledge
from buildfix.catalog.command_words import command_words
from buildfix.catalog.schema import Capability
from buildfix.core import (
    Cause,
    Command,
    ConstrainBuild,
    DisableIsolation,
    FetchOptions,
    Host,
    Interpreter,
    Need,
    Pin,
    PlanDraft,
    Rebuild,
    Step,
    Variables,
    learned,
    names_of,
)
from buildfix.core.light_dataclass import dataclass
from buildfix.core.tell import Tell, silent
from buildfix.engine.background_analysis import AnalysisResult, BackgroundAnalysis, analyze
from buildfix.engine.build_constraints import write_constraints
from buildfix.engine.cached_answers import Answers
from buildfix.engine.journal import Journal
from buildfix.engine.memory_history import MemoryHistory
from buildfix.engine.origins import asked_again, known_origins
from buildfix.engine.state import RunState
from buildfix.forecast.known_needs import makes_environment
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
from buildfix.platforms.interpreter import tags_taken
from buildfix.platforms.tags import tags_of

if TYPE_CHECKING:
    from buildfix.engine.wheelhouse import Wheelhouse
    from buildfix.providers import Builds, Index


@dataclass(frozen=True)
class RunContext:
    """What a run is given, and never changes."""

    request: ParsedRequest
    machine: Machine
    knowledge: Knowledge
    logs: Path
    target: Interpreter
    """The interpreter to install into at first."""
    host: Host | None = None
    """The host's facts, if known in advance."""
    local: bool = True
    """Whether the host is this machine, which can be inspected."""
    dry: bool = False
    """Whether it is a dry run: nothing is done, only assumed."""
    peaks: MemoryHistory = field(default_factory=MemoryHistory)
    tell: Tell = silent
    """Is called with what is done before the first plan; from any thread."""


@dataclass(frozen=True)
class Session:
    """A run in progress: its context, its journal and its caches.

    Everything that changes during the run is a record of the journal, and is in `state`.
    """

    given: RunContext
    journal: Journal = field(default_factory=Journal)
    analysis: BackgroundAnalysis = field(default_factory=BackgroundAnalysis)
    answers: Answers = field(default_factory=Answers)
    house: Wheelhouse | None = None
    cache: Path | None = None
    """The installer's cache of this run, for what is built ahead of an install."""
    shared: Path | None = None
    """The folder for files that builds read, if they run as a user who cannot read the logs."""

    @property
    def request(self) -> ParsedRequest:
        """What was requested."""
        return self.given.request

    @property
    def machine(self) -> Machine:
        """The machine that it runs on."""
        return self.given.machine

    @property
    def knowledge(self) -> Knowledge:
        """The recipes."""
        return self.given.knowledge

    @property
    def local(self) -> bool:
        """Whether the host is this machine, which can be inspected."""
        return self.given.local

    @property
    def files(self) -> Path:
        """The folder of the files that builds read."""
        return self.shared or self.given.logs

    @property
    def state(self) -> RunState:
        """What was done and learned so far."""
        return self.journal.state

    @property
    def interpreter(self) -> Interpreter:
        """The current interpreter to install into."""
        return self.state.interpreter or self.given.target

    @property
    def environ(self) -> Mapping[str, str]:
        """The variables where the install runs; none are known for another host."""
        return self.machine.environ if self.local else {}

    @property
    def known_host(self) -> Host | None:
        """The host's facts, if gathered already; gathering them is slow."""
        return self.state.host or self.given.host or self.answers.known("host")

    def host(self) -> Host:
        """Return the host's current facts, gathered on first use."""
        found = self.state.host or self.given.host or self.answers.to("host", None, self._gathered)
        chosen = self.state.assumed.torch
        if chosen:
            found = replace(found, cuda=found.cuda.with_torch(chosen))
        return found.with_interpreter(self.interpreter)

    def _gathered(self) -> Host:
        from buildfix.platforms.host_facts import gather

        return gather(self.machine, self.knowledge, self.interpreter)

    def fetch_options(self) -> FetchOptions:
        """Return how to install distributions by name, with the user's settings."""
        if not self.local:  # this machine's settings are not that one's
            return fetch_options(self.as_installed(), {"PIP_CONFIG_FILE": os.devnull}, "", {})
        prefix, direct = self.interpreter.prefix, known_origins(self).named
        return fetch_options(self.as_installed(), self.environ, prefix, direct)

    def host_to_install(self) -> Host:
        """Return the host with how to install distributions into its target."""
        return replace(self.host(), fetch=self.fetch_options())

    @property
    def asks_target_pip(self) -> bool:
        """Whether the target's own pip can be used for queries."""
        return self.state.assumed.pip_of is None

    def asked_interpreter(self) -> Interpreter:
        """Return the interpreter whose pip is used for queries, usually the target."""
        return self.state.assumed.pip_of or self.interpreter

    def forecast_builds(self) -> None:
        """Start to find out what the builds will lack; a dry run waits for it."""
        assumed = self.state.assumed
        look = partial(
            analyze,
            assumed.besides(self.as_installed()),
            self.host,
            self.machine,
            self.asked_interpreter().path,
            self.knowledge,
            elsewhere=not self.asks_target_pip or assumed.newer_pip,
            fresh=makes_environment(self.request, self.interpreter),
            chosen=((one.name, one.version),) if (one := assumed.torch) else (),
            local=self.local,
            offline=self.fetch_options().folders is not None,
            tell=self.given.tell,
        )
        self.analysis.begin(look, at_once=self.given.dry)

    def as_installed(self, planned: Sequence[Step] = ()) -> ParsedRequest:
        """Return the request as the installer gets it after the `planned` steps.

        Pins replace the requested versions, and the wheelhouse is used.
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
        """Return the tags of the wheels that the target interpreter accepts."""
        return self.answers.to("tags", self.interpreter.path, self._tags)

    def _tags(self) -> frozenset[Tag]:
        here = self.local and tags_taken(self.machine, self.interpreter.path)
        names = here or tags_of(self.host(), self.interpreter)
        return frozenset(Tag(*name.split("-")) for name in names)

    def should_wait(self) -> bool:
        """Return whether to wait for the forecast before anything is started.

        Yes if something will certainly be built, and on a host that clearly cannot build yet.
        """
        if self.request.from_source or local_projects(self.request):
            return True
        if requirements_by_url(self.request):
            return True
        headers = self.interpreter.has_headers
        return not headers or self.machine.commands().isdisjoint(command_words().compilers)

    def foreseen(self) -> AnalysisResult:
        """Return the forecast of the install, after waiting for it."""
        if not self.analysis.begun:
            self.forecast_builds()
        return self.analysis.waited_for()

    def foreseen_so_far(self) -> AnalysisResult:
        """Return the forecast of the install, as far as it is known."""
        return self.analysis.so_far()

    def cannot_succeed(self) -> bool:
        """Return whether a build is known to lack something that can be installed here.

        It is called for every line of an attempt; the first call starts the analysis, when the
        installer is already running. The same finding is not a reason twice.
        """
        if not self.analysis.begun:
            self.forecast_builds()
        if not self.analysis.ready():
            return False
        foreseen = self.foreseen_so_far().needs
        needs = tuple(need for need in foreseen if need not in self.state.settled)
        if self.answers.is_new("what is lacking", needs):
            return bool(needs and self.draft_plan(needs).steps)
        return False

    def draft_plan(self, needs: Iterable[Need], causes: Iterable[Cause] = ()) -> PlanDraft:
        """Return the steps that meet needs on this host."""
        from buildfix.providers import draft_plan  # slow to load
        from buildfix.providers.cuda import as_with
        from buildfix.providers.python import with_venv

        host = with_venv(self.host_to_install(), self.state.settled)
        return draft_plan(
            needs,
            as_with(host, self.knowledge.cuda, *self._coming()),
            self.knowledge,
            causes,
            index=self._lists(),
            attended=not self.request.unattended,
            builds=self.builds(),
        )

    def _coming(self) -> Iterator[dict[str, str]]:
        """Yield the versions of what is requested, with dependencies, then of what builds need."""
        coming = self.foreseen_so_far().coming
        for why in ("asked", "build"):
            yield {one.name: one.version for one in coming if one.version and one.why == why}

    def builds(self) -> Builds:
        """Return what is known about the builds, and how they are done."""
        from buildfix.providers import Builds

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
            ("torch",) if self.host().cuda.torch else (),
        )

    def _local_files(self) -> dict[str, str]:
        """Return path and text of pyproject.toml in each requested folder."""
        folders = (path for path in local_projects(self.request) if path.is_dir())
        paths = [folder / "pyproject.toml" for folder in folders]
        return {
            str(path): path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
            for path in paths
        }

    def _lists(self) -> Index:
        """Return the host's package lists, cached until a step is applied."""
        state = self.state
        changes = (len(state.applied), tuple(state.skipped))
        return self.answers.to("package lists", changes, self._system_index)

    def _system_index(self) -> Index:
        from buildfix.package_managers import manager_for
        from buildfix.platforms.package_lists import SystemIndex
        from buildfix.providers import NoIndex

        recipe = self.knowledge.host(self.host()) if self.local else None
        manager = manager_for(recipe.manager, self.host()) if recipe else None
        why = self.state.skipped.get("file index", "")
        python = self.interpreter.path
        return SystemIndex(manager, self.machine, python, why) if manager else NoIndex()

    def version_coming(self, project: str) -> Version | None:
        """Return the version of a project that is being installed, if the index told."""
        foreseen = self.foreseen() if self.analysis.begun else self.foreseen_so_far()
        text = foreseen.version(project)
        return Version(text) if text else None

    def version_of(self, capability: Capability) -> str | None:
        """Return the system's upstream version of a capability; None if unknown."""
        from buildfix.providers.provisioning_options import version_here

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
        cache: Path | None = None,
    ) -> Command:
        """Return the installer's command after the `planned` steps.

        `told` and `arguments` are additional variables and arguments; with `fresh` for an empty
        target. Wheels are kept in `cache` if it is given.
        """
        variables = self.variables_with(tuple(one for step in planned for one in step.variables))
        constraints = (*self.state.constraints, *names_of(planned, ConstrainBuild))
        kept = self.house.cache(len(self.state.attempts) + 1) if self.house else None
        rebuild = (*self.state.rebuild, *names_of(planned, Rebuild))
        manner = InstallOptions(
            variables=tuple({**variables, **dict(told), **self._working_place()}.items()),
            arguments=tuple(arguments),
            rebuild=rebuild,
            again=asked_again(self, rebuild),
            fresh=fresh,
            complete=not fresh and self.state.installs > 0,
            constraints=write_constraints(self.files, constraints) if constraints else None,
            unisolated=(*self.state.unisolated, *names_of(planned, DisableIsolation)),
            cache=cache or kept,
        )
        return install_command(self.as_installed(planned), interpreter or self.interpreter, manner)

    def _working_place(self) -> dict[str, str]:
        """Return what makes pip leave the wheels of folders where the wheelhouse finds them."""
        if self.house is None or not installer_of(self.request.installer).uses_pip:
            return {}
        local = local_projects(replace(self.request, editables=()))
        return dict(self.house.working(len(self.state.attempts) + 1)) if local else {}

    def variables_with(self, variables: Variables) -> dict[str, str]:
        """Return the variables so far with more: paths and flags are prepended."""
        merged = dict(self.state.variables)
        for name, value in variables:
            there = merged.get(name) or self.environ.get(name, "")
            between = separator(name)
            adds = between and there not in ("", value)
            merged[name] = f"{value}{between}{there}" if adds else value
        return merged

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        """Count the time in the block for this part of the work."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.journal.add(learned.TimeSpent(part, time.monotonic() - start))
