"""JSON Schemas of the recipe files, from the types that they are read into.

`python -m tests.recipe_schema` writes them into `recipes/schema`, where editors find them by
`.taplo.toml`.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, is_dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Literal, get_args, get_origin

from packaging.requirements import Requirement
from packaging.version import Version

from buildfix.analysis.facts import Crates, Sources
from buildfix.catalog.command_words import CommandWords
from buildfix.catalog.compilers import WheelCompiler, Wording
from buildfix.catalog.cuda import CudaRecipe
from buildfix.catalog.grammars import GRAMMAR_TABLES
from buildfix.catalog.loaders import LoaderError
from buildfix.catalog.manager_messages import ManagerMessage
from buildfix.catalog.object_caches import ObjectCache
from buildfix.catalog.parallel import JobVariable, Language, Setting, SideBySide
from buildfix.catalog.progress import ProgressPattern
from buildfix.catalog.projects import Modules, Popular, ProjectRecipe
from buildfix.catalog.readings import ReadingWords
from buildfix.catalog.rust import RustRecipe
from buildfix.catalog.schema import (
    DETECTORS,
    Capability,
    CausePattern,
    Fact,
    Ignored,
    Mark,
    Suppressed,
)
from buildfix.catalog.stored import LazyPattern, Stored, stored_fields
from buildfix.catalog.systems import HostRecipe
from buildfix.catalog.wheels import WheelKind
from buildfix.core import CAUSE_KINDS
from buildfix.dependency_kinds import KINDS
from tests.tree import ROOT

FOLDER = ROOT / "recipes/schema"
FILES: Mapping[str, type | Mapping[str, type]] = {
    "hosts/*.toml": HostRecipe,
    "projects/*.toml": ProjectRecipe,
    "versions/*.toml": Mapping[str, Mapping[str, str]],
    "capabilities/*.toml": {"capability": Capability},
    "causes/*.toml": {
        "cause": CausePattern,
        "noise": Suppressed,
        "mark": Mark,
        "boring": Ignored,
        "silent": Ignored,
        "fact": Fact,
    },
    "grammars/*.toml": {key: kind for key, kind, _ in GRAMMAR_TABLES},
    "commands.toml": CommandWords,
    "compilers.toml": {
        "compiler-error": Wording,
        "lack": Wording,
        "wheel-compiler": WheelCompiler,
    },
    "crates.toml": Crates,
    "cuda.toml": CudaRecipe,
    "loaders.toml": {"loader-error": LoaderError},
    "managers.toml": {"manager-message": ManagerMessage},
    "modules.toml": Modules,
    "object-caches.toml": {"object-cache": ObjectCache},
    "parallel.toml": {
        "knob": JobVariable,
        "setting": Setting,
        "language": Language,
        "side-by-side": SideBySide,
    },
    "popular.toml": Popular,
    "progress.toml": {"progress": ProgressPattern},
    "readings.toml": {"reading": ReadingWords},
    "rust.toml": RustRecipe,
    "sources.toml": Sources,
    "wheels.toml": {"wheel-kind": WheelKind},
}
"""What the files are read into: a type, or lists of tables by their keys."""

_SIMPLE: Mapping[Any, Mapping[str, str]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    re.Pattern[str]: {"type": "string", "format": "regex"},
    LazyPattern: {"type": "string", "format": "regex"},
    Version: {"type": "string"},
    Requirement: {"type": "string"},
}


def name_of(files: str) -> str:
    """Return the file name of the schema for recipe files."""
    return f"{files.partition('/')[0].removesuffix('.toml')}.json"


def schema_of(kind: type | Mapping[str, type]) -> dict[str, Any]:
    """Return the schema of a recipe file."""
    made = _Schema()
    whole: dict[str, Any]
    if isinstance(kind, Mapping):
        lists = {key: {"type": "array", "items": made.of(one)} for key, one in kind.items()}
        whole = {"type": "object", "properties": lists, "additionalProperties": False}
    else:
        whole = made.table(kind) if is_dataclass(kind) else made.of(kind)
    draft = {"$schema": "http://json-schema.org/draft-07/schema#"}
    return {**draft, **whole, "definitions": dict(sorted(made.definitions.items()))}


@dataclass
class _Schema:
    definitions: dict[str, Any] = field(default_factory=dict)

    def of(self, kind: Any) -> dict[str, Any]:
        origin, arguments = get_origin(kind), get_args(kind)
        if kind in _SIMPLE:
            return dict(_SIMPLE[kind])
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin in (tuple, frozenset):
            return {"type": "array", "items": self.of(arguments[0])}
        if origin is Mapping:
            return {"type": "object", "additionalProperties": self.of(arguments[1])}
        if not is_dataclass(kind):  # a type or None, which TOML does not have
            return self.of(next(one for one in arguments if one is not type(None)))
        name = kind.__name__.strip("_")  # type: ignore[union-attr]
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = self.table(kind)  # type: ignore[arg-type]
        return {"$ref": f"#/definitions/{name}"}

    def table(self, cls: type) -> dict[str, Any]:
        """Return the schema of a dataclass, with those tables that it has as its own fields."""
        root = _object(_description(cls))
        described = descriptions(cls)
        for name, one in stored_fields(cls).items():
            folder, _, key = one.key.rpartition("/")
            if key:
                table = root["properties"].setdefault(folder, _object()) if folder else root
                table["properties"][key] = self._field(cls, name, one, described.get(name))
                if one.required:
                    table["required"].append(key)
                    root["required"] += [folder] if folder not in ("", *root["required"]) else []
        if cls is Capability:
            texts = self.of(tuple[str, ...])
            root["properties"].update(dict.fromkeys(DETECTORS, texts))
        return root

    def _field(self, cls: type, name: str, one: Stored, text: str | None) -> dict[str, Any]:
        made = self.of(one.type)
        if (cls, name) == (CausePattern, "kind"):
            made = {"enum": sorted(CAUSE_KINDS | KINDS.keys())}
        return {"description": text, **made} if text and "$ref" not in made else made


def _object(text: str = "") -> dict[str, Any]:
    described = {"description": text} if text else {}
    return {
        **described,
        "type": "object",
        "properties": {},
        "required": [],
        "additionalProperties": False,
    }


def _description(cls: type) -> str:
    """Return what a class says of itself; a dataclass without such has what it is called with."""
    text = " ".join((cls.__doc__ or "").split())
    return "" if text.startswith(f"{cls.__name__}(") else text


@cache
def descriptions(cls: type) -> dict[str, str]:
    """Return what stands below the fields of a class."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(tree, ast.ClassDef)
    return dict(described_fields(tree.body))


def described_fields(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Yield the fields in the body of a class, with what stands below them."""
    for one, after in pairwise(body):
        text = after.value if isinstance(after, ast.Expr) else None
        if (
            isinstance(one, ast.AnnAssign)
            and isinstance(one.target, ast.Name)
            and isinstance(text, ast.Constant)
        ):
            yield one.target.id, " ".join(str(text.value).split())


def text_of(files: str) -> str:
    """Return the schema for recipe files as it is written."""
    return json.dumps(schema_of(FILES[files]), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for files in FILES:
        (FOLDER / name_of(files)).write_text(text_of(files), encoding="utf-8")
