"""Names that were wrong once, and that lists from elsewhere corrected (2026-11-29)."""

from __future__ import annotations

import pytest

from buildfix.catalog import Knowledge
from buildfix.catalog.systems import Packages
from buildfix.platforms.stock_host import stock_host

KNOWLEDGE = Knowledge()

XCB = "xcb-util xcb-util-image xcb-util-keysyms xcb-util-wm xcb-util-cursor xcb-util-renderutil"
CORRECTED = [
    ("alpine", "xcb-util", " ".join(f"{name}-dev" for name in XCB.split())),
    ("arch", "xcb-util", XCB),
    ("conda", "xcb-util", XCB),
    ("freebsd", "xcb-util", XCB),
    ("gentoo", "xcb-util", " ".join(f"x11-libs/{name}" for name in XCB.split())),
    ("macos", "xcb-util", XCB),
    ("macports", "xcb-util", " ".join(f"xorg-{name}" for name in XCB.split())),
    ("nixos:26.05", "xcb-util", "libxcb-util libxcb-image libxcb-keysyms libxcb-wm"),
    ("nixos:25.11", "xcb-util", "xorg.xcbutil xorg.xcbutilimage xorg.xcbutilkeysyms"),
    ("termux", "xcb-util", XCB),
    ("void", "xcb-util", " ".join(f"{name}-devel" for name in XCB.split())),
    ("opensuse-tumbleweed", "libpng", "libpng16-devel libpng16-compat-devel"),
    ("opensuse-leap:16", "libpng", "libpng16-devel libpng16-compat-devel"),
    ("sles:15.7", "libpng", "libpng16-devel libpng16-compat-devel"),
    ("rhel:9", "libusb-0.1", "libusb-devel"),
    ("opensuse-leap:16", "sdl2", "SDL2-devel"),
    ("opensuse-leap:15.6", "flex", "libfl-devel"),
    ("fedora:41", "systemtap-sdt", "systemtap-sdt-devel systemtap-sdt-dtrace"),
    ("rhel:10", "systemtap-sdt", "systemtap-sdt-devel systemtap-sdt-dtrace"),
    ("opensuse-tumbleweed", "systemtap-sdt", "systemtap-sdt-devel systemtap-dtrace"),
    ("fedora:43", "iproute2", "iproute iproute-tc"),
    ("rhel:9", "iproute2", "iproute iproute-tc"),
    ("freebsd", "uuid", "libuuid"),
    ("freebsd", "gd", "libgd"),
    ("freebsd", "cyrus-sasl", "cyrus-sasl"),
    ("freebsd", "mbedtls", "mbedtls3"),
    ("freebsd", "flint", "flint"),
    ("freebsd", "flint-arb", "flint"),
    ("freebsd", "sdl2", "sdl2"),
    ("freebsd", "samba", "samba422"),
    ("freebsd", "anthy", "anthy-unicode"),
    (
        "freebsd",
        "qt5",
        "qt5-qmake qt5-buildtools qt5-network qt5-xml qt5-sql qt5-dbus qt5-opengl",
    ),
    ("gentoo", "qt5", "dev-qt/qtnetwork:5 dev-qt/qtsql:5 dev-qt/qtxml:5 dev-qt/qtdbus:5"),
    ("nixos", "elfutils", "elfutils"),
    ("nixos:26.05", "libx11", "libx11"),
    ("nixos:25.11", "libx11", "xorg.libX11"),
    (
        "arch",
        "texlive",
        "texlive-basic texlive-latex texlive-latexrecommended texlive-latexextra"
        " texlive-fontsrecommended texlive-binextra",
    ),
    ("freebsd", "texlive", "texlive-base tex-formats"),
    ("rhel:10", "gdal", "gdal3.4-devel"),
    ("fedora:45", "libgit2", "libgit2_1.9-devel"),
    # What they have, and no recipe named.
    ("arch", "flann", "flann"),
    ("arch", "libgpiod", "libgpiod"),
    ("arch", "libpqxx", "libpqxx"),
    ("arch", "rocksdb", "rocksdb"),
    ("arch", "rtmidi", "rtmidi"),
    ("arch", "igraph", "igraph"),
    ("arch", "arrow", "arrow"),
    ("macos", "blosc", "c-blosc"),
    ("macos", "blosc2", "c-blosc2"),
    ("macos", "zopfli", "zopfli"),
    ("macos", "librrd", "rrdtool"),
    ("macos", "arrow", "apache-arrow"),
    ("fedora", "arrow", "libarrow-devel"),
    ("fedora", "librrd", "rrdtool-devel"),
    ("fedora", "fplll", "libfplll-devel"),
    ("conda", "casacore", "casacore"),
    ("conda", "spglib", "spglib"),
    ("conda", "nfft", "nfft"),
    ("conda", "arrow", "libarrow"),
    ("freebsd", "botan", "botan3"),
    ("freebsd", "dlib", "dlib-cpp"),
    ("termux", "libturbojpeg", "libjpeg-turbo"),
    ("termux", "openal", "openal-soft"),
    ("termux", "abseil", "abseil-cpp"),
    # What complete lists of these systems showed on 2026-11-30.
    ("ubuntu:22.04", "qt6-charts", "libqt6charts6-dev"),
    ("ubuntu:22.04", "qt6-svg", "libqt6svg6-dev"),
    ("debian:12", "qt6-datavis3d", "qt6-datavisualization-dev"),
    ("amzn:2023", "x265", "x265-devel"),
    ("conda", "libcerf", "cerf"),
    ("rhel:10", "qt6-charts", "qt6-qtcharts-devel"),
    ("rhel:9", "librrd", "rrdtool-devel"),
    ("opensuse-tumbleweed", "ceres", "libceres-devel"),
    ("opensuse-tumbleweed", "cryptopp", "libcryptopp-devel"),
    ("opensuse-tumbleweed", "i2c-tools", "libi2c0-devel"),
    ("opensuse-tumbleweed", "lilv", "liblilv-0-devel"),
    ("opensuse-tumbleweed", "mpfi", "mpfi-devel"),
    ("termux", "openmp", "clang"),
    # What single look-ups in their definitions showed on 2026-12-01.
    ("alpine", "pjproject", "pjproject-dev"),
    ("alpine", "sfcgal", "sfcgal-dev"),
    ("arch", "pmix", "openpmix"),
    ("freebsd", "cgns", "cgnslib"),
    ("freebsd", "scip", "SCIP"),
    ("freebsd", "sdl3-mixer", "sdl3_mixer"),
    ("gentoo", "qt6-webengine", "dev-qt/qtwebengine:6"),
    ("gentoo", "cgns", "sci-libs/cgnslib"),
    ("gentoo", "udisks2", "sys-fs/udisks"),
    ("macports", "qt6-5compat", "qt6-qt5compat"),
    ("macports", "qt6-svg", "qt6-qtsvg"),
    ("nixos", "qt6-3d", "qt6.qt3d"),
    ("nixos", "gmp-ecm", "ecm"),
    ("nixos", "pulsar", "libpulsar"),
    ("nixos", "sdl2-net", "SDL2_net"),
    ("void", "qt6-5compat", "qt6-qt5compat-devel"),
    ("void", "sfml", "SFML-devel"),
    ("void", "theora", "libtheora-devel"),
]
"""A system and release, a capability there, and packages that it needs (others may be needed)."""

