"""What a local project's pyproject.toml should say about its build, as advice to its author."""

from __future__ import annotations

import re
from collections.abc import Mapping

from packaging.utils import canonicalize_name

from buildfix.core import Need
from buildfix.installers.request_items import project_of

_TABLE = re.compile(r"^\[build-system\](?P<body>.*?)(?=^\[|\Z)", re.MULTILINE | re.DOTALL)
_QUOTED = re.compile(r"[\"']([^\"']+)[\"']")


def declaration_advice(need: Need, distribution: str, projects: Mapping[str, str]) -> str:
    """Return where a missing build backend should be declared; empty if no local project has it.

    `projects` are the paths of local projects' pyproject.toml, each with its text, empty if there
    is none.
    """
    backend = need.subject.partition(":")[0]
    for path, text in projects.items():
        table = _TABLE.search(text)
        words = _QUOTED.findall(table["body"]) if table else ()
        declared = canonicalize_name(distribution) in map(project_of, words)
        if not declared and any(word.partition(":")[0] == backend for word in words):
            return (
                f'To build {path} in isolation instead, add "{distribution}" to `requires` in its '
                "[build-system] table."
            )
    return ""
