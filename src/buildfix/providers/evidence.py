"""What became of remedies before, on the same system: shown with a step, and used for the order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from buildfix.catalog import Knowledge
from buildfix.core import Cause, Host, Need, Step
from buildfix.core.evidence import RemedyRecord
from buildfix.core.steps import package_remedy
from buildfix.package_managers import Owner


def with_evidence(steps: Iterable[Step], host: Host, knowledge: Knowledge) -> tuple[Step, ...]:
    """Return steps with their records on the host's system; raises RecipeError, UsageError."""
    records = _of_system(host, knowledge)
    if not records:
        return tuple(steps)
    title = _title(host, knowledge)
    return tuple(
        replace(step, evidence=tuple((one, title) for one in _records(step, records, knowledge)))
        for step in steps
    )


def dead_ends(
    causes: Sequence[Cause], remedies: Iterable[Step], host: Host, knowledge: Knowledge
) -> Iterator[str]:
    """Yield what was done about causes on the host's system and never helped, in words.

    What is advised now is not among it: its record stands beside it.
    """
    advised = {name for step in remedies for need in step.because for name in step.names_for(need)}
    lacks = {lack(*cause.identity, knowledge) for cause in causes}
    for one in _of_system(host, knowledge):
        failed = one.applied > 0 and not one.gone and one.remedy not in advised
        if failed and lack(one.kind, one.subject, knowledge) in lacks:
            yield f"{one.remedy} (worked {one.times} on {_title(host, knowledge)})"


def likeliest_first(
    owners: Sequence[Owner], need: Need, manager: str, host: Host, knowledge: Knowledge
) -> tuple[Owner, ...]:
    """Return packages that provide a need, those first that helped before on this system.

    A package that helped every time is sure. Packages without a record keep their order.
    """
    records = _of_system(host, knowledge)
    if not records:
        return tuple(owners)
    nothing = RemedyRecord("", "", "", "")
    found = [
        (_most_applied((package_remedy(one.package, manager),), need, records, knowledge), one)
        for one in owners
    ]
    rated = sorted(found, key=lambda pair: -(pair[0] or nothing).chance)
    return tuple(
        replace(one, sure=True) if record and 0 < record.applied == record.gone else one
        for record, one in rated
    )


def lack(kind: str, subject: str, knowledge: Knowledge) -> tuple[str, str]:
    """Return the same for all causes that the same capability mends, foreseen or not."""
    if kind.endswith(("-too-old", "-too-new")):
        return kind, subject
    capability = knowledge.identified(subject) or knowledge.capability(kind, subject)
    return ("", capability.id) if capability else (kind, subject)


def _of_system(host: Host, knowledge: Knowledge) -> list[RemedyRecord]:
    here = _release(host.release_id, knowledge) if knowledge.evidence else ("", "")
    return [one for one in knowledge.evidence if _release(one.system, knowledge) == here]


def _release(system: str, knowledge: Knowledge) -> tuple[str, str]:
    """Return a system's id, and the release whose packages it has: `3.22` for `alpine:3.22.1`."""
    name, _, version = system.partition(":")
    recipe = knowledge.system(name)
    known = recipe.known(version) if recipe else None
    return name, known.version if known else version


def _title(host: Host, knowledge: Knowledge) -> str:
    recipe = knowledge.system(host.id)
    _, version = _release(host.release_id, knowledge)
    return f"{recipe.title if recipe else host.id} {version}".strip()


def _records(
    step: Step, records: Sequence[RemedyRecord], knowledge: Knowledge
) -> tuple[RemedyRecord, ...]:
    """Return the records of a step, one for each of its needs that has one."""
    found = (_most_applied(step.names_for(need), need, records, knowledge) for need in step.because)
    return tuple(dict.fromkeys(filter(None, found)))


def _most_applied(
    remedies: Sequence[str], need: Need, records: Sequence[RemedyRecord], knowledge: Knowledge
) -> RemedyRecord | None:
    """Return the record of the remedy that was applied most often for a need.

    Of its packages that is the one which the need cannot do without; a compiler is often there.
    """
    named = [one for one in records if one.remedy in remedies]
    wanted = lack(*need.cause, knowledge) if named else ("", "")
    found = [one for one in named if lack(one.kind, one.subject, knowledge) == wanted]
    return max(found, key=lambda one: one.applied, default=None)
