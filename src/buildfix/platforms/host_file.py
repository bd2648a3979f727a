"""Reads a host description that `buildfix doctor --json` wrote."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from buildfix.core import Cuda, GpuLibrary, Host, Interpreter, Rust, Toolkit
from buildfix.core.errors import UsageError
from buildfix.core.program import own_command

SCHEMA = "buildfix.host/1"


def read_host(path: Path) -> Host:
    """Return the host that a file describes; raises UsageError if it is not a description."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path} is not a host description: {error}.",
            do=f"Write one with `{own_command('doctor --json')}`.",
        ) from error
    if not isinstance(facts, dict) or facts.pop("schema", None) != SCHEMA:
        raise UsageError(
            f"{path} does not follow {SCHEMA}.",
            do=f"Write one with `{own_command('doctor --json')}`.",
        )
    return _host(facts, path)


def _host(facts: dict[str, Any], path: Path) -> Host:
    interpreter = facts.pop("interpreter", None)
    rust, cuda = facts.pop("rust", {}), facts.pop("cuda", {})
    known = {field.name for field in fields(Host)} - {"fetch"}
    given = {name: _frozen(name, value) for name, value in facts.items() if name in known}
    try:
        return Host(
            **given,
            interpreter=_interpreter(interpreter) if interpreter else None,
            cuda=_cuda(cuda),
            rust=Rust(**{**rust, "homes": tuple(rust.get("homes", {}).items())}),
        )
    except TypeError as error:
        problem = str(error).partition("() ")[2]
        raise UsageError(
            f"{path} is not a complete host description: {problem}.",
            do=f"Write one with `{own_command('doctor --json')}`.",
        ) from error


def _interpreter(facts: dict[str, Any]) -> Interpreter:
    return Interpreter(**{**facts, "site": tuple(facts.get("site", ()))})


def _cuda(facts: dict[str, Any]) -> Cuda:
    frozen = {name: _frozen(name, value) for name, value in facts.items()}
    own: dict[str, Any] = {
        "toolkits": tuple(Toolkit(**one) for one in facts.get("toolkits", ())),
        "libraries": tuple(GpuLibrary(**one) for one in facts.get("libraries", ())),
        "compilers": tuple((version, path) for version, path in facts.get("compilers", ())),
        "told": tuple(facts.get("told", {}).items()),
    }
    return Cuda(**{**frozen, **own})


def _frozen(name: str, value: Any) -> Any:
    if name in ("commands", "packages", "setups"):
        return frozenset(value)
    return tuple(value) if isinstance(value, list) else value
