"""The words for needs, as every view prints them."""

from __future__ import annotations

import pytest

from buildfix.core import Need
from buildfix.render.messages import reason, thing


@pytest.mark.parametrize(
    ("need", "words"),
    [
        (Need("header-missing", "ffi.h"), "header-missing: ffi.h"),
        (Need("header-missing", "ffi.h", ">=3"), "header-missing: ffi.h >=3"),
        (Need("build", "dep:generic/zlib"), "needed to build: dep:generic/zlib"),
        (Need("disk-full", "-"), "disk-full"),
        (Need("externally-managed", "-", "/home/me/.venv"), "externally-managed"),
    ],
)
def test_a_reason_names_the_kind_the_subject_and_the_version(need: Need, words: str) -> None:
    assert reason(need) == words


def test_subject_of_a_need_names_what_is_missing() -> None:
    assert thing(Need("header-missing", "zlib.h")) == "header zlib.h"
    assert thing(Need("pkgconfig-missing", "cairo", ">=1.15")) == "pkgconfig cairo >=1.15"
