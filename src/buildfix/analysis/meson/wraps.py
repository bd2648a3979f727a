"""Subprojects that serve where a dependency is not found (Meson's wrap system)."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass

from buildfix.analysis.archive import SourceTree
from buildfix.analysis.python.config import read_config
from buildfix.analysis.survey import Survey
from buildfix.analysis.symbolic_values import Value


@dataclass(frozen=True)
class Fallback:
    """A project that brings a dependency; its folder where the tree has it."""

    name: str
    folder: str | None
    url: str = ""
    """Where it is fetched from, if the tree does not have it."""
    sure: bool = True
    """Whether it is nowhere else."""


def find_fallback(
    survey: Survey, dependency: str, named: Mapping[str, Value], wrap_mode: str
) -> Fallback | None:
    """Return what serves where a dependency is not found, None where nothing does.

    Source: Meson's documentation of `--wrap-mode`; `nodownload` uses what the tree has.
    """
    if wrap_mode == "nofallback" or named.get("allow_fallback") is False:
        return None
    found = _fallback(survey, dependency, named)
    return None if found and found.url and wrap_mode == "nodownload" else found


def _fallback(survey: Survey, dependency: str, named: Mapping[str, Value]) -> Fallback | None:
    """Return what serves if the tree or a download may."""
    tree = survey.tree
    fallback = named.get("fallback")
    if isinstance(fallback, list) and not fallback:
        return None
    if fallback is not None:
        name = fallback[0] if isinstance(fallback, list) else fallback
        return _named(tree, name) if isinstance(name, str) else None
    for file in survey.wraps:
        if dependency in _provided(tree.text(file)):
            return _named(tree, posixpath.basename(file).removesuffix(".wrap"))
    return _named(tree, dependency)


def _named(tree: SourceTree, name: str) -> Fallback | None:
    folder = f"subprojects/{name}"
    if f"{folder}/meson.build" in tree.names():
        return Fallback(name, folder)
    if f"{folder}.wrap" not in tree.names():
        return None
    wrap = read_config(tree.text(f"{folder}.wrap"))
    file = wrap.get("wrap-file", {})
    if f"subprojects/packagecache/{file.get('source_filename')}" in tree.names():
        return Fallback(name, None)
    urls = (wrap.get("wrap-git", {}).get("url"), file.get("source_url"))
    return Fallback(name, None, next(filter(None, urls), ""), "source_fallback_url" not in file)


def _provided(text: str | None) -> set[str]:
    """Return the names of the dependencies that a wrap file says it brings."""
    provide = read_config(text).get("provide", {})
    names = {one.strip() for one in provide.get("dependency_names", "").split(",")}
    return names | {key for key in provide if key not in ("dependency_names", "program_names")}
