"""Which wheels an install by the target's own pip would take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from packaging.markers import default_environment
from packaging.tags import Tag

from buildfix.index.selection import Rules
from buildfix.target_scripts.index_pages import Index


def supported_tags() -> list[str]:
    """Return the tags of the wheels that this very pip takes, the best first."""
    try:
        from pip._internal.utils.compatibility_tags import get_supported
    except ImportError:
        from pip._internal.pep425tags import get_supported
    return ["-".join(tag) if isinstance(tag, tuple) else str(tag) for tag in get_supported()]


def markers_here() -> dict[str, str]:
    """Return what the markers of requirements are compared with in this interpreter (PEP 508)."""
    return {name: str(value) for name, value in default_environment().items()}


def target_rules(tags: Sequence[str], environment: Mapping[str, str], index: Index) -> Rules:
    """Return what the target takes: this interpreter, unless another is described."""
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
    """Return tags and version that --platform and its like name; pip's markers heed neither."""
    words = ("platforms", "python_version", "implementation", "abis")
    if not any(getattr(options, word, None) for word in words):
        return [], ""
    try:
        from pip._internal.cli.cmdoptions import make_target_python

        target = make_target_python(options)
        tags = getattr(target, "get_sorted_tags", None) or target.get_tags
        return [str(tag) for tag in tags()], ".".join(map(str, target.py_version_info))
    except Exception:  # a pip that has it elsewhere
        return [], ""
