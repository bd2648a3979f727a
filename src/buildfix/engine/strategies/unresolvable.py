"""Requests that no index can satisfy, or that conflict: refused before anything is installed."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from buildfix.catalog import Knowledge
from buildfix.catalog.names import near_names
from buildfix.core import Cause, Diagnosis
from buildfix.core.program import own_command
from buildfix.engine.strategies.alternative_index import places_elsewhere
from buildfix.installers.request_items import requirement_of

if TYPE_CHECKING:
    from buildfix.index.wanted import Refused

_CHECK = "Check the network, the proxy (HTTPS_PROXY) and the index (`pip config list`)."
_ADDRESS = re.compile(r"^(?P<url>\S+): (?P<why>.+)$")


def unresolvable(
    refused: Refused | None,
    troubles: Sequence[str],
    knowledge: Knowledge,
    python: str,
    from_source: Container[str] = (),
    only_wheels: Callable[[str], bool] = lambda _: False,
) -> Diagnosis | None:
    """Return why the request cannot be installed; None if that is not certain.

    `troubles` says which indexes do not respond, `python` is the target's version.
    Wheels of the projects in `from_source` do not count. `only_wheels` returns whether the index
    has wheels for a requirement, and no source.
    """
    if refused is None or not refused.certain or refused.kind == "too-deep":
        return None
    if troubles:
        return unreachable(troubles)
    if refused.kind == "missing":
        return _missing(*refused.causes[0], knowledge, from_source, only_wheels)
    if refused.kind == "python":
        return _other_python(refused, python)
    return _conflict(refused)


def unreachable(troubles: Sequence[str]) -> Diagnosis:
    """Return the diagnosis for an index that cannot be read."""
    found = _ADDRESS.match(troubles[0])
    url = found["url"] if found else troubles[0]
    host = urlsplit(url).hostname or url
    text = f"Cannot read the index: {'; '.join(troubles)}."
    cause = Cause("network", host, 1, text)
    return Diagnosis(failed=True, phase="resolve", cause=cause, says=text, advice=_CHECK)


def advice_on(name: str, knowledge: Knowledge) -> str:
    """Return advice on a project that no index has: similar names, and other places."""
    return " ".join((*did_you_mean(name, knowledge), *places_elsewhere(name, knowledge)))


def did_you_mean(name: str, knowledge: Knowledge) -> Iterator[str]:
    """Yield a suggestion if a similar name is known."""
    near = near_names(canonicalize_name(name), knowledge.well_known)
    if near:
        yield f"Did you mean {' or '.join(near)}?"


def _missing(
    text: str,
    whose: str,
    knowledge: Knowledge,
    from_source: Container[str],
    only_wheels: Callable[[str], bool],
) -> Diagnosis:
    requirement = requirement_of(text)
    name = canonicalize_name(requirement.name) if requirement else text
    by = f", required by {whose}" if whose else ""
    says = f"No index has a distribution that matches {_shown(text)}{by}."
    cause = Cause("no-distribution", _shown(text), 1, says)
    advice = advice_on(name, knowledge)
    if name in from_source:
        says = f"No index has a source distribution that matches {_shown(text)}{by}."
        advice = "It may be published as wheels only: drop --from-source."
    elif only_wheels(text):
        says = f"{says[:-1]}: its wheels are for other systems or Pythons, and it has no source."
        advice = f"`{own_command('wheels', name)}` shows for which."
    return Diagnosis(failed=True, phase="resolve", cause=cause, says=says, advice=advice)


def _other_python(refused: Refused, python: str) -> Diagnosis:
    required, whose = refused.causes[0]
    says = f"{whose} requires Python {required}, but this is Python {python}."
    cause = Cause("python-unsupported", ".".join(python.split(".")[:2]), 1, says, required)
    return Diagnosis(failed=True, phase="resolve", cause=cause, says=says)


def _conflict(refused: Refused) -> Diagnosis:
    whats = [
        f"{whose or 'you'} require{'s' if whose else ''} {what}" for what, whose in refused.causes
    ]
    says = f"These requirements conflict: {'; '.join(whats)}."
    subject = " and ".join(dict.fromkeys(whose or what for what, whose in refused.causes))
    cause = Cause("no-distribution", subject, 1, says)
    advice = "Loosen the pinned versions."
    return Diagnosis(failed=True, phase="resolve", cause=cause, says=says, advice=advice)


def _shown(text: str) -> str:
    """Return a requirement without its marker, which is true here."""
    try:
        requirement = Requirement(text)
    except ValueError:
        return text
    requirement.marker = None
    return str(requirement)
