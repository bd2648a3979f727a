"""buildfix: pip install for projects that must be compiled.

Everything that a program needs is here: `explain`, `plan`, `repair` and what they return.
"""

__version__ = "0.2.0"

__all__ = [
    "BuildfixError",
    "Cause",
    "Diagnosis",
    "Event",
    "Host",
    "Plan",
    "Report",
    "Request",
    "Step",
    "events",
    "explain",
    "plan",
    "repair",
]

TYPE_CHECKING = False
"""As in `typing`, which `buildfix --version` does not import."""

if TYPE_CHECKING:
    from buildfix.api import (
        BuildfixError,
        Cause,
        Diagnosis,
        Event,
        Host,
        Plan,
        Report,
        Request,
        Step,
        events,
        explain,
        plan,
        repair,
    )


def __getattr__(name: str) -> object:
    """Import the library when a name of it is used (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from buildfix import api

    return getattr(api, name)


def __dir__() -> list[str]:
    """Return the names of the library too, for `dir`, `help` and completion (PEP 562)."""
    return sorted({*globals(), *__all__})
