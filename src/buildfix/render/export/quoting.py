"""Words and commands for sh(1), quoted."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from buildfix.installers import separator
from buildfix.render.export.draft import put_slots


def word(text: str) -> str:
    """Return a word quoted for sh(1), with its slots as variables."""
    quoted = put_slots(text, lambda part: shlex.quote(part) if part else "", _variable)
    return quoted or "''"


def typed(argv: tuple[str, ...], env: Mapping[str, str] | None = None) -> str:
    """Return a command as one types it, with the variables that it is run with."""
    before = [f"{name}={word(value)}" for name, value in (env or {}).items()]
    return " ".join((*before, *map(word, argv)))


def added(name: str, value: str) -> str:
    """Return the value of a variable, before what the environment has where that adds up."""
    between = separator(name)
    return word(value) + (f'"${{{name}:+{between}${name}}}"' if between else "")


def _variable(name: str) -> str:
    return f'"${name}"'
