"""How things are called when a person reads them; every view says them alike."""

from __future__ import annotations

import shlex

from buildfix import events
from buildfix.installers import redacted
from buildfix.model import Command, Degraded, Diagnosis, Need, Plan, Proof, Report, Step


def reasons(step: Step) -> str:
    """Return why a step is there."""
    return ", ".join(dict.fromkeys(reason(need) for need in step.because))


def reason(need: Need) -> str:
    """Return a need as one says it."""
    required = f" {need.required}" if need.required and need.kind != "externally-managed" else ""
    subject = "" if need.subject == "-" else f": {need.subject}"
    foreseen = {"build": "needed to build", "run": "needed to run", "installer": "not there"}
    kind = foreseen.get(need.kind, need.kind)
    return f"{kind}{subject}{required}"


def thing(need: Need) -> str:
    """Return what is needed as a thing, which may be there: `header zlib.h`."""
    required = f" {need.required}" if need.required else ""
    return f"{need.kind.removesuffix('-missing')} {need.subject}{required}"


def command_line(command: Command | Step) -> str:
    """Return a command as one would type it, credentials redacted."""
    return redacted(shlex.join(command.argv))


def unmet_line(need: Need, why: str) -> str:
    """Return what nothing known brings, and why."""
    return f"nothing brings {reason(need)}: {why}"


def steps_counted(plan: Plan) -> str:
    """Return how much a plan is, in words."""
    count = len(plan.steps)
    return "1 step" if count == 1 else f"{count} steps"


def cause_line(diagnosis: Diagnosis) -> str:
    """Return the first cause in a line."""
    cause = diagnosis.cause
    if cause is None:
        return "No failure in this log."
    told = filter(None, (diagnosis.project, diagnosis.phase))
    where = f" ({', '.join(told)})" if diagnosis.project else ""
    name = "cause unknown" if cause.kind == "unknown" else str(cause)
    required = f" {cause.required}" if cause.required else ""
    return f"{name}{required}{where}"


def heading(event: events.Event) -> tuple[str, str] | None:
    """Return the label and text of an event that begins something, None for any other."""
    match event:
        case events.AttemptStarted(number, command, _):
            return f"attempt {number}", command_line(command)
        case events.SourceUnread() | events.RunsAsOwner():
            return _known_beforehand(event)
        case events.AttemptStopped(number):
            return "stopped", f"attempt {number}: its sources ask for what is not here yet"
        case events.StepStarted(step, _):
            return "step", step.summary
        case events.ImportFailed(distribution, module, _):
            return "import", f"{distribution} is installed, but {module} does not work"
        case _:
            return None


def _known_beforehand(event: events.SourceUnread | events.RunsAsOwner) -> tuple[str, str]:
    """Return the label and text of what is to be known before anything is done."""
    if isinstance(event, events.SourceUnread):
        return "unknown", f"{event.why} What it needs is not in the plan."
    return "owner", f"{event.folder} belongs to {event.user}; the install runs as {event.user}"


def proof_line(proof: Proof) -> str:
    """Return what proves a distribution."""
    shown = (*proof.modules, *(f"`{program}`" for program in proof.programs))
    does = f"imports {', '.join(shown[:6])}" if proof.modules else f"runs {', '.join(shown)}"
    return f"{proof.distribution} {proof.version}: {does if shown else 'brings nothing to import'}"


def degraded_line(degraded: Degraded) -> str:
    """Return what an optional part lacks, and what would bring it."""
    if not degraded.packages:
        return f"{degraded.distribution} works without an optional part: {degraded.missing}"
    packages = " ".join(degraded.packages)
    return (
        f"{degraded.distribution} was built without {degraded.missing}; {packages} brings it "
        "(--complete builds with all of them)"
    )


def outcome_line(report: Report) -> str:
    """Return the end of the story in a line: what happened, and what to do next."""
    asked = redacted(" ".join(report.requirements))
    if report.outcome == "installed":
        failed = len(report.attempts) - 1
        after = f" after {failed} failed build{'s' * (failed > 1)}" if failed else ""
        cost = f"{report.timing.total:.1f} s{peak_words(report)}"
        done = f"Installed {asked} into {report.interpreter}{after}, {cost}."
        if not report.proofs:  # told where else to install, or a marker rules it out
            done = (
                f"The installer is done with {asked}{after}, {cost}. {report.interpreter} has "
                "nothing of it, so that no import could prove it."
            )
        return " ".join(filter(None, (done, kept_line(report), report.reason)))
    started = {
        "unfixed": f"Could not install {asked}.",
        "person-needed": f"{asked} needs you.",
        "interrupted": f"Stopped before {asked} was installed.",
    }[report.outcome]
    return " ".join(filter(None, (started, report.reason, applied_line(report))))


def kept_line(report: Report) -> str:
    """Return which wheels the wheelhouse has from this run."""
    names = (path.replace("\\", "/").rpartition("/")[2] for path in report.kept)
    return f"Kept for next time: {', '.join(names)}." if report.kept else ""


def peak_words(report: Report) -> str:
    """Return how much memory the hungriest attempt took, where that could be seen."""
    peaks = [attempt.peak_rss for attempt in report.attempts if attempt.peak_rss]
    return f", {max(peaks) / (1 << 20):.0f} MiB of memory at its peak" if peaks else ""


def applied_line(report: Report) -> str:
    """Return what was done to the system on the way."""
    packages = [name for step in report.applied for name in step.packages]
    packages = list(dict.fromkeys((*packages, *report.unfinished.installed)))
    midway = report.unfinished.midway
    left = f"Left unpacked or partly configured: {', '.join(midway)}." if midway else ""
    if packages:
        return " ".join(filter(None, (f"Installed so far: {', '.join(packages)}.", left)))
    if left:
        return left
    if report.outcome == "interrupted":
        return "No step was finished." if not report.applied else ""
    return "Nothing was installed on the system." if report.outcome != "installed" else ""
