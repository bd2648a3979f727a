"""The installers that buildfix can run, each in a module of the same name."""

from __future__ import annotations

from importlib import import_module
from typing import get_args

from buildfix.core import InstallerName
from buildfix.installers.base import Installer

for _name in get_args(InstallerName):
    import_module(f"buildfix.installers.{_name}")
INSTALLERS = {one.name: one() for one in Installer.__subclasses__()}
PIP = INSTALLERS["pip"]


def installer_of(name: InstallerName) -> Installer:
    """Return the installer with that name."""
    return INSTALLERS[name]
