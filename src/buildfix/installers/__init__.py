"""What performs the install: pip or uv, behind one function."""

from __future__ import annotations

from buildfix.installers.commands import install_command, pip_options, redacted, repeatable

__all__ = ["install_command", "pip_options", "redacted", "repeatable"]
