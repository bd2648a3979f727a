"""The settings that pip takes from variables and configuration files.

pip reads these itself. They are read here to know in advance whether an index may be used at all.
Source: pip's documentation, "Configuration".
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from configparser import RawConfigParser

_SECTIONS = ("global", "install")
_NO = frozenset({"", "0", "false", "no", "off", "n", "f"})


def pip_settings(environ: Mapping[str, str], prefix: str = "") -> dict[str, str]:
    """Return pip's settings from files and variables, by option name without leading dashes.

    `prefix` is that of the target environment, which may have its own file.
    """
    told: dict[str, str] = {}
    for path in _pip_files(environ, prefix):
        told.update(_read(path))
    for name, value in environ.items():
        if name.startswith("PIP_") and value:
            told[name[4:].lower().replace("_", "-")] = value
    return told


def differs_between_commands(environ: Mapping[str, str], prefix: str = "") -> bool:
    """Return whether pip's files have settings for `install` or `wheel` alone."""
    return any(_sections(path) & {"install", "wheel"} for path in _pip_files(environ, prefix))


def is_on(value: str | None) -> bool:
    """Return whether the value of a switch, in a variable or file, turns it on."""
    return (value or "").strip().lower() not in _NO


def _pip_files(environ: Mapping[str, str], prefix: str) -> Iterator[Path]:
    """Yield pip's configuration files; later ones override earlier ones."""
    own = environ.get("PIP_CONFIG_FILE")
    if own == os.devnull:
        return
    name, home = "pip.ini" if os.name == "nt" else "pip.conf", _home(environ)
    if os.name == "nt":
        yield Path(environ.get("PROGRAMDATA", "C:/ProgramData"), "pip", name)
        yield from (home / "pip" / name, Path(environ.get("APPDATA", home), "pip", name))
    elif sys.platform == "darwin":
        yield Path("/Library/Application Support/pip", name)
        yield home / ".pip" / name
        yield from (home / "Library/Application Support/pip" / name, home / ".config/pip" / name)
    else:
        folders = environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
        yield from (Path(one, "pip", name) for one in folders.split(os.pathsep))
        yield from (Path("/etc", name), home / ".pip" / name)
        yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config", "pip", name)
    if prefix:
        yield Path(prefix, name)
    if own:
        yield Path(own)


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME") or environ.get("USERPROFILE") or "/nonexistent")


def _read(path: Path) -> dict[str, str]:
    parser = _parsed(path)
    told: dict[str, str] = {}
    if parser:
        for section in filter(parser.has_section, _SECTIONS):
            told.update(parser.items(section))
    return told


def _sections(path: Path) -> set[str]:
    parser = _parsed(path)
    return set(parser.sections()) if parser else set()


def _parsed(path: Path) -> RawConfigParser | None:
    """Return a file as it was read; None if it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    import configparser  # few have such a file

    parser = configparser.RawConfigParser()
    with contextlib.suppress(configparser.Error):
        parser.read_string(text)
    return parser
