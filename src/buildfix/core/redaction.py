"""Credentials in URLs and proxy settings: recognized, hidden, replaced."""

from __future__ import annotations

import re
from collections.abc import Callable

_CREDENTIALS = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]{0,30}://)[^/\s'\"]+@")
"""Matches up to the last @ before the path: pip accepts passwords that contain an @."""
_OF_PROXIES = re.compile(r"(?<![^\s='\"])[^\s/:@'\"=]+:[^\s/@'\"]+@(?=[\w.-]+:\d)")
"""pip also accepts a proxy written as `user:password@host:port`."""


def redacted(text: str) -> str:
    """Return a text without the credentials in its URLs and proxy settings."""
    if "@" not in text:
        return text
    return _OF_PROXIES.sub("****@", _CREDENTIALS.sub(r"\g<scheme>****@", text))


def replace_credentials(text: str, put: Callable[[str], str]) -> str:
    """Return a text with each URL's credentials replaced by what `put` returns for them.

    The user name in git's ssh addresses is not a credential.
    """

    def swapped(match: re.Match[str]) -> str:
        scheme, found = match["scheme"], match[0].removeprefix(match["scheme"]).removesuffix("@")
        return match[0] if "ssh" in scheme and ":" not in found else f"{scheme}{put(found)}@"

    return _CREDENTIALS.sub(swapped, text)
