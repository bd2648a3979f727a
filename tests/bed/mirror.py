"""Where this host gets Debian from: its own apt sources say it, the code names no server."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.bed.errors import BedUnavailable

APT = Path("/etc/apt")
DEFAULT_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MIRROR_VARIABLE = "BUILDFIX_DEBIAN_MIRROR"

_ONE_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s")
_SIGNED_BY = re.compile(r"(?:^|\s)signed-by=(\S+)")


@dataclass(frozen=True)
class Source:
    """One archive that apt reads, and the keyring it is checked with, where one is named."""

    uri: str
    keyring: Path | None = None


def debian_source(apt: Path = APT) -> Source:
    """Return the Debian mirror and keyring to bootstrap from, or raise `BedUnavailable`."""
    named = os.environ.get(MIRROR_VARIABLE)
    found = Source(named) if named else _first_debian(read_sources(apt))
    if found is None:
        raise BedUnavailable(f"no apt source of this host is Debian's; set {MIRROR_VARIABLE}")
    keyring = found.keyring if found.keyring and found.keyring.is_file() else DEFAULT_KEYRING
    if not keyring.is_file():
        raise BedUnavailable("no Debian archive keyring (package debian-archive-keyring)")
    return Source(found.uri, keyring)


def read_sources(apt: Path = APT) -> Iterator[Source]:
    """Yield every binary archive in apt's configuration, in its own order."""
    parts = apt / "sources.list.d"
    candidates = [apt / "sources.list", *(sorted(parts.iterdir()) if parts.is_dir() else [])]
    for file in candidates:
        if not file.is_file():
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        if file.suffix == ".sources":
            yield from parse_deb822(text)
        elif file.suffix == ".list":
            yield from parse_one_line(text)


def parse_one_line(text: str) -> Iterator[Source]:
    """Yield the archives of a file in the `deb URI suite component` format."""
    for line in text.splitlines():
        match = _ONE_LINE.match(line.strip())
        if match:
            signed = _SIGNED_BY.search(match["options"] or "")
            yield Source(match["uri"], Path(signed[1]) if signed else None)


def parse_deb822(text: str) -> Iterator[Source]:
    """Yield the archives of a file in the deb822 format."""
    for paragraph in re.split(r"\n\s*\n", _without_comments(text)):
        fields = _fields(paragraph)
        enabled = fields.get("enabled", "yes").lower() not in {"no", "false", "0"}
        if enabled and "deb" in fields.get("types", "").split():
            signed = fields.get("signed-by", "")
            keyring = Path(signed) if signed.startswith("/") else None
            yield from (Source(uri, keyring) for uri in fields.get("uris", "").split())


def _without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


def _fields(paragraph: str) -> dict[str, str]:
    """Return the fields of one deb822 paragraph, names in lower case, folded lines joined."""
    fields: dict[str, str] = {}
    name = ""
    for line in paragraph.splitlines():
        if line[:1].isspace():
            fields[name] = f"{fields.get(name, '')} {line.strip()}".strip()
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
    return fields


def _first_debian(sources: Iterable[Source]) -> Source | None:
    return next((s for s in sources if urlsplit(s.uri).path.rstrip("/").endswith("/debian")), None)
