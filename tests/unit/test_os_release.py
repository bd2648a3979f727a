"""Which recipe and release a system gets by its os-release(5), on files as systems ship them."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import distro
import pytest

from buildfix.catalog import Knowledge
from buildfix.core import InstallPackages
from buildfix.platforms import host_facts, linux
from buildfix.platforms.linux import release_identity
from buildfix.platforms.posix import Identity
from buildfix.platforms.stock_host import of_unknown_release, stock_host
from buildfix.providers.unprivileged import lacks_root, no_room
from tests.unit.machines import TRIXIE

SHIPPED = Knowledge()

SYSTEMS = {
    "Debian 13": ('ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie', "debian 13"),
    "Debian testing": ("ID=debian\nVERSION_CODENAME=forky", "debian 14"),
    "Debian sid, after forky": ("ID=debian\nVERSION_CODENAME=duke", "debian sid"),
    "Ubuntu 24.04 (WSL)": (
        'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\n'
        "UBUNTU_CODENAME=noble",
        "ubuntu 24.04",
    ),
    "Ubuntu 22.04 (Colab, Kaggle)": (
        'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="22.04"\nVERSION_CODENAME=jammy\n'
        "UBUNTU_CODENAME=jammy",
        "ubuntu 22.04",
    ),
    "Ubuntu 26.10, unknown": (
        'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="26.10"\nVERSION_CODENAME=next',
        "ubuntu 26.04",
    ),
    "Linux Mint 22.1": (
        'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="22.1"\nVERSION_CODENAME=xia\n'
        "UBUNTU_CODENAME=noble",
        "linuxmint 22",
    ),
    "Linux Mint 23, unknown": (
        'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="23"\nUBUNTU_CODENAME=resolute',
        "ubuntu 26.04",
    ),
    "LMDE 6": (
        'ID=linuxmint\nID_LIKE=debian\nVERSION_ID="6"\nVERSION_CODENAME=faye\n'
        "DEBIAN_CODENAME=bookworm",
        "debian 12",
    ),
    "elementary OS 9, unknown": (
        'ID=elementary\nID_LIKE="ubuntu debian"\nVERSION_ID="9"\nUBUNTU_CODENAME=resolute',
        "ubuntu 26.04",
    ),
    "Zorin OS 17": (
        'ID=zorin\nID_LIKE="ubuntu debian"\nVERSION_ID="17"\nUBUNTU_CODENAME=jammy',
        "zorin 17",
    ),
    "another derivative of Ubuntu": (
        'ID=other\nID_LIKE="ubuntu debian"\nVERSION_ID="7"\nUBUNTU_CODENAME=noble',
        "ubuntu 24.04",
    ),
    "Raspberry Pi OS": ('ID=raspbian\nID_LIKE=debian\nVERSION_ID="12"', "raspbian 12"),
    "Oracle Linux 9": ('ID="ol"\nID_LIKE="fedora"\nVERSION_ID="9.7"', "ol 9"),
    "RHEL 9": ('ID="rhel"\nID_LIKE="fedora"\nVERSION_ID="9.4"', "rhel 9"),
    "AlmaLinux 8 (manylinux_2_28)": (
        'ID="almalinux"\nID_LIKE="rhel centos fedora"\nVERSION_ID="8.10"',
        "almalinux 8",
    ),
    "AlmaLinux 9 (manylinux_2_34)": (
        'ID="almalinux"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.5"',
        "almalinux 9",
    ),
    "CentOS 7 (manylinux2014)": ('ID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="7"', "centos 7"),
    "Alpine 3.22 (musllinux_1_2)": ("ID=alpine\nVERSION_ID=3.22.1", "alpine 3.22"),
    "Alpine edge": ("ID=alpine\nVERSION_ID=3.25_alpha20260805", "alpine edge"),
    "Alpine 3.99, unknown": ("ID=alpine\nVERSION_ID=3.99.0", "alpine 3.24"),
    "Nobara 43": ('ID=nobara\nID_LIKE="rhel centos fedora"\nVERSION_ID=43', "nobara 43"),
    "another derivative of Fedora": (
        'ID=other\nID_LIKE="rhel centos fedora"\nVERSION_ID=43',
        "fedora 43",
    ),
    "Silverblue 43": ("ID=fedora\nVERSION_ID=43\nVARIANT_ID=silverblue", "fedora 43"),
    "Bazzite 43": ("ID=bazzite\nID_LIKE=fedora\nVERSION_ID=43", "bazzite 43"),
    "openSUSE MicroOS": (
        'ID="opensuse-microos"\nID_LIKE="suse opensuse opensuse-tumbleweed"\nVERSION_ID="20260801"',
        "opensuse-microos",
    ),
    "SteamOS 3.7": ("ID=steamos\nID_LIKE=arch\nVERSION_ID=3.7.13", "steamos"),
    "EndeavourOS": ("ID=endeavouros\nID_LIKE=arch", "arch"),
    "SLES 16": ('ID="sles"\nID_LIKE="suse"\nVERSION_ID="16.0"', "sles 16"),
    "Amazon Linux 2023": ('ID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2023"', "amzn 2023"),
    "Azure Linux 3": ('ID=azurelinux\nVERSION_ID="3.0"', "azurelinux 3.0"),
    "openEuler 24.03": ('ID="openEuler"\nVERSION_ID="24.03"', "openEuler 24.03"),
    "Photon OS 5": ("ID=photon\nVERSION_ID=5.0", "photon 5.0"),
    "Guix System": ("ID=guix", "guix"),
    "OpenBSD 7.7": ("ID=openbsd\nVERSION_ID=7.7", "openbsd"),
    "Wolfi": ("ID=wolfi\nVERSION_ID=20230201", "wolfi"),
    "SLED 15": ('ID="sled"\nID_LIKE="suse"\nVERSION_ID="15.7"', "sled 15.7"),
    "openSUSE Aeon": (
        'ID="opensuse-aeon"\nID_LIKE="suse opensuse opensuse-tumbleweed"\nVERSION_ID="20260801"',
        "opensuse-aeon",
    ),
    "Chainguard": ("ID=chainguard\nID_LIKE=wolfi\nVERSION_ID=20230214", "chainguard"),
    "NetBSD 10.1": ("ID=netbsd\nVERSION_ID=10.1", "netbsd"),
    "MSYS2": ('ID=msys2\nID_LIKE="cygwin arch"', "msys2"),
    "FreeBSD 14.3": ("ID=freebsd\nVERSION_ID=14.3", "freebsd 14"),
    "NixOS 25.11": ('ID=nixos\nVERSION_ID="25.11"\nVERSION_CODENAME=xantusia', "nixos 25.11"),
    "Gentoo": ('ID=gentoo\nVERSION_ID="2.18"', "gentoo 2"),
    "Void": ("ID=void", "void"),
    "Manjaro": ("ID=manjaro\nID_LIKE=arch", "manjaro"),
    "Kali": ('ID=kali\nID_LIKE=debian\nVERSION_ID="2026.2"', "kali"),
    "Devuan 5": (
        'ID=devuan\nID_LIKE=debian\nVERSION_ID="5"\nVERSION_CODENAME=daedalus',
        "devuan 5",
    ),
    "Pop!_OS 24.04": (
        'ID=pop\nID_LIKE="ubuntu debian"\nVERSION_ID="24.04"\nUBUNTU_CODENAME=noble',
        "pop 24.04",
    ),
    "Rocky 9": ('ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.6"', "rocky 9"),
    "UBI 9, which says that it is RHEL": (
        'ID="rhel"\nID_LIKE="fedora"\nVERSION_ID="9.6"',
        "rhel 9",
    ),
    "openSUSE Leap 16": (
        'ID="opensuse-leap"\nID_LIKE="suse opensuse"\nVERSION_ID="16.0"',
        "opensuse-leap 16",
    ),
    "openSUSE Tumbleweed": (
        'ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\nVERSION_ID="20261101"',
        "opensuse-tumbleweed 20261101",
    ),
    "Alpine 3.20 (musllinux_1_2)": ("ID=alpine\nVERSION_ID=3.20.6", "alpine 3.20"),
}


def _identity(text: str) -> Identity:
    return release_identity(distro.LinuxDistribution._parse_os_release_content(io.StringIO(text)))


def _served(identity: Identity) -> str:
    host = replace(
        TRIXIE,
        id=identity.id,
        id_like=identity.like,
        version=identity.version,
        codename=identity.codename,
        interpreter=None,
    )
    recipe = SHIPPED.host(host)
    assert recipe is not None
    return f"{recipe.id} {recipe.release(host.version).version}".strip()


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_system_gets_the_recipe_and_release_that_its_os_release_means(name: str) -> None:
    text, served = SYSTEMS[name]
    assert _served(_identity(text)) == served


@pytest.mark.parametrize(
    ("system", "package"),
    [
        ("linuxmint:22", "libjpeg-dev"),
        ("raspbian:12", "libjpeg-dev"),
        ("steamos", "libjpeg-turbo"),
        ("ol:9", "libjpeg-turbo-devel"),
        ("lmde:7", "libjpeg-dev"),
        ("silverblue:43", "libjpeg-turbo-devel"),
        ("chainguard", "libjpeg-turbo-dev"),
    ],
)
def test_a_derivative_is_planned_for_with_the_packages_of_what_it_is_like(
    system: str, package: str
) -> None:
    host = stock_host(system, SHIPPED)
    recipe = SHIPPED.host(host)
    assert recipe is not None
    jpeg = recipe.packages_for("dep:generic/libjpeg", host.version)
    assert jpeg is not None
    assert package in jpeg.build


def test_a_derivative_has_the_particulars_of_the_release_with_its_codename() -> None:
    bookworm = SHIPPED.hosts["debian"].releases["12"]
    assert SHIPPED.hosts["devuan"].releases["5"].packages == bookworm.packages


def test_a_plan_for_an_unknown_release_says_which_one_it_is_made_like() -> None:
    told = of_unknown_release(stock_host("ubuntu:99.04", SHIPPED), SHIPPED)
    assert told == "No recipe for Ubuntu 99.04: using Ubuntu 26.04's package names."


def test_a_variant_is_recognized_by_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "ubi.repo"
    there.touch()
    rhel = replace(SHIPPED.hosts["rhel"], variants={"ubi": str(there)})
    monkeypatch.setattr(SHIPPED, "system", lambda name: rhel if name == "rhel" else None)
    found = host_facts.variant(Identity("rhel", "9.4", "RHEL 9.4", ("fedora",)), SHIPPED)
    assert (found.id, found.like, found.version) == ("ubi", ("rhel", "fedora"), "9.4")


@pytest.mark.parametrize(("flags", "expected"), [(os.ST_RDONLY, True), (0, False)])
def test_a_system_whose_usr_is_mounted_read_only_takes_no_packages(
    flags: int, expected: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(linux, "_OSTREE", tmp_path / "ostree-booted")
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=flags))
    assert linux.Linux().read_only() is expected
    (tmp_path / "ostree-booted").touch()
    assert linux.Linux().read_only()


def test_on_a_read_only_system_the_road_without_root_is_taken() -> None:
    host = replace(TRIXIE, read_only=True, privilege="root", data_folder="/home/u/.local/buildfix")
    assert lacks_root(host, attended=True)
    assert not lacks_root(replace(host, read_only=False), attended=True)


@pytest.mark.parametrize("system", ["silverblue", "bazzite", "opensuse-aeon", "steamos"])
def test_a_stock_machine_of_a_read_only_system_takes_no_packages(system: str) -> None:
    host = stock_host(system, SHIPPED)
    step = InstallPackages("…", manager="dnf", packages=("gcc",), privileged=True)
    told = no_room(host, (step,), SHIPPED)
    assert told.startswith(f"{host.title} is read-only, so packages cannot be installed into it.")
    assert " gcc" in told
    assert no_room(host, (), SHIPPED) == ""
    assert no_room(replace(host, read_only=False), (step,), SHIPPED) == ""


@pytest.mark.parametrize("version", ["22.03", "24.03"])
def test_headers_are_planned_for_the_python_that_openeuler_has(version: str) -> None:
    python = stock_host(f"openEuler:{version}", SHIPPED).interpreter
    assert python is not None
    assert (python.version, python.has_headers) == (
        {"22.03": "3.9.0", "24.03": "3.11.0"}[version],
        False,
    )


def test_universal_base_images_ask_for_no_subscription() -> None:
    ubi = SHIPPED.hosts["ubi"]
    asked = [ubi.repository(name, version) for name in ("crb", "epel") for version in ubi.releases]
    words = [word for one in asked if one for argv in one.enable for word in argv]
    assert "subscription-manager" not in words
