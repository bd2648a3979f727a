"""JSON Schemas of the documents, from `buildfix.render.document_types`.

`python -m tests.document_schema` writes them into `src/buildfix/schemas`, which is shipped.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin

import jsonschema
from typing_extensions import NotRequired, get_type_hints, is_typeddict

from buildfix.render.document_types import DOCUMENTS
from buildfix.render.document_types.report import RecordDocument
from tests.recipe_schema import described_fields
from tests.tree import ROOT

FOLDER = ROOT / "src/buildfix/schemas"
DRAFT = "https://json-schema.org/draft/2020-12/schema"
_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}
_CLASSES = {
    one.name: one
    for path in (ROOT / "src/buildfix/render/document_types").glob("*.py")
    for one in ast.parse(path.read_text(encoding="utf-8")).body
    if isinstance(one, ast.ClassDef)
}


def name_of(kind: type) -> str:
    """Return the name of a document's schema: `buildfix.plan/1`."""
    (name,) = get_args(get_type_hints(kind)["schema"])
    return str(name)


def path_of(name: str) -> Path:
    """Return the file of a schema: `plan-1.json`."""
    return FOLDER / f"{name.removeprefix('buildfix.').replace('/', '-')}.json"


def schema_of(kind: type, *, closed: bool = False) -> dict[str, Any]:
    """Return the schema of a document; with `closed`, no key may be unknown."""
    made = _Schema(closed)
    root = made.table(kind)
    parts = {"$defs": dict(sorted(made.parts.items()))} if made.parts else {}
    return {"$schema": DRAFT, "$id": name_of(kind), **root, **parts}


def text_of(kind: type) -> str:
    """Return the schema of a document as it is written."""
    return json.dumps(schema_of(kind), indent=2, ensure_ascii=False) + "\n"


def errors_in(document: Mapping[str, Any]) -> list[str]:
    """Return where a document is not as its schema says; unknown keys are errors, too."""
    written = json.loads(json.dumps(document))  # tuples as arrays
    found = _validators()[written["schema"]].iter_errors(written)
    return [f"{error.json_path}: {error.message}" for error in found]


@cache
def _validators() -> dict[str, jsonschema.Draft202012Validator]:
    closed = (schema_of(kind, closed=True) for kind in DOCUMENTS)
    return {one["$id"]: jsonschema.Draft202012Validator(one) for one in closed}


@dataclass
class _Schema:
    closed: bool
    parts: dict[str, Any] = field(default_factory=dict)

    def of(self, kind: Any) -> dict[str, Any]:
        origin, arguments = get_origin(kind), get_args(kind)
        if kind is Any or kind in _PLAIN:
            return {} if kind is Any else {"type": _PLAIN[kind]}
        if origin is Literal:
            return {"enum": list(arguments)} if len(arguments) > 1 else {"const": arguments[0]}
        if origin is list:
            return {"type": "array", "items": self.of(arguments[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(arguments[1])}
        if isinstance(kind, UnionType) or not is_typeddict(kind):
            return _united([self.of(one) for one in arguments])
        name = kind.__name__.removesuffix("Document")
        if name not in self.parts:
            self.parts[name] = {}
            self.parts[name] = self.table(kind)
        return {"$ref": f"#/$defs/{name}"}

    def table(self, kind: type) -> dict[str, Any]:
        """Return the schema of an object."""
        hints, texts = get_type_hints(kind, include_extras=True), _texts(kind.__name__)
        optional = {key for key, hint in hints.items() if get_origin(hint) is NotRequired}
        plain = get_type_hints(kind)
        closed = self.closed and kind is not RecordDocument
        return {
            "description": " ".join((kind.__doc__ or "").split()),
            "type": "object",
            "properties": {
                key: {"description": texts[key], **self.of(one)} for key, one in plain.items()
            },
            "required": [key for key in plain if key not in optional],
            **({"additionalProperties": False} if closed else {}),
        }


def _united(kinds: list[dict[str, Any]]) -> dict[str, Any]:
    if all(one.keys() == {"type"} for one in kinds):
        return {"type": [one["type"] for one in kinds]}
    return {"anyOf": kinds}


def _texts(name: str) -> dict[str, str]:
    """Return what stands below the fields of a class and of those that it extends."""
    bases = (one.id for one in _CLASSES[name].bases if isinstance(one, ast.Name))
    inherited = {
        key: text for base in bases if base in _CLASSES for key, text in _texts(base).items()
    }
    return inherited | dict(described_fields(_CLASSES[name].body))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for document in DOCUMENTS:
        path_of(name_of(document)).write_text(text_of(document), encoding="utf-8")
