"""What `doctor` found, for people: a mark and a line for each check, in groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from buildfix.core.checks import Check, CheckGroup
from buildfix.render.view import Mark, View


def show_checks(groups: Iterable[CheckGroup], view: View) -> None:
    """Show groups of checks, each under its title."""
    for group in groups:
        view.say(group.title)
        width = max((len(one.title) for one in group.checks), default=0)
        for one in group.checks:
            view.check(_mark(one), f"{one.title:<{width}}  {_words(one)}".rstrip())


def readiness_line(ready: Sequence[str], others: Sequence[str]) -> str:
    """Return which languages can be compiled here: `Ready to build: C, C++; not: Fortran.`."""
    missing = f"; not: {', '.join(others)}" if others else ""
    return f"Ready to build: {', '.join(ready) or 'nothing'}{missing}."


def _mark(one: Check) -> Mark:
    if one.found:
        return "found"
    return "optional" if one.optional else "missing"


def _words(one: Check) -> str:
    if one.found:
        return one.detail
    if one.optional:
        how = one.command or one.detail.removeprefix("missing: ")
        return f"for {one.optional}{f': {how}' if how else ''}"
    return f"missing: {one.command}" if one.command else one.detail or "missing"
