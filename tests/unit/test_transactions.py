"""The sizes that package managers tell, from what they print."""

from __future__ import annotations

import pytest

from buildfix.core import Transaction
from buildfix.package_managers.transactions import (
    bytes_of,
    from_apt,
    from_dnf,
    from_pacman,
    from_zypper,
)

APT = """\
The following NEW packages will be installed:
  libldap-dev libsasl2-dev
0 upgraded, 2 newly installed, 0 to remove and 137 not upgraded.
Need to get 580 kB of archives.
After this operation, 2484 kB of additional disk space will be used.
'http://archive.example/l.deb' libldap-dev_2.5.13+dfsg-5_amd64.deb 310000 MD5Sum:1
'http://archive.example/pool/x.deb' libsasl2-dev_1%3a2.1.28_amd64.deb 270000 MD5Sum:2
"""
DNF4 = """\
Install  34 Packages

Total download size: 95 M
Installed size: 387 M
Operation aborted.
"""
DNF5 = """\
Transaction Summary:
 Installing:        34 packages

Total size of inbound packages is 95 MiB. Need to download 90 MiB.
After this operation, 387 MiB extra will be used (install 387 MiB, remove 0 B).
"""
ZYPPER = """\
12 new packages to install.
Overall download size: 9.5 MiB. Already cached: 0 B.
After the operation, additional 38.0 MiB will be used.
"""
PACMAN = "libpng 1.6.50-1 289000\nzlib 1:1.3-2 90000\n:: no such row\n"


def test_apt_tells_files_and_disk() -> None:
    assert from_apt(APT) == Transaction(
        2, 580_000, 2_484_000, (("libldap-dev", "2.5.13+dfsg-5"), ("libsasl2-dev", "1:2.1.28"))
    )


def test_dnf_and_zypper_count_in_powers_of_two() -> None:
    mebi = 1 << 20
    assert from_dnf(DNF4) == Transaction(34, 95 * mebi, 387 * mebi)
    assert from_dnf(DNF5) == Transaction(34, 90 * mebi, 387 * mebi)
    assert from_zypper(ZYPPER) == Transaction(12, round(9.5 * mebi), 38 * mebi)


def test_pacman_tells_downloads_only() -> None:
    found = (("libpng", "1.6.50-1"), ("zlib", "1:1.3-2"))
    assert from_pacman(PACMAN) == Transaction(2, 379_000, None, found)


@pytest.mark.parametrize("read", [from_apt, from_dnf, from_zypper, from_pacman])
def test_what_says_nothing_gives_no_number(read: object) -> None:
    assert callable(read)
    assert read("E: Unable to locate package nonesuch\n") is None


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("13.9 MB", 13_900_000),
        ("3072 B", 3072),
        ("1,474 kB", 1_474_000),
        ("2 MiB", 2 << 20),
        ("", None),
    ],
)
def test_sizes_are_read_with_their_units(text: str, count: int | None) -> None:
    assert bytes_of(text) == count
