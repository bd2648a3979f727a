"""Reads logs as blocks of text: any encoding, any size, bounded memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from buildfix.core.encodings import marked_encoding

_BLOCK = 1 << 16
_LONGEST_LINE = 1 << 14


def decoded(file: BinaryIO) -> Iterator[str]:
    """Yield a log's text in pieces; undecodable bytes are replaced, never an error.

    Byte order marks are respected, and UTF-16 is recognized without one by its zero bytes:
    PowerShell writes redirected output that way.
    """
    head = file.read(_BLOCK)
    decoder = codecs.getincrementaldecoder(_encoding(head))("replace")
    while head:
        yield decoder.decode(head)
        head = file.read(_BLOCK)
    yield decoder.decode(b"", final=True)


def _encoding(head: bytes) -> str:
    """Return the codec of a log by its beginning.

    A mark alone is no proof: PowerShell puts UTF-16's before what it appends to in ASCII. Nor are
    zero bytes: a build may print some. In UTF-16 they stand on one side of the pairs.
    """
    marked = marked_encoding(head)
    if marked and not (marked in _WIDE and _is_ascii(head)):
        return marked
    pairs = list(zip(head[0::2], head[1::2], strict=False))
    little = sum(low > high == 0 for low, high in pairs)
    big = sum(high > low == 0 for low, high in pairs)
    if max(little, big) > len(pairs) // 5 and max(little, big) > 9 * min(little, big):
        return "utf-16-le" if little > big else "utf-16-be"
    return "utf-8"


_WIDE = ("utf-16", "utf-32")


def _is_ascii(head: bytes) -> bool:
    """Return whether what follows a mark of two bytes is text of one byte for each character."""
    rest = head[2:]
    return bool(rest) and rest.isascii() and 0 not in rest


def blocks(pieces: Iterable[str]) -> Iterator[str]:
    """Yield text of whole lines, about 64 KiB at a time, from pieces cut anywhere.

    In lines longer than any message, the middle is left out.
    """
    held: list[str] = []
    size = 0
    for piece in _cut(pieces):
        held.append(piece)
        size += len(piece)
        if size >= _BLOCK:
            whole, newline, rest = "".join(held).rpartition("\n")
            if newline:
                yield whole
            held = [_shortened(rest)]
            size = len(held[0])
    if size:
        yield "".join(held).removesuffix("\n")


def _cut(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the same text in pieces no larger than a block."""
    for piece in pieces:
        for at in range(0, len(piece), _BLOCK):
            yield piece[at : at + _BLOCK]


def _shortened(line: str) -> str:
    if len(line) <= _LONGEST_LINE:
        return line
    half = _LONGEST_LINE // 2
    return line[:half] + line[-half:]
