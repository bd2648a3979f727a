"""From a log as people have it to blocks of text: any encoding, any size, bounded memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from buildfix.encodings import marked_encoding

_BLOCK = 1 << 16
_LONGEST_LINE = 1 << 14


def decoded(file: BinaryIO) -> Iterator[str]:
    """Yield a log's text in pieces; what cannot be decoded is replaced, never an error.

    Byte order marks are honoured, and UTF-16 is known without one by its zero bytes: that is how
    PowerShell writes what one redirects into a file.
    """
    head = file.read(_BLOCK)
    decoder = codecs.getincrementaldecoder(_encoding(head))("replace")
    while head:
        yield decoder.decode(head)
        head = file.read(_BLOCK)
    yield decoder.decode(b"", final=True)


def _encoding(head: bytes) -> str:
    marked = marked_encoding(head)
    if marked:
        return marked
    pairs = head[: len(head) // 2 * 2]
    zeros = pairs[1::2].count(0), pairs[0::2].count(0)
    if pairs and max(zeros) > len(pairs) // 5:
        return "utf-16-le" if zeros[0] > zeros[1] else "utf-16-be"
    return "utf-8"


def blocks(pieces: Iterable[str]) -> Iterator[str]:
    """Yield text of whole lines, about 64 KiB at a time, from pieces cut anywhere.

    Of a line that is longer than any message the middle is left out.
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
    """Yield the same text in pieces that are no larger than a block."""
    for piece in pieces:
        for at in range(0, len(piece), _BLOCK):
            yield piece[at : at + _BLOCK]


def _shortened(line: str) -> str:
    if len(line) <= _LONGEST_LINE:
        return line
    half = _LONGEST_LINE // 2
    return line[:half] + line[-half:]
