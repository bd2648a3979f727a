"""The check of names against the `MOVED` of FreeBSD's ports."""

from __future__ import annotations

from tests.names.moved import moved

LINES = """\
# comment|with|bars|here
graphics/librsvg2|graphics/librsvg2-rust|2026-05-16|Superseded
devel/czmq|net/czmq|2013-11-29|Move to a more suitable category
textproc/libxml||2013-12-05|Has expired
lang/clang||2013-12-22|Has expired
lang/clang32|lang/clang|2014-05-01|Renamed
""".splitlines()


def test_a_port_with_another_name_or_none_is_found_unless_it_came_back() -> None:
    assert list(moved(["librsvg2", "czmq", "libxml", "clang", "zstd"], LINES)) == [
        "librsvg2 -> graphics/librsvg2-rust (2026-05-16: Superseded)",
        "libxml -> removed (2013-12-05: Has expired)",
    ]
