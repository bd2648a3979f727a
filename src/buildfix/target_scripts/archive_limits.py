"""Limits for archives from strangers, for every reader of sdists."""

from __future__ import annotations

import tarfile

SMALL = 64 << 20
"""Bytes that even a tiny archive may hold: they cost a moment."""
MAX_RATIO = 100
"""How many times as large as the archive its content may be besides; sources are 3 to 20 times."""
MAX_HEADER = 1 << 20
"""Bytes of a tar's extended header: a long path, never a megabyte."""
EXTENSIONS = (
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
)


class Member(tarfile.TarInfo):
    """A tar header that refuses huge extensions before tarfile reads them into memory."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Member:
        """Return the header in a block; raises ReadError if it claims too much."""
        member = super().frombuf(buf, encoding, errors)
        if member.type in EXTENSIONS and member.size > MAX_HEADER:
            raise tarfile.ReadError("one of its headers is too large")
        return member


def most_unpacked(packed: int) -> int:
    """Return how many bytes an archive of `packed` bytes may hold."""
    return SMALL + MAX_RATIO * packed
