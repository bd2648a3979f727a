"""A script's own reading of setup.cfg and its like."""

from __future__ import annotations

import configparser

from buildfix.analysis.python.methods import in_tree
from buildfix.analysis.python.operators import items_of, mishap
from buildfix.analysis.python.values import UNKNOWN, Instance, Machine, Value


def config_method(
    machine: Machine, parser: Instance, name: str, args: list[Value], named: dict[str, Value]
) -> Value:
    """Return what a method of ConfigParser returns; raises Raised as it does."""
    sections = parser.attributes["*sections*"]
    if name in ("read", "read_file", "readfp"):
        names = args[0] if args and isinstance(args[0], list | tuple) else args[:1]
        for file in items_of(names):
            inside = in_tree(file) if isinstance(file, str) else None
            sections.update(read_config(machine.tree.text(inside)) if inside else {})
        return None
    if any(not isinstance(arg, str) for arg in args):
        return UNKNOWN
    if name == "sections":
        return list(sections)
    section = sections.get(args[0]) if args else None
    if name == "has_section":
        return section is not None
    option = args[1].lower() if len(args) > 1 else ""
    if name == "has_option":
        return section is not None and option in section
    return _value(machine, name, section, option, named)


def _value(
    machine: Machine,
    name: str,
    section: dict[str, str] | None,
    option: str,
    named: dict[str, Value],
) -> Value:
    if section is None or (option and option not in section):
        if "fallback" in named:
            return named["fallback"]
        return mishap(machine, "NoSectionError" if section is None else "NoOptionError")
    if name in ("items", "options"):
        return list(section.items()) if name == "items" else list(section)
    value = section.get(option, "")
    if name == "getboolean":
        return value.lower() in ("1", "yes", "true", "on")
    return value if name == "get" else UNKNOWN


def read_config(text: str | None) -> dict[str, dict[str, str]]:
    """Return the sections of an INI file, nothing where it is none."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text or "")
        return {section: dict(parser.items(section)) for section in parser.sections()}
    except configparser.Error:
        return {}
