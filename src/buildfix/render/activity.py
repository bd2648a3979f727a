"""What is being done, computed from the events so far: for the status line and the phases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import PurePath

from packaging.utils import canonicalize_name

from buildfix.catalog.progress import BUILD, ProgressLine, progress_words
from buildfix.core import CreateEnvironment, InstallPackages, RemovePackages, Step, events
from buildfix.core.light_dataclass import dataclass
from buildfix.render.amounts import duration, estimate_words

_SLOW = 3.0
"""Seconds after which it is shown how long something takes."""


_ENDS = (
    events.AttemptFinished
    | events.AttemptStopped
    | events.Finished
    | events.PlanProposed
    | events.StepFinished
)


@dataclass(frozen=True)
class Activity:
    """One piece of work; it is not running if it has no label."""

    label: str = ""
    since: float = 0.0
    """When it began, by the monotonic clock."""
    name: str = ""
    """What it is at now: a file, a package."""
    done: int = 0
    total: int = 0
    percent: int | None = None
    project: str = ""
    """The project that is built."""
    programs: tuple[str, ...] = ()
    """What prints the lines that tell how far it is."""
    about: str = ""
    """How long it takes, as far as that is known: `about 2 min`."""
    ended: str = ""
    """What the last line ended, with its time: `Built lxml in 41 s`."""
    estimates: Mapping[str, str] = field(default_factory=dict)
    """How long builds take, by project."""
    builds: Mapping[str, float] = field(default_factory=dict)
    """When each of the builds that run at once began, by project."""

    @property
    def begun(self) -> bool:
        """Whether the installer or a step runs, which tells itself what it does."""
        return bool(self.programs)


def after(activity: Activity, event: events.Event, now: float) -> Activity:
    """Return what is being done after an event."""
    estimates = {**activity.estimates, **_estimates(event)}
    activity = replace(activity, ended="", estimates=estimates)
    match event:
        case events.LogLine(text) | events.StepOutput(text):
            line = progress_words().read(text, *activity.programs)
            return _after_line(activity, line, now) if line and not activity.builds else activity
        case events.AttemptStarted(command=command):
            installer = "uv" if PurePath(command.argv[0]).stem == "uv" else "pip"
            return started(activity, f"Running {installer}", now, (installer, BUILD))
        case events.StepStarted(step=step):
            return started(activity, step_label(step), now, (step.manager or "step",))
        case events.VerifyStarted():
            return started(activity, "Verifying the import", now)
        case _:
            return idle(activity) if isinstance(event, _ENDS) else _at_once(activity, event, now)


def _at_once(activity: Activity, event: events.Event, now: float) -> Activity:
    """Return the builds that run at once, after one of them has begun or ended."""
    match event:
        case events.BuildStarted(project, total=total):
            label, builds = f"Building {project}", {**activity.builds, project: now}
            return replace(activity, builds=builds, label=label, project=project, total=total)
        case events.BuildFinished(project, returncode=code, seconds=seconds):
            builds = {one: began for one, began in activity.builds.items() if one != project}
            label = f"Building {next(iter(builds))}" if builds else "Installing"
            ended = "" if code else f"Built {project} in {duration(seconds)}"
            done = activity.done + 1 if builds else 0
            new = replace(activity, builds=builds, label=label, project="", done=done)
            return replace(new, ended=ended, since=activity.since if builds else now)
        case _:
            return activity


def _estimates(event: events.Event) -> Mapping[str, str]:
    """Return what an event says of how long builds take."""
    match event:
        case events.RunOpened(estimates=estimates):
            return {name: estimate_words(seconds) for name, seconds in estimates.items()}
        case events.PlanProposed(plan):
            return {one.name: estimate_words(one.estimate, one.guess) for one in plan.arrivals}
        case _:
            return {}


def started(activity: Activity, label: str, now: float, programs: tuple[str, ...] = ()) -> Activity:
    """Return the beginning of other work."""
    return Activity(label, now, programs=programs, estimates=activity.estimates)


def idle(activity: Activity) -> Activity:
    """Return that nothing is being done."""
    return Activity(estimates=activity.estimates)


def _after_line(activity: Activity, line: ProgressLine, now: float) -> Activity:
    if line.ends:
        ended = f"{line.ends} in {duration(now - activity.since)}"
        return replace(activity, ended=ended, name="", done=0, percent=None)
    if line.starts and line.starts != activity.label:
        activity = _of_line(activity, line, now)
        if activity.project:
            return activity
    return replace(
        activity,
        done=activity.done + 1 if line.counts else line.done or activity.done,
        total=line.total or activity.total,
        percent=line.percent,
        name=line.name or activity.name,
    )


def _of_line(activity: Activity, line: ProgressLine, now: float) -> Activity:
    """Return the work that begins with a line; a known total is kept."""
    return replace(
        started(activity, line.starts, now, activity.programs),
        total=activity.total,
        about=activity.estimates.get(canonicalize_name(line.name), ""),
        project=line.name if BUILD in activity.programs else "",
    )


def step_label(step: Step) -> str:
    """Return a step as the work that it is."""
    match step:
        case InstallPackages(manager=manager) if manager:
            return f"Installing packages with {manager}"
        case RemovePackages(manager=manager):
            return f"Removing packages with {manager}"
        case CreateEnvironment():
            return "Preparing the environment"
        case _ if step.looks_up:
            return f"Fetching the {step.looks_up}"
        case _:
            return step.summary.partition(";")[0]


def status_text(activity: Activity, now: float) -> str:
    """Return the work as one line: `Building lxml  etree.c  3 of 12  0:41, about 2 min`."""
    if activity.builds:
        each = (f"{one} {_time(now - began)}".strip() for one, began in activity.builds.items())
        return f"Building {', '.join(each)}  {activity.done} of {activity.total} done"
    times = _time(now - activity.since)
    if activity.about.startswith("about"):
        times = " of ".join(filter(None, (times, activity.about)))
    elif activity.about:
        times = ", ".join(filter(None, (times, activity.about)))
    return "  ".join(filter(None, (activity.label, _far(activity), times, activity.name)))


def _time(spent: float) -> str:
    return duration(spent) if spent >= _SLOW else ""


def _far(activity: Activity) -> str:
    if activity.percent is not None:
        return f"{activity.percent}%"
    if activity.total and activity.done:
        return f"{min(activity.done, activity.total)} of {activity.total}"
    return f"{activity.done} compiled" if activity.done and BUILD in activity.programs else ""
