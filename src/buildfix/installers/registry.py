"""The installers that buildfix can run."""

from __future__ import annotations

from collections.abc import Mapping

from buildfix.core import InstallerName
from buildfix.installers.base import Installer
from buildfix.installers.pip import Pip
from buildfix.installers.uv import Uv

PIP = Pip()
INSTALLERS: Mapping[InstallerName, Installer] = {"pip": PIP, "uv": Uv()}


def installer_of(name: InstallerName) -> Installer:
    """Return the installer of that name."""
    return INSTALLERS[name]
