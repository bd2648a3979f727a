"""Applies what recipes know about a cause, and explains if they know nothing that helps."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable

from buildfix.catalog import Knowledge
from buildfix.core import Diagnosis, Need, PlanDraft, needs_of
from buildfix.engine.outcome import Answer, Ending, GiveUp, Remedy


def too_many_attempts(attempts: int, allowed: int) -> Answer:
    """Return the ending if the allowed number of attempts is reached."""
    if attempts < allowed:
        return None
    return GiveUp(Ending("unfixed", f"Still failing after {attempts} attempts."))


def unknown_cause(failed: Diagnosis) -> Answer:
    """Return the ending if the cause is unknown: a wrong fix is worse than none."""
    if failed.known and failed.cause is not None:
        return None
    return GiveUp(Ending("unfixed", "buildfix does not recognize the cause."))


def same_cause(failed: Diagnosis, settled: Container[Need]) -> Answer:
    """Return the ending if the fix for a cause was applied before."""
    if needs_of(failed.causes)[0] not in settled:
        return None
    told = f"The fix was applied, but the same error came back: {failed.cause}."
    return GiveUp(Ending("unfixed", told))


def handle(failed: Diagnosis, foreseen: Callable[[], tuple[Need, ...]]) -> Answer:
    """Return what fixes the causes, and what else the builds are known to lack."""
    more = foreseen if failed.phase != "import" else tuple
    return Remedy(lambda: (*needs_of(failed.causes), *more()))


def is_surprise(failed: Diagnosis, foreseen: Iterable[Need], knowledge: Knowledge) -> bool:
    """Return whether a build lacked something of the system that was not foreseen.

    Its source was not understood then, and it probably lacks more than this.
    """
    known = {_provided_by(need, knowledge) for need in foreseen}
    lacked = [_provided_by(need, knowledge) for need in needs_of(failed.causes)]
    return any(one and one not in known for one in lacked)


def _provided_by(need: Need, knowledge: Knowledge) -> str:
    """Return the id of the capability that provides a need; empty if there is none."""
    from buildfix.providers.needs import capabilities_of  # slow to load

    return next((one.id for one in capabilities_of(need, knowledge)), "")


def no_known_fix(
    failed: Diagnosis, draft: Callable[[], PlanDraft], brings: Callable[[str], bool]
) -> Answer:
    """Return the ending if nothing known changes anything.

    `draft` returns what would fix the causes, `brings` says whether anything does for a kind.
    """
    return GiveUp(Ending("unfixed", _why_nothing(failed, draft().unmet, brings)))


def _why_nothing(
    failed: Diagnosis, unmet: tuple[tuple[Need, str], ...], brings: Callable[[str], bool]
) -> str:
    if unmet:
        whys = dict.fromkeys(why for _, why in unmet)
        return f"No known fix: {'; '.join(whys)}."
    if failed.cause and not brings(failed.cause.kind):
        return f"{failed.says} {failed.advice}".strip()
    return f"The required package is installed, but the build still fails ({failed.cause})."
