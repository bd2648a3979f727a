"""What a source says of itself that an install needs to know, such as what it requires."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from packaging.utils import canonicalize_name

from buildfix.analysis.archive import SourceTree
from buildfix.analysis.pyproject import Project
from buildfix.analysis.python.config import read_config
from buildfix.analysis.toml_text import read_toml, table
from buildfix.index.metadata import Metadata, read_sdist, with_extra
from buildfix.installers.request_items import requirement_of

_EXTRA = re.compile(r'extra == "(?P<name>[^"]+)')


def says_of(tree: SourceTree, project: Project, runs_with: tuple[str, ...]) -> Metadata:
    """Return what a source says that an install needs to know, the most certain first."""
    config = read_config(tree.text("setup.cfg"))
    declared = table(read_toml(tree.text("pyproject.toml")), "project")
    said = read_sdist(_sdist_texts(tree), declared)
    requires = said.requires or project.requires or tuple(_of_config(config)) or runs_with
    return replace(
        said,
        name=said.name or project.name,
        version=said.version or project.version,
        requires=requires,
        requires_python=said.requires_python or project.requires_python or "",
        extras=said.extras or tuple(dict.fromkeys(_extras_in(requires))),
    )


def _sdist_texts(tree: SourceTree) -> dict[str, str]:
    """Return what an sdist says of itself.

    What setuptools left in a folder without PKG-INFO is of an earlier build.
    """
    info = tree.text("PKG-INFO")
    if not info:
        return {}
    listed = (name for name in tree.names() if name.endswith(".egg-info/requires.txt"))
    requires = tree.text(min(listed, default=""))
    told = {name: tree.text(name) for name in ("setup.py", "setup.cfg", "pyproject.toml")}
    told |= {"PKG-INFO": info, "requires.txt": requires}
    return {name: text for name, text in told.items() if text}


def _of_config(config: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Yield what setuptools' setup.cfg declares."""
    yield from _lines(config.get("options", {}).get("install_requires", ""))
    for extra, text in config.get("options.extras_require", {}).items():
        yield from (with_extra(line, extra, "") for line in _lines(text))


def _lines(text: str) -> Iterator[str]:
    return filter(None, map(str.strip, text.splitlines()))


def _extras_in(requires: Iterable[str]) -> Iterator[str]:
    """Yield the extras that the markers of requirements name."""
    for requirement in filter(None, map(requirement_of, requires)):
        if match := _EXTRA.search(str(requirement.marker)):
            yield canonicalize_name(match["name"])