GONE = [
    ("ubuntu:26.04", "pcre"),
    ("ubuntu:26.04", "flint-arb"),
    ("ubuntu:26.04", "wkhtmltopdf"),
    ("ubuntu:24.04", "qt6-graphs"),
    ("ubuntu:22.04", "qt6-httpserver"),
    ("freebsd", "wkhtmltopdf"),
    ("freebsd", "glusterfs"),
    ("fedora:45", "pcre"),
    ("fedora:45", "dlib"),
]
"""A system and release, and a capability that it does not have."""


@pytest.mark.parametrize(("system", "capability", "packages"), CORRECTED)
def test_a_corrected_name_stays(system: str, capability: str, packages: str) -> None:
    entry = _entry(system, capability)
    assert set(packages.split()) <= {*entry.build, *entry.run}


@pytest.mark.parametrize(("system", "capability"), GONE)
def test_what_a_release_does_not_have_stays_absent(system: str, capability: str) -> None:
    assert _entry(system, capability).absent


def test_fedora_45_has_botan_3_only() -> None:
    assert _entry("fedora:44", "botan").build == ("botan2-devel",)
    assert _entry("fedora:45", "botan").build == ("botan3-devel",)


def _entry(system: str, capability: str) -> Packages:
    name, _, version = system.partition(":")
    release = version or stock_host(name, KNOWLEDGE).version
    entry = KNOWLEDGE.hosts[name].packages_for(f"dep:generic/{capability}", release)
    assert entry is not None
    return entry


def test_qt_6_of_rhel_10_needs_no_other_repository() -> None:
    assert [_entry("rhel:10", f"qt6-{name}").repository for name in ("svg", "tools")] == [None] * 2
