"""The plans that the golden files hold: pure, on stock hosts, without a network."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import buildfix
from buildfix.catalog import Knowledge
from buildfix.core import Command, Host, Need, Plan
from buildfix.platforms.stock_host import stock_host
from buildfix.providers import draft_plan
from buildfix.render.documents import plan_document

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).with_name("plans")
_UNSAID = {"because", "packages", "reasons"}
"""Keys of a step that say nothing which its arguments and the needs do not."""


@dataclass(frozen=True)
class Family:
    """A few needs that are planned for together."""

    name: str
    needs: tuple[Need, ...]
    attended: bool


@dataclass(frozen=True)
class Table:
    """What is planned for, and where."""

    families: tuple[Family, ...]
    systems: Mapping[str, tuple[str, ...]]
    """Releases by system."""

    @property
    def stock(self) -> tuple[tuple[str, str], ...]:
        """Every system with each of its releases."""
        return tuple((system, one) for system, releases in self.systems.items() for one in releases)


def load() -> Table:
    """Read needs.toml."""
    table = tomllib.loads(Path(__file__).with_name("needs.toml").read_text(encoding="utf-8"))
    families = tuple(
        Family(name, tuple(map(_need, needs)), attended)
        for key, attended in (("families", True), ("unattended", False))
        for name, needs in table[key].items()
    )
    return Table(families, {name: tuple(releases) for name, releases in table["systems"].items()})


def file_of(system: str, release: str) -> Path:
    """Return where the golden file of a system's release lies."""
    return FOLDER / f"{'-'.join(filter(None, (system, release)))}.json"


def golden(system: str, release: str, families: tuple[Family, ...], knowledge: Knowledge) -> str:
    """Return the text of a golden file: a line for each step, and for each need without one.

    `BUILDFIX` stands for the folder that buildfix is in.
    """
    host = stock_host(f"{system}:{release}", knowledge)
    named = (f"  {json.dumps(one.name)}: [\n{_rows(one, host, knowledge)}\n  ]" for one in families)
    text = "{\n" + ",\n".join(named) + "\n}\n"
    return text.replace(str(Path(buildfix.__file__).parent), "BUILDFIX")


def _rows(family: Family, host: Host, knowledge: Knowledge) -> str:
    return ",\n".join(
        f"    {json.dumps(row, ensure_ascii=False)}" for row in _plan(family, host, knowledge)
    )


def _plan(family: Family, host: Host, knowledge: Knowledge) -> Iterator[Mapping[str, Any]]:
    found = draft_plan(family.needs, host, knowledge, attended=family.attended)
    document = plan_document(Plan((), host, found.steps, Command(())))
    for step in document["steps"]:
        said = {key: value for key, value in step.items() if value and key not in _UNSAID}
        if "argv" in said and step["kind"] == "packages":
            del said["summary"]
        yield said
    for need, why in found.unmet:
        yield {"unmet": str(need), "why": why}


def _need(text: str) -> Need:
    kind, _, rest = text.partition(" ")
    subject, _, required = rest.partition(" ")
    return Need(kind, subject, required or None)
