"""Words and commands, quoted for sh(1)."""

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
    """Return a command line, with the variables to set for it."""
    before = [f"{name}={word(value)}" for name, value in (env or {}).items()]
    return " ".join((*before, *map(word, argv)))


def added(name: str, value: str) -> str:
    """Return a variable's value, prepended to the current one if such values add up."""
    between = separator(name)
    return word(value) + (f'"${{{name}:+{between}${name}}}"' if between else "")


def _variable(name: str) -> str:
    return f'"${name}"'
