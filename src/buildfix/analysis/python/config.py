"""A script's own reading of setup.cfg and its like."""

from __future__ import annotations

import configparser

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
    if call.name in ("has_section", "has_option"):
        return section is not None and (call.name == "has_section" or option in section)
    if section is None or (option and option not in section):
        if "fallback" in call.named:
            return call.named["fallback"]
        return mishap(call.machine, "NoSectionError" if section is None else "NoOptionError")
    if call.name in ("items", "options"):
        return list(section.items()) if call.name == "items" else list(section)
    value = section.get(option, "")
    if call.name == "getboolean":
        return value.lower() in ("1", "yes", "true", "on")
    return value if call.name == "get" else UNKNOWN


def read_config(text: str | None) -> dict[str, dict[str, str]]:
    """Return the sections of an INI file, nothing where it is none."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text or "")
        return {section: dict(parser.items(section)) for section in parser.sections()}
    except configparser.Error:
        return {}
