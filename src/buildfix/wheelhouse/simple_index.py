"""A package index of static files: HTML (PEP 503) and JSON (PEP 691) beside it."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from packaging.utils import canonicalize_name

from buildfix.wheelhouse.store import sha256_of, write_json, write_text
from buildfix.wheels.built import wheel_facts

_META = {"api-version": "1.1"}
_PAGE = """<!DOCTYPE html>
<html>
<head>
<meta name="pypi:repository-version" content="1.1">
<title>{title}</title>
</head>
<body>
{links}
</body>
</html>
"""


def write_index(folder: Path) -> dict[str, str]:
    """Write the index of the wheels in `folder/wheels`; return their SHA-256 by name."""
    projects: dict[str, list[Path]] = {}
    for wheel in sorted((folder / "wheels").glob("*.whl")):
        if facts := wheel_facts(wheel.name):
            projects.setdefault(canonicalize_name(facts[0]), []).append(wheel)
    hashes = {one.name: sha256_of(one) for wheels in projects.values() for one in wheels}
    simple = folder / "simple"
    for project, wheels in projects.items():
        _write_project(simple / project, project, wheels, hashes)
    links = (f'<a href="{name}/">{name}</a><br>' for name in projects)
    write_text(simple / "index.html", _page("Projects", links))
    names = [{"name": name} for name in projects]
    write_json(simple / "index.json", {"meta": _META, "projects": names})
    return hashes


def _write_project(
    folder: Path, project: str, wheels: Iterable[Path], hashes: Mapping[str, str]
) -> None:
    files = [_file(wheel, hashes[wheel.name]) for wheel in wheels]
    links = (
        f'<a href="{html.escape(one["url"])}#sha256={one["hashes"]["sha256"]}">'
        f"{html.escape(one['filename'])}</a><br>"
        for one in files
    )
    write_text(folder / "index.html", _page(project, links))
    versions = sorted({str(facts[1]) for one in wheels if (facts := wheel_facts(one.name))})
    document = {"meta": _META, "name": project, "versions": versions, "files": files}
    write_json(folder / "index.json", document)


def _file(wheel: Path, sha256: str) -> dict[str, Any]:
    return {
        "filename": wheel.name,
        "url": f"../../wheels/{quote(wheel.name)}",
        "hashes": {"sha256": sha256},
        "size": wheel.stat().st_size,
    }


def _page(title: str, links: Iterable[str]) -> str:
    return _PAGE.format(title=html.escape(title), links="\n".join(links))
