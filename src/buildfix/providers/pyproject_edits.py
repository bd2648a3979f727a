"""What a local project's pyproject.toml should say of its build, as an edit that a person makes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from packaging.utils import canonicalize_name

from buildfix.core import Manual, Need, Step
from buildfix.installers.request_items import project_of
from buildfix.installers.requirements import LEGACY_REQUIRES

_TABLE = re.compile(r"^\[build-system\][^\n]*$", re.MULTILINE)
_NEXT_TABLE = re.compile(r"^\[", re.MULTILINE)
_REQUIRES = re.compile(r"^requires\s*=\s*\[(?P<items>[^\]]*)\]", re.MULTILINE)


def declaration_step(need: Need, distribution: str, projects: Mapping[str, str]) -> Step | None:
    """Return the step in which a person declares a build requirement of a local project.

    `projects` are the paths of local projects' pyproject.toml, each with its text, empty where
    there is none. None where no local project has that backend, or declares it already.
    """
    backend = need.subject.partition(":")[0]
    for path, text in projects.items():
        if need.kind == "backend-missing" and f'"{backend}' not in text.replace("'", '"'):
            continue
        edited = with_requirement(text, distribution)
        if edited != text:
            shown = _diff(path, text, edited)
            told = f"Declare {distribution} as a build requirement in {path}:\n{shown}"
            return Manual(told, (need,))
    return None


def with_requirement(text: str, distribution: str) -> str:
    """Return a pyproject.toml that requires `distribution` to build; as it is where it does."""
    table = _TABLE.search(text)
    if table is None:
        listed = ", ".join(f'"{name}"' for name in dict.fromkeys((*LEGACY_REQUIRES, distribution)))
        system = f'[build-system]\nrequires = [{listed}]\nbuild-backend = "setuptools.build_meta"\n'
        return f"{system}\n{text}" if text else system
    start = table.end()
    following = _NEXT_TABLE.search(text, start)
    end = following.start() if following else len(text)
    requires = _REQUIRES.search(text, start, end)
    if requires is None:
        return f'{text[:start]}\nrequires = ["{distribution}"]{text[start:]}'
    items = requires["items"]
    if _declares(items, distribution):
        return text
    stripped = items.rstrip().rstrip(",")
    between = ("," + _lead(items)) if stripped.strip() else ""
    tail = items[len(items.rstrip()) :]
    more = f'{stripped}{between}"{distribution}"{"," if tail else ""}{tail}'
    return text[: requires.start("items")] + more + text[requires.end("items") :]


def _lead(items: str) -> str:
    """Return what stands before an item: a line break and its margin, or a space."""
    match = re.match(r"\n\s*", items)
    return match[0] if match else " "


def _declares(items: str, distribution: str) -> bool:
    names = map(project_of, re.findall(r"[\"']([^\"']+)[\"']", items))
    return canonicalize_name(distribution) in names


def _diff(path: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), path, path, n=2, lineterm=""
    )
    return "\n".join(lines)
