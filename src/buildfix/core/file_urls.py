"""URLs of files on this machine."""

from __future__ import annotations

import os
from urllib.parse import unquote, urlsplit


def path_of(url: str) -> str:
    """Return the path that a `file:` URL names, in this system's spelling."""
    path = urlsplit(url).path
    if os.name == "nt":
        from urllib.request import url2pathname  # loads http and ssl

        return url2pathname(path)
    return unquote(path)
