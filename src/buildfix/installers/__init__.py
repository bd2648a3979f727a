"""The installers, pip and uv, behind one protocol."""

from __future__ import annotations

from buildfix.installers.argv import (
    InstallOptions,
    install_command,
    network_options,
    pip_options,
    repeatable,
    separator,
    settings_of,
)
from buildfix.installers.registry import installer_of

__all__ = [
    "InstallOptions",
    "install_command",
    "installer_of",
    "network_options",
    "pip_options",
    "repeatable",
    "separator",
    "settings_of",
]
