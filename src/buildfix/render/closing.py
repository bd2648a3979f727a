"""The closing sentences of a run, computed from its report and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from buildfix.core import Attempt, Changes, Installed, Report, UnseenStep, events
from buildfix.core.redaction import redacted
from buildfix.core.report import CANCELLED
from buildfix.render.amounts import duration

_SHOWN = 12
_BUILDING = ("metadata", "build")
_BEFORE_BUILDS = frozenset(
    {
        *("no-distribution", "network", "certificate", "externally-managed", "permission"),
        *("disk-full", "python-unsupported", "platform-unsupported", "unknown"),
    }
)
"""Kinds of cause that stop an installer before it builds anything, unless the log names a build."""
_MOMENTS = {
    "start": "before anything started",
    "plan": "before the plan was applied",
    "step": "during the step: {}",
    "lock": "while waiting: {}",
    "installer": "while the installer ran (attempt {})",
    "verify": "while verifying the import",
    "between": "between steps",
    "end": "after the import was verified",
}

_ONE_ATTEMPT = " after 1 failed attempt"
"""Says nothing more than that the install failed."""


def closing_line(report: Report) -> str:
    """Return what happened, why, and what was changed."""
    if report.undoes:
        return _undo_line(report)
    if report.outcome == "installed":
        changed = system_line(report.changes, only_if_any=True) if _nothing_fresh(report) else ""
        sentences = (_installed_line(report), *_without_module(report), kept_line(report))
        return _sentence(*sentences, report.reason, changed)
    lead = _interrupted_line(report) if report.outcome == "interrupted" else _failed_line(report)
    if untouched(report.changes):
        return _sentence(lead, report.reason, "Nothing was changed.")
    states = _target_lines(report)
    return _sentence(lead, report.reason, *states, system_line(report.changes))


def _undo_line(report: Report) -> str:
    """Return how taking back a run ended, and what is gone."""
    asked, halt = _asked(report), report.changes.halt
    stopped = f": {halt.by} {_MOMENTS[halt.moment].format(halt.detail)}" if halt else ""
    lead = {
        "undone": f"Undone: {asked}, {duration(report.timing.total)}.",
        "person-needed": "" if report.reason == CANCELLED else f"The undo of {asked} needs you.",
        "interrupted": f"Stopped while undoing {asked}{stopped}.",
    }.get(report.outcome, f"Could not undo all of {asked}.")
    gone = [name for one in report.changes.system for name in one.removed]
    done = (f"Removed from the system: {_listed(gone)}." if gone else "", *_undone_steps(report))
    nothing = "Nothing was changed." if untouched(report.changes) else ""
    return _sentence(lead, *done, nothing, report.reason)


def _undone_steps(report: Report) -> Iterable[str]:
    return map(_unseen_line, report.changes.unseen)


def killed_line(killed: events.KilledRunFound) -> str:
    """Return what is known of a run that did not record its end; this one may ask for others."""
    moment = _MOMENTS[killed.halt.moment].format(killed.halt.detail)
    which = "The previous run" if killed.newest else "An earlier run"
    lead = f"{which} ({' '.join(killed.requirements)}) ended unexpectedly {moment}."
    done = f"Completed before that: {_listed(killed.completed)}." if killed.completed else ""
    return _sentence(lead, done, "This run checks the system again.")


def _sentence(*parts: str) -> str:
    return redacted(" ".join(filter(None, parts)))


def _installed_line(report: Report) -> str:
    place, cost = report.interpreter, f"{duration(report.timing.total)}{peak_words(report)}"
    asked, target = _asked(report), report.changes.target
    after = failures_words(report.attempts)
    if not report.proofs:
        return f"Nothing to do: the environment markers of {asked} exclude it on {place}."
    kept = tuple(map(str, target.kept))
    if _nothing_fresh(report):
        lead = "Nothing to do" if untouched(report.changes) else "Nothing to install"
        how = "import verified" if _all_imported(report) else "verified"
        return f"{lead}: {_listed(kept)} {_is(kept)} already installed in {place}, {how}, {cost}."
    if kept:
        new = _listed(str(one) for one in target.asked if one in target.added)
        was = "was" if len(kept) == 1 else "were"
        there = f"{_listed(kept)} {was} already installed."
        return f"Installed {new} into {place}{after}, {cost}. {there}"
    return f"Installed {asked} into {place}{after}, {cost}."


def _nothing_fresh(report: Report) -> bool:
    """Return whether everything requested was installed before and is unchanged."""
    target = report.changes.target
    return bool(target.asked) and not target.absent and set(target.kept) == set(target.asked)


def _all_imported(report: Report) -> bool:
    return all(proof.modules for proof in report.proofs)


def _without_module(report: Report) -> Iterable[str]:
    for proof in report.proofs:
        if not (proof.modules or proof.programs):
            files = "its file is" if proof.files == 1 else f"its {proof.files} files are"
            yield f"{proof.distribution} is installed; it has no module to import, {files} present."


def _failed_line(report: Report) -> str:
    if report.outcome == "person-needed":
        return "" if report.reason == CANCELLED else f"{_asked(report)} needs your input."
    words = failures_words(report.attempts)
    return f"Could not install {_asked(report)}{'' if words == _ONE_ATTEMPT else words}."


def _interrupted_line(report: Report) -> str:
    halt, target = report.changes.halt, report.changes.target
    when = f": {halt.by} {_MOMENTS[halt.moment].format(halt.detail)}" if halt else ""
    if target.seen and not target.asked:
        return f"Stopped before installing {_asked(report)}{when}."
    verified = {proof.distribution for proof in report.proofs}
    if not target.absent and target.asked and verified.issuperset(one.name for one in target.asked):
        return f"Stopped after {_asked(report)} was installed and verified{when}."
    return f"Stopped while installing {_asked(report)}{when}."


def _target_lines(report: Report) -> Iterable[str]:
    """Yield the state of what was requested in the target, and what else was installed there."""
    target, place = report.changes.target, report.interpreter
    yield from (_asked_line(one, report) for one in target.asked)
    if target.asked and target.absent:
        yield f"{_listed(target.absent)} {_is(target.absent)} not installed."
    others = [str(one) for one in target.added if one not in target.asked]
    if others:
        yield f"Also installed into {place}: {_listed(others)}."
    if target.removed:
        yield f"Removed from {place}: {_listed(map(str, target.removed))}."


def _asked_line(one: Installed, report: Report) -> str:
    """Return the state of a requested distribution that is installed."""
    place, diagnosis = report.interpreter, report.diagnosis
    if one not in report.changes.target.added:
        return f"{one} is still installed in {place}."
    if any(proof.distribution == one.name for proof in report.proofs):
        return f"{one} is installed and verified in {place}."
    broken = diagnosis and diagnosis.phase == "import" and diagnosis.project == one.name
    return f"{one} is installed in {place}, but {'does not work' if broken else 'not verified'}."


def system_line(changes: Changes, *, only_if_any: bool = False) -> str:
    """Return what was changed on the system, as reported by its package managers."""
    added: dict[str, bool] = {}
    unfinished: dict[str, None] = {}
    for change in changes.system:
        added |= {name: name in change.asked for name in change.added}
        for name in change.removed:
            added.pop(name, None)
        unfinished |= dict.fromkeys(change.unfinished)
        for name in (*change.added, *change.removed):
            unfinished.pop(name, None)
    sentences = [
        _added_line(added),
        f"Left unfinished by the package manager: {_listed(unfinished)}." if unfinished else "",
        *map(_unseen_line, changes.unseen),
    ]
    nothing = "" if only_if_any else "No system packages were installed."
    return " ".join(filter(None, sentences)) or nothing


def changed_line(report: Report) -> str:
    """Return what a successful run changed on the system, unless its closing line says so."""
    return "" if _nothing_fresh(report) else system_line(report.changes, only_if_any=True)


def _added_line(added: dict[str, bool]) -> str:
    named = [name for name, asked in added.items() if asked]
    shown = named or list(added)[:_SHOWN]
    rest = len(added) - len(shown)
    with_them = f" and {rest} more {'package' if rest == 1 else 'packages'}" if rest else ""
    return f"Installed on the system: {', '.join(shown)}{with_them}." if added else ""


def _unseen_line(step: UnseenStep) -> str:
    if step.finished:  # the plan said why
        return f"Done: {step.summary.partition(': ')[0]}."
    return f"Started but not finished: {step.summary}; its changes are unknown."


def untouched(changes: Changes) -> bool:
    """Return whether a run changed nothing, as far as that is known."""
    target = changes.target
    system = any(one.added or one.removed or one.unfinished for one in changes.system)
    seen = system or changes.unseen or target.added or target.removed
    return not (seen or changes.elsewhere)


def failures_words(attempts: Sequence[Attempt]) -> str:
    """Return how many attempts failed, and how, as ` after 2 failed builds`; empty if none did."""
    failed = sum(one.returncode != 0 for one in attempts)
    builds = sum(map(_failed_in_build, attempts))
    imports = sum(not one.returncode and one.diagnosis is not None for one in attempts)
    counts = ((builds, "build"), (failed - builds, "attempt"), (imports, "import"))
    words = [f"{count} failed {what}{'s' * (count > 1)}" for count, what in counts if count]
    return f" after {_listed(words)}" if words else ""


def _failed_in_build(attempt: Attempt) -> bool:
    """Return whether an installer failed because a build did."""
    found = attempt.diagnosis
    if not attempt.returncode or found is None:
        return False
    if found.phase is None:
        return found.cause is not None and found.cause.kind not in _BEFORE_BUILDS
    return found.phase in _BUILDING


def kept_line(report: Report) -> str:
    """Return which wheels of this run were saved to the wheelhouse."""
    names = (path.replace("\\", "/").rpartition("/")[2] for path in report.kept)
    return f"Saved to the wheelhouse: {', '.join(names)}." if report.kept else ""


def peak_words(report: Report) -> str:
    """Return the largest peak memory of all attempts, in MiB; empty if unknown."""
    peaks = [attempt.peak_rss for attempt in report.attempts if attempt.peak_rss]
    return f", peak memory {max(peaks) / (1 << 20):.0f} MiB" if peaks else ""


def _asked(report: Report) -> str:
    return " ".join(report.requirements)


def _listed(words: Iterable[str]) -> str:
    """Return words joined by commas and `and`; long lists end with `and N more`."""
    rows = list(dict.fromkeys(words))
    if len(rows) > _SHOWN:
        rows[_SHOWN:] = [f"{len(rows) - _SHOWN} more"]
    return " and ".join(filter(None, (", ".join(rows[:-1]), rows[-1]))) if rows else ""


def _is(words: Sequence[object]) -> str:
    return "is" if len(words) == 1 else "are"
