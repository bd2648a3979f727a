"""`buildfix doctor`: what this host can build, and what is missing for given requirements."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from buildfix.catalog.command_words import command_words
from buildfix.cli.tasks import Screen, knowledge_of
from buildfix.core import Host, Interpreter, Need, Request
from buildfix.core.errors import BuildfixError
from buildfix.core.redaction import redacted
from buildfix.engine.background_analysis import AnalysisResult
from buildfix.engine.dry_run import FirstPlan, first_plan
from buildfix.engine.planner import needs_at_first
from buildfix.engine.session import RunContext, Session
from buildfix.engine.temporary_folders import scratch
from buildfix.installers.requirements import parse, requirements_asked
from buildfix.machines.local import LocalMachine, Machine
from buildfix.platforms import find_interpreter, gather
from buildfix.platforms.gpu import gpu_rows
from buildfix.providers import PlanDraft
from buildfix.render import documents as doc
from buildfix.render import messages

_COMPILERS = Need("build", "dep:virtual/compiler/cxx")
"""What any host should have; the C compiler comes with the C++ compiler."""
_MISSING = "missing"


def doctor_task(request: Request, screen: Screen, recipes: Path | None) -> int:
    """Run `buildfix doctor`; return 3 if something that was asked for is missing."""
    machine, knowledge = LocalMachine(), knowledge_of(recipes)
    interpreter = find_interpreter(machine, request.python)
    host = gather(machine, knowledge, interpreter)
    needs: tuple[Need, ...] = ()
    unknown: tuple[str, ...] = ()
    with scratch() as folder:
        session = Session(
            RunContext(parse(request), machine, knowledge, folder, interpreter, host, dry=True)
        )
        if request.requirements:
            first = first_plan(session, (_COMPILERS,))
            needs = tuple(dict.fromkeys((*needs_at_first(session), *session.foreseen().askers)))
            unknown = tuple(_unknown(request, session.foreseen()))
        else:
            first = FirstPlan(session.draft_plan((_COMPILERS,)))
    if screen.json:
        screen.document(doc.host_document(host))
    else:
        gpus = gpu_rows(host.cuda, knowledge.cuda) if knowledge.cuda else ()
        screen.view.rows("This host", [*_host_rows(host, interpreter, machine), *gpus])
        _show_needs(request, needs, first, screen)
        for line in _advice(first, request, unknown):
            screen.view.say(line)
    if request.requirements and (first.draft.steps or first.draft.unmet):
        return 3
    return 1 if unknown or first.refused else 0


def _show_needs(
    request: Request, needs: tuple[Need, ...], first: FirstPlan, screen: Screen
) -> None:
    if needs:
        title = f"What {' '.join(request.requirements)} needs to build"
        screen.view.rows(title, _need_rows(needs, first.draft))


def _need_rows(needs: tuple[Need, ...], found: PlanDraft) -> list[tuple[str, str]]:
    """Return each need with "found" or "missing"; it is missing if a step would provide it."""
    lacked = {need for step in found.steps for need in step.because}
    lacked |= {need for need, _ in found.unmet}
    return [(messages.thing(need), _MISSING if need in lacked else "found") for need in needs]


def _advice(first: FirstPlan, request: Request, unknown: Sequence[str]) -> list[str]:
    """Return what has to be done, and the buildfix command that does it."""
    lines = [f"! {messages.unmet_line(need, why)}" for need, why in first.draft.unmet]
    for step in first.draft.steps:
        lines.append(f"to do: {step.summary}{' [root]' if step.privileged else ''}")
        if step.argv:
            lines.append(f"    $ {messages.command_line(step)}")
    return [*lines, *(unknown or _verdict(first, shlex.join(request.requirements)))]


def _verdict(first: FirstPlan, asked: str) -> Iterator[str]:
    """Yield how it stands with the build of what was asked for."""
    if first.refused:
        yield f"! {first.refused.says}"
    elif asked and first.draft.steps:
        yield f"`buildfix fix {asked}` performs these steps before the build."
    elif asked and not first.draft.unmet:
        yield f"Everything needed to build {asked} is installed, according to its sources."


def _unknown(request: Request, outlook: AnalysisResult) -> Iterator[str]:
    """Yield a sentence for each reason why the needs of the builds are unknown."""
    asked = [one for one in outlook.coming if one.why == "asked"]
    for one in asked:
        if one.version is None:
            yield f"The index has no version that matches {one.requirement}, so it cannot be built."
    yield from outlook.unread
    for place in outlook.unreachable:
        yield f"Cannot fetch {redacted(place.url)}: {place.trouble}."
    if requirements_asked(request) and not (asked and outlook.known):
        why = "; ".join(outlook.troubles) or "the index did not respond"
        yield f"Cannot determine what the build needs: {why}."


def _host_rows(host: Host, interpreter: Interpreter, machine: Machine) -> list[tuple[str, str]]:
    giga = 1 << 30
    return [
        ("system", f"{host.title} ({host.arch}, {host.libc})"),
        ("privileges", host.privilege),
        ("cores", str(host.cores)),
        ("memory", f"{(host.memory_available or 0) / giga:.1f} GiB free"),
        ("interpreter", f"{interpreter.path} ({interpreter.version})"),
        ("pip", interpreter.pip or _MISSING),
        ("Python headers", interpreter.include if interpreter.has_headers else _MISSING),
        *(
            (tool, _told(tool, machine) if tool in host.commands else _MISSING)
            for tool in command_words().doctor
        ),
    ]


def _told(tool: str, machine: Machine) -> str:
    """Return the first line that `tool --version` prints."""
    try:
        said = machine.run([tool, "--version"])
    except (BuildfixError, OSError):
        return "found"
    lines = [line.strip() for line in said.stdout.splitlines() if line.strip()]
    return lines[0] if lines and said.returncode == 0 else "found"
