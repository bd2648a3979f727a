"""Changes files of a built wheel, and lists them as its RECORD must."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

_LISTING = re.compile(r"[^/]+\.dist-info/RECORD")
"""The list of a wheel's files, but not that of a vendored distribution."""


def listing_of(wheel: zipfile.ZipFile) -> zipfile.ZipInfo:
    """Return the entry of a wheel's own RECORD."""
    return next(one for one in wheel.infolist() if _LISTING.fullmatch(one.filename))


def rewrite(wheel: Path, contents: Mapping[str, bytes]) -> None:
    """Replace or add files of a wheel, by their names in it; all else stays as it is.

    New files have the date of the RECORD, so that the same contents give the same wheel.
    """
    partly = wheel.with_name(f".{wheel.name}")
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(partly, "w") as new:
        listing = listing_of(old)
        names = {info.filename for info in old.infolist()}
        for info in old.infolist():
            if info.filename != listing.filename:
                content = contents.get(info.filename, old.read(info))
                new.writestr(info, content, info.compress_type)
        rows = _listed(old.read(listing).decode("utf-8"), contents)
        added = {name: content for name, content in contents.items() if name not in names}
        for path, content in (*added.items(), (listing.filename, rows)):
            info = zipfile.ZipInfo(path, listing.date_time)
            info.external_attr = listing.external_attr
            new.writestr(info, content, zipfile.ZIP_DEFLATED)
    partly.replace(wheel)


def _listed(lines: str, contents: Mapping[str, bytes]) -> bytes:
    """Return the list of a wheel's files with these; new ones stand before the list itself."""
    rows = [row for row in csv.reader(io.StringIO(lines)) if row]
    entries = {name: _row(name, content) for name, content in contents.items()}
    kept = [entries.pop(row[0], row) for row in rows]
    kept[len(kept) - 1 : len(kept) - 1] = entries.values()
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(kept)
    return text.getvalue().encode("utf-8")


def _row(name: str, content: bytes) -> list[str]:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return [name, f"sha256={digest}", str(len(content))]
