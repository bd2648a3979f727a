"""What the acceptance run takes from a `buildfix.report/1` document; it may lack anything."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

SCHEMA = "buildfix.report/1"


@dataclass(frozen=True)
class Report:
    """The story as buildfix tells it."""

    outcome: str
    returncodes: tuple[int, ...] = ()
    logs: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict)

    @property
    def failed_builds(self) -> int:
        """How many attempts of the installer failed."""
        return sum(code != 0 for code in self.returncodes)


def parse(stdout: str) -> Report:
    """Read what `--json` printed; what breaks the contract is told as the outcome."""
    try:
        document = json.loads(stdout)
    except ValueError:
        return Report("no JSON on stdout")
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        return Report(f"not a {SCHEMA}")
    attempts = _dicts(document.get("attempts"))
    verified = document.get("verified")
    return Report(
        outcome=str(document.get("outcome")),
        returncodes=tuple(_returncode(attempt) for attempt in attempts),
        logs=tuple(str(attempt["log"]) for attempt in attempts if attempt.get("log")),
        causes=tuple(_causes(attempts)),
        packages=tuple(dict.fromkeys(_packages(document))),
        modules=_strings(verified.get("modules")) if isinstance(verified, dict) else (),
        document=document,
    )


def _returncode(attempt: Mapping[str, Any]) -> int:
    code = attempt.get("returncode")
    return code if isinstance(code, int) else -1


def _causes(attempts: list[dict[str, Any]]) -> Iterator[str]:
    for attempt in attempts:
        diagnosis = attempt.get("diagnosis")
        cause = diagnosis.get("cause") if isinstance(diagnosis, dict) else None
        if isinstance(cause, dict):
            yield f"{cause.get('kind')}:{cause.get('subject')}"


def _packages(document: Mapping[str, Any]) -> Iterator[str]:
    for step in _dicts(document.get("applied")):
        if step.get("kind") == "packages":
            yield from _strings(step.get("packages"))


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _strings(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()
