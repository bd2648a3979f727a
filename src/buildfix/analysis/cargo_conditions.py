"""The conditions of a Cargo.toml: `cfg(…)` and target triples."""

from __future__ import annotations

import re

from buildfix.platforms.surroundings import Surroundings

MAX_CONDITION = 1000
_CFG = re.compile(r'(\w+)(?:\s*=\s*"([^"]*)")?')


def holds(condition: str, surroundings: Surroundings) -> bool | None:
    """Return whether a manifest's `cfg(…)` or target triple holds, None where that is unknown."""
    text = condition.strip()
    if len(text) > MAX_CONDITION:
        return None
    if text.startswith("cfg("):
        return _cfg(text[4:-1].strip(), surroundings)
    words = {"linux": "linux", "darwin": "darwin", "win32": "windows"}
    return words.get(surroundings.system, surroundings.system) in text


def _cfg(text: str, surroundings: Surroundings) -> bool | None:
    for word in ("not", "all", "any"):
        if text.startswith(word) and text[len(word) :].lstrip().startswith("("):
            inner = text[text.index("(") + 1 : -1]
            answers = [_cfg(part, surroundings) for part in _arguments(inner)]
            return _combined(word, answers)
    match = _CFG.fullmatch(text)
    if match is None:
        return None
    return _cfg_atom(match[1], match[2], surroundings)


def _combined(word: str, answers: list[bool | None]) -> bool | None:
    if word == "not":
        return None if not answers or answers[0] is None else not answers[0]
    deciding = word == "any"
    if deciding in answers:
        return deciding
    return None if None in answers else not deciding


def _cfg_atom(key: str, value: str | None, surroundings: Surroundings) -> bool | None:
    windows = surroundings.is_windows
    systems = {"linux": "linux", "darwin": "macos", "win32": "windows"}
    if key in ("windows", "unix"):
        return windows if key == "windows" else not windows
    if key == "target_os":
        return systems.get(surroundings.system, surroundings.system) == value
    if key == "target_family":
        return value == ("windows" if windows else "unix")
    if key == "target_env":
        return value == {"musl": "musl", "glibc": "gnu"}.get(
            surroundings.libc, "msvc" if windows else ""
        )
    if key == "target_arch":
        known = {"AMD64": "x86_64", "arm64": "aarch64", "ARM64": "aarch64"}
        return known.get(surroundings.arch, surroundings.arch) == value
    return None


def _arguments(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for place, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    parts.append(text[start:].strip())
    return [part for part in parts if part]
