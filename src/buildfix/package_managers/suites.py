"""Suites of Debian's archive beside a release's own, backports above all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from buildfix.core import Command
from buildfix.machines.local import Machine
from buildfix.machines.scripts import step_script
from buildfix.package_managers.apt import Apt
from buildfix.package_managers.output_parsing import text_of


def versions_in(
    machine: Machine, python: str, suite: str, packages: Sequence[str]
) -> Mapping[str, str]:
    """Return the version of each package in a suite, which need not be in use here.

    Its list is fetched aside (some 300 kB), and nothing of the system is changed.
    """
    try:
        told = json.loads(
            text_of(machine, [python, step_script("apt_suite"), "versions", suite, *packages])
        )
    except json.JSONDecodeError:
        return {}
    return {name: str(version) for name, version in told.items()} if isinstance(told, dict) else {}


def enable_command(python: str, suite: str) -> Command:
    """Return the command that has apt use a suite from where its release comes; as root."""
    return Command((python, "-I", step_script("apt_suite"), "enable", suite))


def install_from(suite: str, packages: Sequence[str]) -> Command:
    """Return the installation of packages from a suite, with what they need of it."""
    [program, word, *rest] = Apt().install(packages).argv
    return Command((program, word, "--target-release", suite, *rest), Apt.env)
