"""The files of a project in the user's indexes, and which of them can be installed here."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from packaging.tags import sys_tags
from packaging.utils import canonicalize_name

from buildfix.index.wanted import constraint_on
from buildfix.target_scripts.index_pages import Index
from buildfix.target_scripts.pip_target import markers_here, supported_tags

if TYPE_CHECKING:
    from buildfix.target_scripts.answers import ProjectFiles, ProjectQuestion


def answer(question: ProjectQuestion) -> ProjectFiles:
    """Return the files of a project, and the wheel tags of this pip and this interpreter."""
    index = Index(question["arguments"])
    name = canonicalize_name(question["project"])
    environment = markers_here()
    return {
        "files": index.rows(name),
        "pip": supported_tags(),
        "tags": [str(tag) for tag in sys_tags()],
        "python": environment["python_full_version"],
        "no-binary": binary_forbidden(name, index, question["arguments"]),
        "prereleases": index.prereleases,
        "constraint": str(constraint_on(name, index.constraints, environment)),
        "troubles": index.troubles,
    }


def binary_forbidden(name: str, index: Index, command_line: Sequence[str]) -> str | None:
    """Return which setting forbids wheels of a project; None if they are allowed."""
    if "binary" in index.formats(name):
        return None
    if any(word.startswith("--no-binary") for word in command_line):
        return "--no-binary on the command line"
    if os.environ.get("PIP_NO_BINARY"):
        return "PIP_NO_BINARY in the environment"
    return "no-binary in " + (configured_in(index, "no-binary") or "pip's configuration")


def configured_in(index: Index, option: str) -> str | None:
    """Return which of pip's configuration files sets an option; None if none does."""
    files = getattr(index.command.parser.config, "_parsers", {}).values()
    for path, parser in (pair for pairs in files for pair in pairs):
        if any(parser.has_option(section, option) for section in ("global", "install")):
            return str(path)
    return None
