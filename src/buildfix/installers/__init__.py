"""What performs the install: pip or uv, behind one function."""

from __future__ import annotations

from buildfix.installers.argv import (
    InstallOptions,
    install_command,
    knows_config_settings,
    network_options,
    pip_options,
    redacted,
    repeatable,
    replace_credentials,
    separator,
    settings_of,
)

__all__ = [
    "InstallOptions",
    "install_command",
    "knows_config_settings",
    "network_options",
    "pip_options",
    "redacted",
    "repeatable",
    "replace_credentials",
    "separator",
    "settings_of",
]
