"""A program that a build runs: `swig`, `pg_config`."""

from __future__ import annotations

import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from buildfix.core import Need
from buildfix.core.errors import CommandNotFound
from buildfix.dependency_kinds.base import PREFIX, DependencyKind, Surroundings, Wanted

_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)*")
_CONFIG_TOOL = re.compile(r"[-_]config$")


class Tool(DependencyKind):
    """A command on PATH."""

    name = "tool-missing"
    detectors = ("commands",)
    homes = re.compile(PREFIX)
    apk_names = ("cmd:{}",)
    rpm_names = ("/usr/bin/{}", "/usr/sbin/{}", "/bin/{}")

    def files(self, subject: str) -> Wanted:
        """Return the program."""
        return self.wanted(subject, "/bin/{}", "/sbin/{}")

    def is_present(self, need: Need, here: Surroundings) -> bool:
        """Return whether it is on PATH, in the version that `--version` prints."""
        if need.subject not in here.host.commands or need.required is None:
            return need.subject in here.host.commands
        try:
            version = _VERSION.search(here.machine.run([need.subject, "--version"]).stdout)
            return version is not None and SpecifierSet(need.required).contains(version[0])
        except (CommandNotFound, InvalidSpecifier):
            return False

    def is_unlike(self, name: str, *, development: bool) -> bool:
        """Return whether it is a `-config` program outside a development package."""
        return not development and bool(_CONFIG_TOOL.search(name))


class ToolTooOld(DependencyKind):
    """A program whose version is too old."""

    name = "tool-too-old"
    detectors = ("commands",)
