"""Which other release of a project would serve, where the one asked for cannot: pure choices."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

from packaging.tags import Tag
from packaging.version import Version


def nearest_supporting(
    releases: Iterable[tuple[Version, frozenset[Tag]]], current: Version, taken: Iterable[Tag]
) -> Version | None:
    """Return the oldest release after `current` that was made for this Python.

    What shows it is a wheel for this Python, whatever the platform: its makers built it there.
    `releases` come with the tags of their wheels; `taken` are those that the interpreter takes.
    """
    pythons = {(tag.interpreter, tag.abi) for tag in taken if tag.abi != "none"}
    later = (
        version
        for version, tags in releases
        if version > current and any((tag.interpreter, tag.abi) in pythons for tag in tags)
    )
    return min(later, default=None)


def newest_accepted(
    candidates: Sequence[Version], accepts: Callable[[Version], bool]
) -> Version | None:
    """Return the first of `candidates`, newest first, that is accepted, asking about few.

    What a project asks of a library only grows: once a release accepts it, older ones do too. So
    this goes back in growing steps, then halves what is between.
    """
    refused, step = -1, 1
    while refused + step < len(candidates) and not accepts(candidates[refused + step]):
        refused += step
        step *= 2
    accepted, oldest = refused + step, len(candidates) - 1
    if accepted > oldest and (refused == oldest or not accepts(candidates[-1])):
        return None
    within = refused + 1, min(accepted, oldest)
    return candidates[bisect_left(candidates, True, *within, key=accepts)]
