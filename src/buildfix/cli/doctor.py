"""`buildfix doctor`: what this host can build, and what is missing for given requirements."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from buildfix.api import load_recipes
from buildfix.catalog import Knowledge
from buildfix.cli.tasks import CrossTarget, Screen
from buildfix.core import DisableIsolation, Host, Need, Request, SetVariables
from buildfix.core.checks import Check, CheckGroup
from buildfix.core.program import own_command
from buildfix.core.redaction import redacted
from buildfix.engine.background_analysis import AnalysisResult
from buildfix.engine.dry_run import FirstPlan, first_plan, open_elsewhere
from buildfix.engine.gpu_notes import gpu_notes
from buildfix.engine.host_checks import host_groups, languages, missing_in, typed
from buildfix.engine.jobs import size
from buildfix.engine.planner import needs_at_first
from buildfix.engine.session import RunContext, Session
from buildfix.engine.strategies.unresolvable import did_you_mean
from buildfix.engine.temporary_folders import scratch
from buildfix.installers.requirements import (
    ParsedRequest,
    check,
    named_projects,
    parse,
    requirements_asked,
)
from buildfix.machines.local import LocalMachine
from buildfix.platforms.host_facts import gather
from buildfix.platforms.interpreter import find_interpreter
from buildfix.render import documents as doc
from buildfix.render import messages
from buildfix.render.doctor import readiness_line, show_checks
from buildfix.render.need_words import need_words

_COMPILERS = Need("build", "dep:virtual/compiler/cxx")
"""What any host should have; the C compiler comes with the C++ compiler."""
_ALL_BUILDS = "All builds"


@dataclass(frozen=True)
class _Found:
    """What was found out about requirements."""

    first: FirstPlan
    projects: tuple[CheckGroup, ...]
    """What each project needs."""
    unknown: tuple[str, ...]
    """Why needs are unknown, one sentence each."""


def doctor_task(
    request: Request, screen: Screen, recipes: Path | None, elsewhere: CrossTarget
) -> int:
    """Run `buildfix doctor`; return 3 if something that was asked for is missing."""
    knowledge = load_recipes(recipes)
    other = elsewhere.host(knowledge)
    screen.caution(elsewhere.caution(other, knowledge))
    with scratch() as folder:
        session = _opened(parse(request), knowledge, folder, other)
        found = _about_projects(session, request) if session.request.items else None
        if screen.json:
            screen.document(doc.host_document(session.host()))
        else:
            _show(session, found, screen)
    if found is None:
        return 0
    if found.first.draft.steps or found.first.draft.unmet:
        return 3
    return 1 if found.unknown or found.first.refused else 0


def _opened(
    request: ParsedRequest, knowledge: Knowledge, folder: Path, other: Host | None
) -> Session:
    """Look at this host, or at the `other` one; raises UsageError for an invalid request."""
    if request.words:
        check(request)
    machine = LocalMachine()
    if other:
        return open_elsewhere(request, machine, knowledge, folder, other)
    interpreter = find_interpreter(machine, request.python)
    host = gather(machine, knowledge, interpreter)
    return Session(RunContext(request, machine, knowledge, folder, interpreter, host, dry=True))


def _about_projects(session: Session, request: Request) -> _Found:
    first = first_plan(session, (_COMPILERS,))
    foreseen = session.foreseen()
    owners = dict.fromkeys(needs_at_first(session), _ALL_BUILDS) | dict(foreseen.askers)
    settings = (SetVariables, DisableIsolation)  # these install nothing
    steps = tuple(step for step in first.draft.steps if not isinstance(step, settings))
    lacked = missing_in(replace(first.draft, steps=steps))
    present = session.builds().present
    groups: dict[str, list[Check]] = {}
    for need, project in owners.items():
        there = need.kind == "python-module-missing" and need.subject in present
        check = Check(need_words(need), there or need not in lacked)
        groups.setdefault(project, []).append(check)
    projects = (CheckGroup(title, tuple(checks)) for title, checks in groups.items())
    return _Found(first, tuple(projects), tuple(_unknown(request, foreseen, session.knowledge)))


def _show(session: Session, found: _Found | None, screen: Screen) -> None:
    view, groups = screen.view, host_groups(session)
    view.say(_host_line(session.host()))
    show_checks(groups, view)
    if found:
        show_checks(found.projects, view)
        for line in _advice(session, found):
            view.say(line)
    view.say(readiness_line(*languages(groups)))


def _advice(session: Session, found: _Found) -> Iterator[str]:
    """Yield what has to be done, and the buildfix command that does it."""
    first = found.first
    yield from _memory_lines(session)
    yield from _release_lines(session)
    for need, why in first.draft.unmet:
        yield f"! {messages.unmet_line(need, why)}"
    for step in first.draft.steps:
        yield f"to do: {step.summary}{' [root]' if step.privileged else ''}"
        if command := typed(session, step):
            yield f"    $ {command}"
    yield from found.unknown or _verdict(first, shlex.join(session.request.words))


def _memory_lines(session: Session) -> Iterator[str]:
    """Yield how much memory the builds take, if recipes know it and it allows fewer jobs."""
    free, cores = session.host().memory_available, session.host().cores
    recipes = map(session.knowledge.project, named_projects(session.request))
    known = {one.name: one.memory_per_job for one in recipes if one and one.memory_per_job}
    if free is None:
        return
    for name, needed in known.items():
        jobs = free // needed
        has = f"A compile job of {name} takes {size(needed)}, {size(free)} is free"
        if jobs < 1:
            yield f"! {has}: a build may be killed; add memory or swap."
        elif jobs < cores:
            yield f"{has}: {jobs} at once instead of {cores}."


def _release_lines(session: Session) -> Iterator[str]:
    """Yield what the release wheels of the projects are for, and which of them fit this host."""
    host = session.host()
    for recipe in filter(None, map(session.knowledge.project, named_projects(session.request))):
        for one in reversed(recipe.released):
            lacking = one.lacking(host)
            fit = "they fit here" if host.cuda.torch else "they fit this Python"
            verdict = f"not for {lacking}" if lacking else fit
            yield f"Wheels of {recipe.name} {one.since} ({one}): {verdict}."
        yield from gpu_notes(
            recipe, host, session.knowledge.cuda, built=False, environ=session.environ
        )


def _verdict(first: FirstPlan, asked: str) -> Iterator[str]:
    """Yield how it stands with the build of what was asked for."""
    if first.refused:
        yield f"! {first.refused.says}"
    elif asked and first.draft.steps:
        yield f"`{own_command(asked)}` performs these steps before the build."
    elif asked and not first.draft.unmet:
        yield f"Everything needed to build {asked} is installed, according to its sources."


def _unknown(request: Request, outlook: AnalysisResult, knowledge: Knowledge) -> Iterator[str]:
    """Yield a sentence for each reason why the needs of the builds are unknown."""
    asked = [one for one in outlook.coming if one.why == "asked"]
    for one in asked:
        if one.version is None:
            lacking = f"The index has no version that matches {one.requirement}"
            meant = did_you_mean(one.name, knowledge)
            yield " ".join((f"{lacking}, so it cannot be built.", *meant))
    yield from outlook.unread
    for place in outlook.unreachable:
        yield f"Cannot fetch {redacted(place.url)}: {place.trouble}."
    if requirements_asked(request) and not (asked and outlook.known):
        why = "; ".join(outlook.troubles) or "the index did not respond"
        yield f"Cannot determine what the build needs: {why}."


def _host_line(host: Host) -> str:
    parts = [f"{host.title} ({', '.join(filter(None, (host.arch, host.libc)))})"]
    if host.memory_available is not None:  # as of a stock machine
        parts.append("1 core" if host.cores == 1 else f"{host.cores} cores")
        parts.append(f"{host.memory_available / (1 << 30):.1f} GiB free")
    return ", ".join((*parts, f"rights: {host.privilege}"))
