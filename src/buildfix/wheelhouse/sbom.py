"""A bill of materials in a built wheel: source, compilers, packages (PEP 770, CycloneDX 1.6).

It has neither a date nor a serial number, so that the same build gives the same file.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from buildfix import __version__
from buildfix.platforms.elf import comments_in
from buildfix.wheels.built import Record

_NAME = "buildfix.cdx.json"
_LISTING = re.compile(r"[^/]+\.dist-info/RECORD")
"""The list of a wheel's files, but not that of a vendored distribution."""
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
    partly = wheel.with_name(f".{wheel.name}")
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(partly, "w") as new:
        bill = json.dumps(document(record, sources, _compilers(old)), indent=1).encode()
        listing = next(one for one in old.infolist() if _LISTING.fullmatch(one.filename))
        name = f"{listing.filename.removesuffix('RECORD')}sboms/{_NAME}"
        for info in old.infolist():
            if info.filename not in (name, listing.filename):
                new.writestr(info, old.read(info), info.compress_type)
        lines = old.read(listing).decode("utf-8")
        for path, content in ((name, bill), (listing.filename, _listed(lines, name, bill))):
            info = zipfile.ZipInfo(path, listing.date_time)
            info.external_attr = listing.external_attr
            new.writestr(info, content, zipfile.ZIP_DEFLATED)
    partly.replace(wheel)


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


def _listed(lines: str, name: str, content: bytes) -> str:
    """Return the list of a wheel's files with another one before the list itself."""
    rows = [row for row in csv.reader(io.StringIO(lines)) if row and row[0] != name]
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    rows.insert(len(rows) - 1, [name, f"sha256={digest}", str(len(content))])
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
