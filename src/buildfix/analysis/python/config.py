"""A script's own reading of setup.cfg and its like."""

from __future__ import annotations

import configparser
from collections.abc import Callable

from buildfix.analysis.python.operators import items_of, mishap
from buildfix.analysis.python.values import Call
from buildfix.analysis.symbolic_values import UNKNOWN, Value, in_tree


def config_method(call: Call) -> Value:
    """Return what a method of ConfigParser returns; raises Raised as it does."""
    sections: dict[str, dict[str, str]] = call.owner.sections
    if call.name in ("read", "read_file", "readfp"):
        names = call.first if isinstance(call.first, list | tuple) else call.args[:1]
        for file in items_of(names):
            inside = in_tree(file) if isinstance(file, str) else None
            sections.update(read_config(call.machine.tree.text(inside)) if inside else {})
        return None
    if any(not isinstance(arg, str) for arg in call.args):
        return UNKNOWN
    return list(sections) if call.name == "sections" else _of_section(call)


def _of_section(call: Call) -> Value:
    """Return what a method says of one section, or of one option in it."""
    section, option = call.owner.sections.get(call.first), call.argument(1, "").lower()
    if call.name == "has_section":
        return section is not None
    known = section is not None and (not option or option in section)
    if call.name == "has_option":
        return known and bool(option)
    if not known:
        return _missing(call)
    return _READ[call.name](section, option) if call.name in _READ else UNKNOWN


def _missing(call: Call) -> Value:
    if "fallback" in call.named:
        return call.named["fallback"]
    absent = "Option" if call.first in call.owner.sections else "Section"
    return mishap(call.machine, f"No{absent}Error")


_READ: dict[str, Callable[[dict[str, str], str], Value]] = {
    "items": lambda section, _option: list(section.items()),
    "options": lambda section, _option: list(section),
    "get": lambda section, option: section.get(option, ""),
    "getboolean": lambda section, option: (
        section.get(option, "").lower() in ("1", "yes", "true", "on")
    ),
}


def read_config(text: str | None) -> dict[str, dict[str, str]]:
    """Return the sections of an INI file, nothing where it is none."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text or "")
        return {section: dict(parser.items(section)) for section in parser.sections()}
    except configparser.Error:
        return {}
