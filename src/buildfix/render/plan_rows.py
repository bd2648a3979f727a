"""A plan as rows of text: what is installed, where, and what that changes on the system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from buildfix.core import (
    Arrival,
    CreateEnvironment,
    InstallPackages,
    Manual,
    Need,
    Plan,
    RemovePackages,
    SetVariables,
    Step,
    Transaction,
)
from buildfix.core.redaction import redacted
from buildfix.render import messages
from buildfix.render.amounts import estimate_words, size
from buildfix.render.layout import GLUE, Row, Style
from buildfix.render.need_words import is_general, listed_needs
from buildfix.render.places import place_words
from buildfix.render.typed_commands import assignments

_HOW = {"wheel": "wheel", "build": "build from source", "present": "already installed"}
_DEPENDENCIES_SHOWN = 6
_INDENT = 2


def plan_rows(plan: Plan, before: Plan | None = None, *, whole: bool = False) -> Iterator[Row]:
    """Yield the rows of a plan; with `whole` also commands, versions and reasons.

    `before` is the plan that was shown before it in the same run.
    """
    installs = bool(plan.install.argv) and not is_only_afterwards(plan)
    if installs:
        yield from _head_rows(plan)
        yield from _news(plan, before) if before else ()
    projects = _projects_of_needs(plan)
    for step in plan.steps:
        yield from _step_rows(step, projects, whole=whole)
    if installs:
        yield from _last_rows(plan, whole=whole)


def is_only_afterwards(plan: Plan) -> bool:
    """Return whether all of a plan is done after the install."""
    return bool(plan.steps) and all(step.afterwards for step in plan.steps)


def _last_rows(plan: Plan, *, whole: bool) -> Iterator[Row]:
    """Yield what cannot be provided, and the install itself."""
    for note in plan.notes:
        yield Row(f"* {redacted(note)}", indent=_INDENT)
    for need, why in plan.unmet:
        yield Row(f"! {messages.unmet_line(need, why)}", indent=_INDENT, style="warning")
    yield Row(f"+ {_install_words(plan)}", indent=_INDENT)
    if whole:
        yield _command_row(redacted(messages.command_line(plan.install)))


def _head_rows(plan: Plan) -> Iterator[Row]:
    """Yield what is installed, and where: the requested projects, and what comes with them."""
    place = place_words(plan)
    asked = [one for one in plan.arrivals if one.asked]
    comes_along = " (dependency)" if "-r" not in plan.requirements else ""
    if not asked:
        yield Row(f"{redacted(' '.join(plan.requirements))} -> {place}", style="title")
    for one in plan.arrivals:
        if one.asked:
            yield Row(f"{_name(one)} -> {place}", _how(one), style="title")
        elif one.how == "build":
            yield Row(f"{_name(one)}{comes_along}", _how(one), style="title")
    yield from _wheel_rows(plan)


def _wheel_rows(plan: Plan) -> Iterator[Row]:
    wheels = [_name(one) for one in plan.arrivals if one.how == "wheel" and not one.asked]
    if wheels:
        yield Row(f"with {_listed(wheels)}", "wheels" if len(wheels) > 1 else "wheel", _INDENT)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _DEPENDENCIES_SHOWN
    rest = f" and {more} more" if more > 0 else ""
    return f"{', '.join(names[:_DEPENDENCIES_SHOWN])}{rest}"


def _name(one: Arrival) -> str:
    return f"{one.name} {one.version}" if one.version else one.name


def _how(one: Arrival) -> str:
    return ", ".join(filter(None, (_HOW[one.how], estimate_words(one.estimate, one.guess))))


def _projects_of_needs(plan: Plan) -> Mapping[Need, str]:
    return {need: one.name for one in plan.arrivals for need in one.needs}


def _news(plan: Plan, before: Plan) -> Iterator[Row]:
    """Yield what is new since the plan before, and why."""
    happened = messages.what_happened(plan.diagnosis) if plan.diagnosis else ""
    why = f", because the build failed: {happened.rstrip('.')}" if happened else ""
    known = {name for step in before.steps for name in step.packages}
    fresh = [name for step in plan.steps for name in step.packages if name not in known]
    new = f"; new: {', '.join(fresh)}" if fresh else ""
    yield Row(f"Changed since the last plan{why}{new}", indent=_INDENT, style="new")


def _step_rows(step: Step, projects: Mapping[Need, str], *, whole: bool) -> Iterator[Row]:
    yield Row(_step_words(step), _amounts(step), _INDENT, _style(step))
    found = _transaction(step)
    versions = dict(found.versions) if found else {}
    for names, purpose in _packages(step, projects):
        shown = [f"{name} {versions[name]}" if name in versions else name for name in names]
        yield Row(", ".join(shown if whole else names), purpose, 3 * _INDENT)
    # What always worked is only said with the details: it is the rule.
    doubtful = any(record.installed < record.applied for record, _ in step.evidence)
    if (whole or doubtful) and (worked := messages.evidence_line(step)):
        yield Row(worked, indent=3 * _INDENT, style="dim")
    if not whole:
        return
    if step.because:
        yield Row(f"because: {messages.reasons(step)}", indent=3 * _INDENT, style="dim")
    if step.argv:
        yield _command_row(messages.command_line(step))


def _command_row(command: str) -> Row:
    return Row(f"$ {command}", indent=3 * _INDENT, style="dim")


def _step_words(step: Step) -> str:
    root = " (root)" if step.privileged else ""
    match step:
        case InstallPackages(manager=manager) if manager and step.purposes:
            return f"+ {manager} install{root}"
        case RemovePackages():
            return f"- {step.summary}{root}"
        case Manual():
            return f"! {step.summary}"
        case SetVariables(variables=variables) if variables:
            return f"+ set {assignments(variables)}"
        case CreateEnvironment():
            return f"+ {step.summary.partition(': ')[0]}{root}"
        case _:
            return f"+ {step.summary}{root}"


def _style(step: Step) -> Style:
    if isinstance(step, RemovePackages):
        return "removes"
    if isinstance(step, Manual):
        return "warning"
    return "root" if step.privileged else ""


def _transaction(step: Step) -> Transaction | None:
    return step.transaction if isinstance(step, InstallPackages) else None


def _amounts(step: Step) -> str:
    """Return what the package manager says: `69 packages, 95 MB to download, 387 MB on disk`."""
    found = _transaction(step)
    if found is None:
        return ""
    packages = "1 package" if found.packages == 1 else f"{found.packages} packages"
    download = f"{size(found.download)} to download" if found.download else ""
    disk = f"{size(found.disk)} on disk" if found.disk else ""
    amounts = filter(None, (packages, download, disk))
    return ", ".join(amount.replace(" ", GLUE) for amount in amounts)


def _packages(step: Step, projects: Mapping[Need, str]) -> Iterable[tuple[list[str], str]]:
    """Return the packages of a step in groups, each with what they are for."""
    if not isinstance(step, InstallPackages):
        return ()
    groups: dict[str, list[str]] = {}
    for name, needs in step.purposes:
        groups.setdefault(_purpose(needs, projects), []).append(name)
    return [(names, purpose) for purpose, names in groups.items()]


def _purpose(needs: Iterable[Need], projects: Mapping[Need, str]) -> str:
    """Return what a package is for: projects, or else the things that it provides."""
    needs = tuple(needs)
    likely = " (probable)" if needs and all(one.probable for one in needs) else ""
    general = [one for one in needs if is_general(one)]
    if general:
        headers = [one for one in general if one.kind == "python-headers-missing"]
        return listed_needs(headers or general) + likely
    owners = dict.fromkeys(filter(None, map(projects.get, needs)))
    return (f"for {', '.join(owners)}" if owners else listed_needs(needs)) + likely


def _install_words(plan: Plan) -> str:
    program = "uv pip install" if plan.install.argv[:1] == ("uv",) else "pip install"
    return redacted(f"{program} {' '.join(plan.requirements)}")
