"""Which wheels the target's own pip can install."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from packaging.markers import default_environment
from packaging.tags import Tag

from buildfix.index.selection import Rules
from buildfix.target_scripts.index_pages import Index


def supported_tags() -> list[str]:
    """Return the wheel tags of this pip, the best first."""
    try:
        from pip._internal.utils.compatibility_tags import get_supported
    except ImportError:
        from pip._internal.pep425tags import get_supported
    return ["-".join(tag) if isinstance(tag, tuple) else str(tag) for tag in get_supported()]


def markers_here() -> dict[str, str]:
    """Return this interpreter's environment for markers (PEP 508)."""
    return {name: str(value) for name, value in default_environment().items()}


def target_rules(tags: Sequence[str], environment: Mapping[str, str], index: Index) -> Rules:
    """Return what the target can install: this interpreter, or the one described."""
    named_tags, named_python = named_target(index.options)
    names = named_tags or tags or supported_tags()
    return Rules(
        named_python or environment["python_full_version"],
        {Tag(*name.split("-")): place for place, name in enumerate(names)},
        index.prereleases,
        bool(getattr(index.options, "prefer_binary", False)),
        bool(index.options.ignore_requires_python),
    )


def named_target(options: Any) -> tuple[list[str], str]:
    """Return tags and Python version of --platform and the like; markers ignore both in pip."""
    words = ("platforms", "python_version", "implementation", "abis")
    if not any(getattr(options, word, None) for word in words):
        return [], ""
    try:
        from pip._internal.cli.cmdoptions import make_target_python

        target = make_target_python(options)
        tags = getattr(target, "get_sorted_tags", None) or target.get_tags
        return [str(tag) for tag in tags()], ".".join(map(str, target.py_version_info))
    except Exception:  # another version of pip
        return [], ""
