"""Sentences and names that all views share."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import PurePath

from buildfix.core import (
    Cause,
    Command,
    CreateEnvironment,
    Diagnosis,
    MissingFeature,
    Need,
    Plan,
    Proof,
    Report,
    Step,
    events,
)
from buildfix.core.program import own_command
from buildfix.core.redaction import redacted
from buildfix.render.closing import changed_line
from buildfix.render.need_words import need_words
from buildfix.render.places import short_path
from buildfix.render.typed_commands import typed_command

_TO_BUILD = "several projects must be built; they are now built at the same time"
_WIDTH_OF_PIPES = 160
_PHASES = {
    "resolve": "while resolving {}",
    "build-requires": "while installing the build requirements of {}",
    "metadata": "while reading the metadata of {}",
    "build": "while building {}",
    "install": "while installing {}",
    "import": "while importing {}",
}
_STATES = {"-missing": "missing", "-too-old": "too old", "-too-new": "too new"}
_MARGIN = 12
"""Columns of a line's number and the mark beside it."""


def reasons(step: Step) -> str:
    """Return the reasons for a step, joined by commas: `library xml2, Python.h`."""
    return ", ".join(dict.fromkeys(map(_reason, step.because)))


def evidence_line(step: Step) -> str:
    """Return how often a step has worked before on the same system; empty if that is unknown."""
    if not step.evidence:
        return ""
    system = step.evidence[0][1]
    if len(step.because) == 1:
        return f"worked {step.evidence[0][0].times} on {system}"
    each = (f"{need_words(Need(one.kind, one.subject))} {one.times}" for one, _ in step.evidence)
    return f"worked on {system}: {', '.join(each)}"


def _reason(need: Need) -> str:
    managed = need.kind == "externally-managed"
    return "this Python is managed by the system (PEP 668)" if managed else need_words(need)


def command_line(command: Command | Step) -> str:
    """Return a command as one would type it, without credentials."""
    return redacted(shlex.join(command.argv))


def unmet_line(need: Need, why: str) -> str:
    """Return what cannot be provided, in words, and why."""
    return f"cannot provide {need_words(need)}: {why}"


def steps_counted(plan: Plan) -> str:
    """Return the number of steps: `1 step`, `3 steps`."""
    count = len(plan.steps)
    return "1 step" if count == 1 else f"{count} steps"


def excerpt_lines(diagnosis: Diagnosis, width: int | None) -> Iterator[tuple[int, str, bool]]:
    """Yield number and text of the log's lines to show, and whether a line is the decisive one.

    The lines around it are cut to `width`, the terminal's columns: a compile command can have
    thousands of characters.
    """
    room = (width or _WIDTH_OF_PIPES) - _MARGIN
    for number, text in diagnosis.excerpt:
        decisive = diagnosis.cause is not None and number == diagnosis.cause.line
        cut = text if decisive or len(text) <= room else f"{text[: room - 1]}…"
        yield number, cut, decisive


def cause_line(diagnosis: Diagnosis) -> str:
    """Return what happened, as a first line."""
    happened = what_happened(diagnosis)
    return f"error: {happened}" if happened else "No failure in this log."


def what_happened(diagnosis: Diagnosis) -> str:
    """Return the first cause as a sentence; empty without a cause."""
    return diagnosis.says or (_cause_words(diagnosis.cause) if diagnosis.cause else "")


def cause_reference(diagnosis: Diagnosis) -> str:
    """Return where it happened, with kind and subject of the cause; empty without a cause."""
    cause = diagnosis.cause
    if cause is None:
        return ""
    words = _PHASES.get(diagnosis.phase or "", "in {}") if diagnosis.project else ""
    name = " ".join(filter(None, (str(cause), cause.required)))
    return f"{words.format(diagnosis.project)} [{name}]".strip()


def further_causes(diagnosis: Diagnosis) -> Iterator[str]:
    """Yield the causes besides the first one, and its other readings."""
    for label, causes in (("also", diagnosis.also), ("or", diagnosis.other_readings)):
        yield from (f"{label}: {_cause_words(cause)} (line {cause.line})" for cause in causes)


def _cause_words(cause: Cause) -> str:
    """Return a cause in words if its kind has any: `zlib.h is missing [header-missing: zlib.h]`."""
    thing = need_words(Need(cause.kind, cause.subject, cause.required))
    state = next((words for end, words in _STATES.items() if cause.kind.endswith(end)), "")
    return f"{thing} is {state} [{cause}]" if state else str(cause)


