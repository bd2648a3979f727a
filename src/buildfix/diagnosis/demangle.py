"""C++ names in source form, from mangled names."""

from __future__ import annotations

import re
from typing import Any

_SUFFIXES = {"int": "", "unsigned int": "u", "long": "l", "unsigned long": "ul"}
_OF_OBJECT = re.compile(r"_ZN([VK]*[RO]?)")
_QUALIFIERS = {"V": "volatile", "K": "const", "R": "&", "O": "&&"}
"""Qualifiers of member functions, with which the demangler loses template arguments."""
_BOOLEANS = {"0": "false", "1": "true"}
_WRAPPERS = {
    "guard_variable": "guard variable for ",
    "nonvirt_thunk": "non-virtual thunk to ",
    "virt_thunk": "virtual thunk to ",
    "transaction_clone": "transaction clone for ",
    "vtt": "VTT for ",
}

MAX_REFERENCES = 32
"""How often a name may refer to its own parts: each can double its length and the time it takes."""
_REFERENCE = re.compile(r"[ST][0-9A-Z]*_")
_FAILURES = (
    *(NotImplementedError, RecursionError),  # function-local names, and lambdas
    *(AttributeError, LookupError, TypeError, ValueError),  # what is no such name
)


def demangled(symbol: str) -> str:
    """Return a C++ name of the Itanium ABI (GCC, Clang) in source form; others unchanged.

    Mach-O's extra underscore is removed too. Microsoft's names stay unchanged, and so do those that
    a log has cut off or that refer to their own parts very often.
    """
    name = symbol[1:] if symbol.startswith("__Z") else symbol
    if not name.startswith("_Z") or len(_REFERENCE.findall(name)) > MAX_REFERENCES:
        return symbol
    from itanium_demangler import parse

    match = _OF_OBJECT.match(name)
    qualifiers = [_QUALIFIERS[one] for one in match[1]] if match else []
    try:
        tree = parse(_OF_OBJECT.sub("_ZN", name))
        return " ".join((str(_written(tree)), *qualifiers)) if tree else symbol
    except _FAILURES:
        return symbol


def _written(node: Any) -> Any:
    """Return a node of the demangler's tree with the text that c++filt(1) writes."""
    from itanium_demangler import Node

    if node.kind in _WRAPPERS:
        return Node("name", f"{_WRAPPERS[node.kind]}{_written(node.value)}")
    node = node.map(_written)
    if node.kind == "method":
        return node._replace(cls_ty=_written(node.cls_ty), member_ty=_written(node.member_ty))
    if node.kind == "literal":
        return Node("name", _literal(str(node.ty), str(node.value)))
    if node.kind == "qual_name":
        return node._replace(value=tuple(_with_class_names(node.value)))
    return node


def _literal(kind: str, value: str) -> str:
    if kind == "bool":
        return _BOOLEANS.get(value, value)
    return f"{value}{_SUFFIXES[kind]}" if kind in _SUFFIXES else f"({kind}){value}"


def _with_class_names(parts: tuple[Any, ...]) -> list[Any]:
    """Return the parts of a qualified name, with constructors and destructors by name."""
    from itanium_demangler import Node

    named: list[Any] = []
    for part in parts:
        if part.kind in ("ctor", "dtor"):
            own = next((one for one in reversed(named) if one.kind != "tpl_args"), "")
            part = Node("name", ("~" if part.kind == "dtor" else "") + str(own))
        named.append(part)
    return named
