"""Times and sizes, as people read them."""

from __future__ import annotations

_UNITS = ("B", "kB", "MB", "GB", "TB")
_STEP = 1000
_EXACT = 10
"""Below this many of a unit, one decimal is shown."""


def duration(seconds: float) -> str:
    """Return a duration: `0.8 s`, `41 s`, `2 min 5 s`, `1 h 3 min`."""
    if seconds < _EXACT:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def rough_duration(seconds: float) -> str:
    """Return a duration that is only an estimate: `20 s`, `2 min`."""
    if seconds < 60:
        return f"{max(round(seconds / 5) * 5, 5)} s"
    return duration(round(seconds / 60) * 60)


_GUESSES = ((60.0, "probably under a minute"), (600.0, "probably a few minutes"))
"""What is said of a guess below so many seconds."""


def estimate_words(estimate: float | None, guess: float = 0.0) -> str:
    """Return how long a build takes: `about 2 min`, or a guess without figures; often empty."""
    if estimate:
        return f"about {rough_duration(estimate)}"
    if not guess:
        return ""
    return next((words for most, words in _GUESSES if guess < most), "probably over 10 minutes")


def size(count: float) -> str:
    """Return a number of bytes: `95 MB`, as package managers write it."""
    for unit in _UNITS:
        if count < _STEP or unit == _UNITS[-1]:
            break
        count /= _STEP
    return f"{count:.1f} {unit}" if count < _EXACT and unit != "B" else f"{count:.0f} {unit}"
