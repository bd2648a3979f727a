"""The JSON Schemas of the documents. `conftest.py` checks what each unit test's command prints."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from buildfix.catalog import Knowledge, shipped_folder
from buildfix.core import Host, InstallPackages, InstallToolchain, Manual, Pin, Probe, Step
from buildfix.core.steps import RemovePackages, SetVariables
from buildfix.platforms.stock_host import stock_host
from buildfix.render.document_types import DOCUMENTS
from buildfix.render.documents import diagnosis_document, host_document
from tests.document_schema import FOLDER, errors_in, name_of, path_of, schema_of, text_of
from tests.unit.machines import TRIXIE
from tests.unit.test_documents import DIAGNOSIS

HOST = host_document(TRIXIE)
CAUSE = {"kind": "header-missing", "subject": "a.h", "line": 26, "text": "...", "required": None}
STEPS = [
    {
        "kind": "packages",
        "summary": "...",
        "manager": "apt",
        "packages": ["build-essential", "python3-dev"],
        "argv": ["apt-get", "..."],
        "privileged": True,
        "because": [{"kind": "compiler-missing", "subject": "c"}],
    },
    {
        "kind": "environment",
        "summary": "...",
        "variables": {"MAX_JOBS": "4"},
        "privileged": False,
        "because": [],
    },
]
DIAGNOSED = {
    "schema": "buildfix.diagnosis/1",
    "failed": True,
    "project": "lxml",
    "phase": "metadata",
    "cause": CAUSE,
    "also": [CAUSE],
    "remedies": [{**STEPS[0], "command": "apt-get ..."}],
}
"""As in the contract; this and the others have what it wrote as `...` filled in."""
PLANNED = {
    "schema": "buildfix.plan/1",
    "requirements": ["lxml"],
    "host": HOST,
    "steps": STEPS,
    "install": {"argv": ["…/python", "-m", "pip", "install", "-v", "lxml"], "env": {}},
    "verify": {"modules": ["lxml.etree"]},
}
REPORTED = {
    "schema": "buildfix.report/1",
    "outcome": "installed",
    "requirements": ["lxml"],
    "attempts": [
        {
            "argv": ["..."],
            "env": {},
            "log": "PATH",
            "returncode": 1,
            "seconds": 12.3,
            "peak_rss": 123456789,
            "diagnosis": DIAGNOSED,
        }
    ],
    "applied": STEPS,
    "verified": {"modules": ["lxml.etree"], "version": "6.0.2", "wheel": "lxml-6.0.2.whl"},
    "degraded": [],
    "seconds": dict.fromkeys(("total", "foresee", "apply", "install", "verify"), 0.0),
}
ADDED_TO_PLAN = {
    "builds": [
        {
            "name": "lxml",
            "version": "6.0.2",
            "how": "build",
            "file": "lxml-6.0.2.tar.gz",
            "needs": [{"kind": "header-missing", "subject": "a.h"}],
            "estimate_s": None,
        }
    ],
    "download_bytes": 1000,
    "disk_bytes": None,
    "steps": [{**STEPS[0], "reasons": ["..."]}],
}
ADDED_TO_REPORT = {
    "journal": [{"at": 1.5, "record": "step-started", "argv": []}],
    "evidence": [
        {
            "remedy": "...",
            "cause": {"kind": "compiler-missing", "subject": "c"},
            "came_back": False,
            "outcome": "installed",
        }
    ],
}
ADDED_TO_DIAGNOSIS = {
    "cause": {**CAUSE, "confidence": 0.95, "by": "pattern"},
    "alternatives": [CAUSE],
}
FAILED = {
    "schema": "buildfix.error/1",
    "error": {"code": "usage", "message": "...", "hint": ""},
    "exit_code": 2,
}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_shipped_schema_is_what_the_types_say(kind: type) -> None:
    written = path_of(name_of(kind)).read_text(encoding="utf-8")
    assert written == text_of(kind), "write it again: python -m tests.document_schema"
    jsonschema.Draft202012Validator.check_schema(json.loads(written))


def test_each_document_has_one_schema() -> None:
    names = [name_of(kind) for kind in DOCUMENTS]
    assert {path_of(name) for name in names} == set(FOLDER.iterdir())
    sources = "".join(path.read_text("utf-8") for path in (FOLDER.parent / "render").rglob("*.py"))
    assert all(f'"{name}"' in sources for name in names)


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_each_key_is_described(kind: type) -> None:
    objects = list(_objects(schema_of(kind)))
    assert objects
    assert [one for one in objects if not one["description"]] == []
    keys = [(name, key) for one in objects for name, key in one["properties"].items()]
    assert [name for name, key in keys if not key["description"]] == []


def _objects(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield schema
    yield from schema.get("$defs", {}).values()


@pytest.mark.parametrize(
    "document",
    [
        DIAGNOSED,
        {**DIAGNOSED, **ADDED_TO_DIAGNOSIS},
        PLANNED,
        {**PLANNED, **ADDED_TO_PLAN},
        REPORTED,
        {**REPORTED, **ADDED_TO_REPORT},
        FAILED,
    ],
)
def test_examples_of_the_contract_are_valid(document: Mapping[str, Any]) -> None:
    assert errors_in(document) == []


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({**DIAGNOSED, "failed": "yes"}, "'yes' is not of type 'boolean'"),
        ({**DIAGNOSED, "phase": "later"}, "'later' is not valid"),
        ({**PLANNED, "requirement": "lxml"}, "'requirement' was unexpected"),
        ({"schema": "buildfix.error/1", "exit_code": 2}, "'error' is a required property"),
    ],
)
def test_other_documents_are_not(document: Mapping[str, Any], why: str) -> None:
    (error,) = errors_in(document)
    assert why in error


def test_shipped_schema_allows_keys_to_come() -> None:
    schema = json.loads(path_of("buildfix.diagnosis/1").read_text(encoding="utf-8"))
    assert jsonschema.Draft202012Validator(schema).is_valid({**DIAGNOSED, "new": 1})


@pytest.mark.parametrize(
    "step",
    [
        InstallPackages("Install x", argv=("apt-get",), manager="apt", packages=("x",)),
        InstallToolchain("x", argv=("x",), discover=Probe(("y",), "z"), until=Probe(("y",), "z")),
        Manual("Install x", manager="apt", packages=("x",)),
        Pin("Install x 1", names=("x==1",), afterwards=True),
        RemovePackages("Remove x", argv=("apt-get",), manager="apt", removes=("x",)),
        SetVariables("Set X", variables=(("X", "1"),)),
    ],
)
def test_each_kind_of_step_is_in_the_schema(step: Step) -> None:
    diagnosis = DIAGNOSIS.__class__(True, cause=DIAGNOSIS.cause, remedies=(step,))
    assert errors_in(diagnosis_document(diagnosis)) == []


@pytest.mark.parametrize("system", ["debian:13", "macos:15", "windows:11", "freebsd:14"])
def test_stock_hosts_are_in_the_schema(system: str) -> None:
    host = stock_host(system, Knowledge([shipped_folder()]))
    assert isinstance(host, Host)
    assert errors_in(host_document(host)) == []


def test_schemas_are_named_in_the_manual() -> None:
    manual = Path(FOLDER.parent, "MANUAL.md").read_text(encoding="utf-8")
    assert [path.name for path in FOLDER.iterdir() if path.name not in manual] == []
