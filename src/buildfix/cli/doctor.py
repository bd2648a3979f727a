"""What `buildfix doctor` does: what this host can build, and what it lacks for what is asked."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from buildfix.catalog import Knowledge
from buildfix.cli.tasks import Screen, knowledge_of
from buildfix.core import Host, Interpreter, Need, Request
from buildfix.core.errors import BuildfixError
from buildfix.engine.temporary_folders import scratch
from buildfix.forecast import known_needs
from buildfix.forecast.builds import Forecast, forecast_builds
from buildfix.installers import redacted
from buildfix.installers.requirements import requirements_asked
from buildfix.machines.local import LocalMachine, Machine
from buildfix.platforms import find_interpreter, gather
from buildfix.platforms.gpu import gpu_rows
from buildfix.platforms.presence import lacking
from buildfix.providers import PlanDraft, draft_plan
from buildfix.render import documents as doc
from buildfix.render import messages

_COMPILERS = Need("build", "dep:virtual/compiler/cxx")
"""What any host should have, whatever is asked for: with it comes the compiler of C."""
_TOOLS = ("cc", "c++", "gfortran", "rustc", "cargo", "nvcc", "cmake", "pkg-config")
_MISSING = "missing"


def doctor_task(request: Request, screen: Screen, recipes: Path | None) -> int:
    """Run `buildfix doctor`; 3 where something that was asked for is lacking."""
    machine, knowledge = LocalMachine(), knowledge_of(recipes)
    interpreter = find_interpreter(machine, request.python)
    host = gather(machine, knowledge, interpreter)
    needs, outlook = _needs(request, interpreter, host, machine, knowledge)
    told = lacking(needs, host, machine, knowledge)
    found = draft_plan((_COMPILERS, *told), host, knowledge)
    if screen.json:
        screen.document(doc.host_document(host))
    else:
        gpus = gpu_rows(host.cuda, knowledge.cuda) if knowledge.cuda else ()
        screen.view.rows("This host", [*_host_rows(host, interpreter, machine), *gpus])
        if needs:
            title = f"What {' '.join(request.requirements)} needs to be built"
            screen.view.rows(title, _need_rows(needs, found))
        for line in _advice(found, request, outlook):
            screen.view.say(line)
    if request.requirements and (found.steps or found.unmet):
        return 3
    return 1 if list(_unknown(request, outlook)) else 0


def _needs(
    request: Request,
    interpreter: Interpreter,
    host: Host,
    machine: Machine,
    knowledge: Knowledge,
) -> tuple[tuple[Need, ...], Forecast]:
    """Return what the recipes and the sources of what is asked for tell that a build needs.

    With it comes what the index and the sources told.
    """
    known = known_needs(request, interpreter, knowledge, Path.cwd())
    with scratch() as folder:
        python = interpreter.path
        outlook = forecast_builds(request, lambda: host, machine, python, knowledge, folder)
    return tuple(dict.fromkeys((*known, *outlook.needs(knowledge)))), outlook


def _need_rows(needs: tuple[Need, ...], found: PlanDraft) -> list[tuple[str, str]]:
    """Return each need, and whether it is here: it is where nothing has to be done about it."""
    lacked = {need for step in found.steps for need in step.because}
    lacked |= {need for need, _ in found.unmet}
    return [(messages.thing(need), _MISSING if need in lacked else "found") for need in needs]


def _advice(found: PlanDraft, request: Request, outlook: Forecast) -> list[str]:
    """Return what is to be done, and by which command buildfix does it."""
    asked = shlex.join(request.requirements)
    unknown = list(_unknown(request, outlook))
    lines = [f"! {messages.unmet_line(need, why)}" for need, why in found.unmet]
    for step in found.steps:
        lines.append(f"to do: {step.summary}{' [root]' if step.privileged else ''}")
        if step.argv:
            lines.append(f"    $ {messages.command_line(step)}")
    if unknown:
        lines += unknown
    elif asked and found.steps:
        lines.append(f"`buildfix fix {asked}` takes these steps before it builds.")
    elif asked and not found.unmet:
        lines.append(f"Nothing is lacking to build {asked}, as far as its sources tell.")
    return lines


def _unknown(request: Request, outlook: Forecast) -> Iterator[str]:
    """Yield why it is not known what the builds need, each reason in a sentence."""
    if not request.requirements:
        return
    asked = [one for one in outlook.coming if one.why == "asked"]
    for one in asked:
        if one.version is None:
            yield f"No version of {one.requirement} in the index fits: it cannot be built."
    yield from outlook.unread
    for place in outlook.unreachable:
        yield f"{redacted(place.url)} cannot be fetched: {place.trouble}."
    if requirements_asked(request) and not (asked and outlook.known):
        why = "; ".join(outlook.troubles) or "the index did not tell"
        yield f"What it needs to be built could not be found out: {why}."


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
        *((tool, _told(tool, machine) if tool in host.commands else _MISSING) for tool in _TOOLS),
    ]


def _told(tool: str, machine: Machine) -> str:
    """Return what a tool says of its version, in a line."""
    try:
        said = machine.run([tool, "--version"])
    except (BuildfixError, OSError):
        return "found"
    lines = [line.strip() for line in said.stdout.splitlines() if line.strip()]
    return lines[0] if lines and said.returncode == 0 else "found"
