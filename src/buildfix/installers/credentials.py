"""Credentials in URLs and proxies: recognized, hidden, replaced."""

from __future__ import annotations

import re
from collections.abc import Callable

_CREDENTIALS = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]{0,30}://)[^/\s'\"]+@")
"""Up to the last @ before the path: pip takes passwords that have one of their own."""
_OF_PROXIES = re.compile(r"(?<![^\s='\"])[^\s/:@'\"=]+:[^\s/@'\"]+@(?=[\w.-]+:\d)")
"""pip takes a proxy as `user:password@host:port`, too."""


def redacted(text: str) -> str:
    """Return a text without the credentials of the URLs, and of the proxies, in it."""
    if "@" not in text:
        return text
    return _OF_PROXIES.sub("****@", _CREDENTIALS.sub(r"\g<scheme>****@", text))


def replace_credentials(text: str, put: Callable[[str], str]) -> str:
    """Return a text with `put` of each URL's credentials in their place.

    The user's name that git's addresses have for ssh is none.
    """

    def swapped(match: re.Match[str]) -> str:
        scheme, found = match["scheme"], match[0].removeprefix(match["scheme"]).removesuffix("@")
        return match[0] if "ssh" in scheme and ":" not in found else f"{scheme}{put(found)}@"

    return _CREDENTIALS.sub(swapped, text)
