"""What a source says of itself that an install needs to know, such as what it requires."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from packaging.utils import canonicalize_name

from buildfix.analysis.archive import SourceTree
from buildfix.analysis.pyproject import Project
from buildfix.analysis.python.config import read_config
from buildfix.analysis.toml_text import read_toml, table
from buildfix.index.metadata import Metadata, read_sdist, with_extra
from buildfix.installers.request_items import requirement_of


def says_of(tree: SourceTree, project: Project, runs_with: tuple[str, ...]) -> Metadata:
    """Return what a source says that an install needs to know, the most certain first.

    What setuptools left in a folder is of an earlier build: only an sdist's is looked at.
    """
    info = tree.text("PKG-INFO")
    names = [name for name in tree.names() if name.endswith(".egg-info/requires.txt")]
    texts = {"PKG-INFO": info, "requires.txt": tree.text(min(names)) if info and names else None}
    config = read_config(tree.text("setup.cfg"))
    declared = table(read_toml(tree.text("pyproject.toml")), "project")
    said = read_sdist({name: text for name, text in texts.items() if text}, declared)
    requires = said.requires or project.requires or tuple(_of_config(config)) or runs_with
    asked = filter(None, map(requirement_of, requires))
    named = tuple(dict.fromkeys(_extra_of(str(one.marker)) for one in asked if one.marker))
    return replace(
        said,
        name=said.name or project.name,
        version=said.version or project.version,
        requires=requires,
        requires_python=said.requires_python or project.requires_python or "",
        extras=said.extras or tuple(filter(None, named)),
    )


def _of_config(config: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Yield what setuptools' setup.cfg declares."""
    yield from _lines(config.get("options", {}).get("install_requires", ""))
    for extra, text in config.get("options.extras_require", {}).items():
        yield from (with_extra(line, extra, "") for line in _lines(text))


def _lines(text: str) -> Iterator[str]:
    return filter(None, map(str.strip, text.splitlines()))


def _extra_of(marker: str) -> str:
    _, found, rest = marker.partition('extra == "')
    return canonicalize_name(rest.partition('"')[0]) if found else ""
