"""The names in recipes/hosts/debian.toml, against the archive itself."""

from __future__ import annotations

import pytest

from buildfix.catalog import Knowledge
from tests.bed import BedUnavailable
from tests.names.archive import packages_of
from tests.names.check import unknown

DEBIAN = Knowledge().hosts["debian"]
UBUNTU = Knowledge().hosts["ubuntu"]


def _archive(version: str) -> dict[str, str]:
    try:
        return packages_of(DEBIAN.releases[version].codename)
    except (BedUnavailable, OSError) as error:
        pytest.skip(f"no Debian mirror: {error}")


@pytest.mark.slow
@pytest.mark.parametrize("version", sorted(DEBIAN.releases))
def test_every_package_is_in_the_archive(version: str) -> None:
    assert list(unknown(DEBIAN, version, _archive(version))) == []


@pytest.mark.slow
def test_what_debian_12_and_13_have_is_not_unproven_for_ubuntu() -> None:
    around = _archive("12").keys() & _archive("13").keys()
    marked = {name: entry for name, entry in UBUNTU.packages.items() if entry.unproven}
    assert [name for name, entry in marked.items() if around >= set(entry.build)] == []
