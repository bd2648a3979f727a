"""What a package manager would do for an installation, from what its own simulation prints."""

from __future__ import annotations

import re
from collections.abc import Iterable

from buildfix.core import Transaction

_AMOUNT = re.compile(r"(?P<number>\d[\d.,]*) ?(?P<unit>[kKMGT]?)(?P<binary>i?)B?\b")
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}
_APT_FILE = re.compile(r"'\S+' (?P<name>[^_\s]+)_(?P<version>[^_\s]+)_\S+ (?P<size>\d+) ")
_APT_COUNT = re.compile(r"(?P<upgraded>\d+) upgraded, (?P<new>\d+) newly installed")
_APT_DISK = re.compile(r"After this operation, (?P<size>.+) of additional disk space will be used")
_DNF_COUNT = re.compile(r"^\s*(?:Install|Installing:) +(?P<count>\d+) ", re.IGNORECASE)
_DNF_DOWNLOAD = re.compile(r"Total download size: (?P<size>.+)|Need to download (?P<newer>.+?)\.$")
_DNF_DISK = re.compile(r"Installed size: (?P<size>.+)|operation, (?P<newer>.+?) extra will be used")
_ZYPPER_COUNT = re.compile(r"(?P<count>\d+) new packages? to install")
_ZYPPER_DOWNLOAD = re.compile(r"(?:Overall|Package) download size: +(?P<size>[\d.]+ \S+?B)")
_ZYPPER_DISK = re.compile(
    r"additional (?P<size>[\d.]+ \S+?B) will be used|(?P<newer>[\d.]+ \S+?B) +required by packages"
)


def bytes_of(text: str, *, binary: bool = False) -> int | None:
    """Return a size such as `13.9 MB` in bytes; with `binary` a kilobyte has 1024 of them."""
    match = _AMOUNT.search(text)
    if match is None:
        return None
    base = 1024 if binary or match["binary"] else 1000
    number = float(match["number"].replace(",", ""))
    return round(number * float(base) ** _POWERS[match["unit"].upper()])


def from_apt(text: str) -> Transaction | None:
    """Return what `apt-get --print-uris install` prints."""
    count = _APT_COUNT.search(text)
    if count is None:
        return None
    files = list(_APT_FILE.finditer(text))
    disk = _APT_DISK.search(text)
    versions = ((one["name"], one["version"].replace("%3a", ":")) for one in files)
    return Transaction(
        int(count["upgraded"]) + int(count["new"]),
        sum(int(one["size"]) for one in files),
        bytes_of(disk["size"]) if disk else None,
        tuple(versions),
    )


def from_dnf(text: str) -> Transaction | None:
    """Return what `dnf install --assumeno` prints; its units are powers of 1024."""
    return _found(text.splitlines(), _DNF_COUNT, _DNF_DOWNLOAD, _DNF_DISK)


def from_zypper(text: str) -> Transaction | None:
    """Return what `zypper install --dry-run` prints."""
    return _found(text.splitlines(), _ZYPPER_COUNT, _ZYPPER_DOWNLOAD, _ZYPPER_DISK)


def from_pacman(text: str) -> Transaction | None:
    """Return what `pacman --sync --print` prints in the format `%n %v %s`."""
    rows = [line.split() for line in text.splitlines()]
    rows = [row for row in rows if len(row) == 3 and row[2].isdigit()]
    if not rows:
        return None
    versions = tuple((name, version) for name, version, _ in rows)
    return Transaction(len(rows), sum(int(row[2]) for row in rows), None, versions)


def _found(
    lines: Iterable[str], count: re.Pattern[str], download: re.Pattern[str], disk: re.Pattern[str]
) -> Transaction | None:
    found: dict[re.Pattern[str], str] = {}
    for line in lines:
        for pattern in (count, download, disk):
            if match := pattern.search(line):
                found.setdefault(pattern, next(filter(None, match.groups())))
    if count not in found:
        return None
    downloaded, used = (bytes_of(found.get(one, ""), binary=True) for one in (download, disk))
    return Transaction(int(found[count]), downloaded, used)
