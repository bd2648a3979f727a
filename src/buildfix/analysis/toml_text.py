"""TOML that others wrote: read where it can be."""

from __future__ import annotations

import re
import sys
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_PARTS = re.compile(
    r'''"""(?:\\.|[^\\])*?"""|\'{3}.*?\'{3}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|\#[^\n]*|.''',
    re.DOTALL,
)


def read_toml(text: str | None) -> dict[str, Any]:
    """Return a document's table, empty where it is none."""
    for version in (text or "", _as_toml_1_0(text or "")):
        try:
            return tomllib.loads(version)
        except (tomllib.TOMLDecodeError, RecursionError):
            continue
    return {}


def _as_toml_1_0(text: str) -> str:
    """Return a document of TOML 1.1 with each inline table on one line, as in TOML 1.0."""
    depth, parts = 0, list[str]()
    for part in _PARTS.findall(text):
        depth += (part == "{") - (part == "}")
        while part == "}" and parts and parts[-1] in (",", " "):
            parts.pop()
        parts.append(" " if depth > 0 and part[0] in " #\r\n" else part)
    return "".join(parts)


def table(value: Any, *keys: str) -> dict[str, Any]:
    """Return the table that lies under these keys, empty where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def texts(value: Any) -> tuple[str, ...]:
    """Return the strings of a list, nothing where it is none."""
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