def asks_on_terminal(event: events.Event) -> bool:
    """Return whether what starts now may ask a person on the terminal: sudo, for a password."""
    return (
        isinstance(event, events.StepStarted)
        and event.argv[:1] == ("sudo",)
        and "-n" not in event.argv[:2]
    )


def heading(event: events.Event, *, raw: bool) -> tuple[str, str] | None:
    """Return label and text of an event that starts something; None for other events.

    What runs is only named before its `raw` output.
    """
    match event:
        case events.AttemptStarted() | events.BuildStarted() | events.StepStarted():
            return _running(event) if raw else None
        case events.SourceUnread() | events.RunsAsOwner():
            return _known_beforehand(event)
        case events.AttemptStopped(number, to_build):
            why = "the build needs something that is not installed"
            return "stopped", f"attempt {number}: {_TO_BUILD if to_build else why}"
        case events.ImportFailed(distribution=distribution, module=module):
            return "import", f"{distribution} is installed, but {module} cannot be imported"
        case _:
            return None


def _running(
    event: events.AttemptStarted | events.BuildStarted | events.StepStarted,
) -> tuple[str, str]:
    if isinstance(event, events.StepStarted):
        return "step", event.step.summary
    if isinstance(event, events.BuildStarted):
        return f"build of {event.project}", command_line(event.command)
    return f"attempt {event.number}", command_line(event.command)


def output_line(event: events.LogLine | events.StepOutput) -> str:
    """Return a line of output: what is left of one that was overwritten, and whose it is."""
    text = event.text.rpartition("\r")[2]
    project = event.project if isinstance(event, events.LogLine) else ""
    return f"{project}: {text}" if project else text


def _known_beforehand(event: events.SourceUnread | events.RunsAsOwner) -> tuple[str, str]:
    """Return label and text of a warning before the plan."""
    if isinstance(event, events.SourceUnread):
        return "unknown", f"{event.why} Its requirements may be missing from the plan."
    return "owner", f"{event.folder} belongs to {event.user}; the install runs as {event.user}"


def proof_line(proof: Proof) -> str:
    """Return how a distribution was verified."""
    shown = (*proof.modules, *(f"`{program}`" for program in proof.programs))
    does = f"imports {', '.join(shown[:6])}" if proof.modules else f"runs {', '.join(shown)}"
    nothing = f"installed; it has no module to import (files found: {proof.files})"
    return f"{proof.distribution} {proof.version}: {does if shown else nothing}"


def degraded_line(degraded: MissingFeature) -> str:
    """Return what a build left out, and how to get it."""
    if not degraded.packages:
        log = f"; build log: {degraded.log}" if degraded.log else ""
        return f"{degraded.distribution} is installed, but {degraded.missing}{log}"
    packages = " ".join(degraded.packages)
    return (
        f"{degraded.distribution} was built without {degraded.missing}; install {packages} to "
        "enable it (or use --complete to build with all optional features)"
    )


def after_the_end(report: Report) -> Iterator[str]:
    """Yield what is left to know or to do after a run."""
    if report.outcome == "installed" and (changed := changed_line(report)):
        yield changed
        made = [one for one in report.applied if isinstance(one, CreateEnvironment) and one.creates]
        yield from (f"To use the environment: {_activation(one.target)}" for one in made)
        if made or any(change.added for change in report.changes.system):
            yield f"To take it back: {own_command('undo')}"
    yield from map(degraded_line, report.degraded)
    for step in report.todo:
        yield f"to do: {typed_command(step) or step.summary}"
    if report.log and report.outcome != "installed":
        yield f"log: {report.log}"


def _activation(python: str) -> str:
    """Return the command that activates the environment of an interpreter."""
    folder = PurePath(python).parent
    dotted = "" if sys.platform == "win32" else ". "
    return f"{dotted}{shlex.quote(short_path(str(folder / 'activate')))}"


def end_of_dry_run(plan: Plan) -> Iterator[str]:
    """Yield the limits of a plan; nothing if it is complete and has steps."""
    if unread := len(plan.unread):
        sources = "source was" if unread == 1 else "sources were"
        yield f"The plan may be incomplete: {unread} {sources} not read."
    elif not plan.steps and not plan.diagnosis:
        yield "Nothing needs to be done before the install."
