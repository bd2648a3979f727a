"""Subprojects that serve where a dependency is not found (Meson's wrap system)."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, replace

from buildfix.analysis.meson.build_options import Options
from buildfix.analysis.python.config import read_config
from buildfix.analysis.survey import Survey
from buildfix.analysis.symbolic_values import Value


@dataclass(frozen=True)
class Subproject:
    """A project that another one brings; its folder where the tree has it."""

    name: str
    folder: str | None = None
    """Where its meson.build is; None if that is not in the tree."""
    urls: tuple[str, ...] = ()
    """Where it is fetched from, each of them as good, if the tree does not have it."""
    forced: bool = False
    """Whether it is used whatever the machine has."""


def find_fallback(
    survey: Survey,
    dependency: str,
    named: Mapping[str, Value],
    options: Options,
    *,
    required: bool,
) -> Subproject | None:
    """Return what serves where a dependency is not found, None where nothing does.

    Source: Meson's documentation of `--wrap-mode` and of dependency(): `nodownload` uses what the
    tree has; what no `fallback` names serves only for what is required, allowed or forced.
    """
    fallback, allowed = named.get("fallback"), named.get("allow_fallback")
    if allowed is False or fallback == []:
        return None
    if fallback is None:
        name = _provider(survey, dependency)
    else:
        name = fallback[0] if isinstance(fallback, list) else fallback
    found = find_subproject(survey, name, options) if isinstance(name, str) else None
    if found is None:
        return None
    forced = options.is_forced(dependency, found.name)
    if options.wrap_mode == "nofallback" and not forced:
        return None
    implicit = fallback is None and not (required or allowed is True or forced)
    return None if implicit else replace(found, forced=forced)


def find_subproject(
    survey: Survey, name: str, options: Options, parent: str = ""
) -> Subproject | None:
    """Return a subproject of the project in the folder `parent`, None where it is not to be had.

    What the tree has of it may lie in a folder of the wrap's choice, and be built by CMake.
    """
    tree = survey.tree
    for base in dict.fromkeys((posixpath.join(parent, "subprojects"), "subprojects")):
        wrap = read_config(tree.text(f"{base}/{name}.wrap"))
        section = next((wrap[one] for one in wrap if one.startswith("wrap-")), {})
        folder = f"{base}/{section.get('directory', name)}"
        if f"{folder}/meson.build" in tree.names():
            return Subproject(name, folder)
        cached = f"{base}/packagecache/{section.get('source_filename')}"
        if folder in survey.folders or cached in tree.names():
            return Subproject(name)
        if f"{base}/{name}.wrap" in tree.names():
            keys = ("url", "source_url", "source_fallback_url")
            urls = tuple(filter(None, map(section.get, keys)))
            return (
                None if urls and options.wrap_mode == "nodownload" else Subproject(name, None, urls)
            )
    return None


def _provider(survey: Survey, dependency: str) -> str:
    """Return the subproject that provides a dependency, by its wrap file or by its name."""
    for file in survey.wraps:
        if dependency in _provided(survey.tree.text(file)):
            return posixpath.basename(file).removesuffix(".wrap")
    return dependency


def _provided(text: str | None) -> set[str]:
    """Return the names of the dependencies that a wrap file says it brings."""
    provide = read_config(text).get("provide", {})
    names = {one.strip() for one in provide.get("dependency_names", "").split(",")}
    return names | {key for key in provide if key not in ("dependency_names", "program_names")}
