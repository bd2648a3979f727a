"""Encodings that files declare with a byte order mark."""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Those of UTF-16 last: the mark of UTF-32 begins like theirs."""


def marked_encoding(head: bytes) -> str | None:
    """Return the codec for a file's byte order mark (which it removes); None without one."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)
