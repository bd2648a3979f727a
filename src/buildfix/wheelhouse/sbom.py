"""A bill of materials in a built wheel: source, compilers, packages (PEP 770, CycloneDX 1.6).

It has neither a date nor a serial number, so that the same build gives the same file.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from buildfix import __version__
from buildfix.platforms.elf import comments_in
from buildfix.wheels.built import Record
from buildfix.wheels.rewrite import listing_of, rewrite

_NAME = "buildfix.cdx.json"
_KINDS = {"apt": "deb", "dnf": "rpm", "yum": "rpm", "zypper": "rpm", "apk": "apk", "pacman": "alpm"}
"""The type of a package manager's packages in a package URL (purl-spec)."""


@dataclass(frozen=True)
class Sources:
    """What a wheel was built from."""

    file: str
    url: str
    sha256: str
    target: Mapping[str, Any]
    """The facts about the machine."""


def add_bill(wheel: Path, record: Record, sources: Sources) -> None:
    """Rewrite a wheel with its bill of materials in it; all else stays as it is."""
    with zipfile.ZipFile(wheel) as archive:
        bill = json.dumps(document(record, sources, _compilers(archive)), indent=1).encode()
        folder = listing_of(archive).filename.removesuffix("RECORD")
    rewrite(wheel, {f"{folder}sboms/{_NAME}": bill})


def document(record: Record, sources: Sources, compilers: tuple[str, ...]) -> dict[str, Any]:
    """Return the bill of materials of a wheel."""
    own = f"pkg:pypi/{record.project}@{quote(record.version)}"
    packages = sorted(set(record.linked.values()))
    parts = [_package(text, sources.target) for text in packages]
    tools = [{"type": "application", "name": "buildfix", "version": __version__}]
    tools += [{"type": "application", "name": one} for one in compilers]
    hashes = [{"alg": "SHA-256", "content": sources.sha256}] if sources.sha256 else []
    source = {"type": "source-distribution", "url": sources.url or sources.file, "hashes": hashes}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "tools": {"components": tools},
            "component": {
                "type": "library",
                "bom-ref": own,
                "name": record.project,
                "version": record.version,
                "purl": own,
                "externalReferences": [source],
            },
        },
        "components": parts,
        "dependencies": [
            {"ref": own, "dependsOn": [one["bom-ref"] for one in parts]},
            *({"ref": one["bom-ref"]} for one in parts),
        ],
    }


def _package(text: str, target: Mapping[str, Any]) -> dict[str, str]:
    name, _, version = text.partition(" ")
    kind = _KINDS.get(target["manager"], "generic")
    purl = f"pkg:{kind}/{target['id']}/{quote(name)}@{quote(version)}?arch={target['arch']}"
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def _compilers(wheel: zipfile.ZipFile) -> tuple[str, ...]:
    """Return what compiled the modules of a wheel, as the compilers noted it in them."""
    named = (one for one in wheel.namelist() if ".so" in Path(one).suffixes)
    found = {text for name in named for text in comments_in(io.BytesIO(wheel.read(name)))}
    return tuple(sorted(found))
