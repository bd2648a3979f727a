"""The names in recipes/hosts/debian.toml, against the archive itself."""

from __future__ import annotations

import pytest

from buildfix.catalog import Knowledge
from tests.bed import BedUnavailable
from tests.names.archive import packages_of
from tests.names.check import unknown

DEBIAN = Knowledge().hosts["debian"]


@pytest.mark.slow
@pytest.mark.parametrize("version", sorted(DEBIAN.releases))
def test_every_package_is_in_the_archive(version: str) -> None:
    try:
        archive = packages_of(DEBIAN.releases[version].codename)
    except (BedUnavailable, OSError) as error:
        pytest.skip(f"no Debian mirror: {error}")
    assert list(unknown(DEBIAN, version, archive)) == []
