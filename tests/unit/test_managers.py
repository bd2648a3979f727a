"""The package managers that cannot be run here, on what they were seen to print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from buildfix.core import Need
from buildfix.package_managers import PackageManager, manager_for, manager_of
from buildfix.package_managers.conda import Conda
from tests.unit.machines import INTERPRETER, TRIXIE, Played, Recorded
from tests.unit.managers import Replayed

NAMES = (
    *("apt", "termux", "dnf", "yum", "tdnf", "zypper", "pacman", "apk", "xbps", "emerge"),
    *("pkg", "brew", "port", "conda", "winget", "choco", "vcpkg"),
)
XPATH = Need("header-missing", "libxml/xpath.h")
XML2 = Need("library-missing", "xml2")
SHARED_XML2 = Need("runtime-library-missing", "libxml2")
MAGIC = Need("library-missing", "magic")
SHARED_MAGIC = Need("runtime-library-missing", "libmagic")


def manager(name: str) -> PackageManager:
    found = manager_of(name)
    assert found
    return found


def first(owners: Mapping[Need, tuple[object, ...]]) -> dict[str, tuple[object, ...]]:
    """Return package and certainty of the best owner, by kind and subject."""
    return {str(need): _shown(several[0]) for need, several in owners.items()}


def _shown(owner: object) -> tuple[object, ...]:
    return (getattr(owner, "package"), getattr(owner, "sure"))  # noqa: B009


@pytest.mark.parametrize("name", NAMES)
def test_every_manager_is_found_by_its_name(name: str) -> None:
    assert manager(name).name == name
    argv = manager(name).install(["one", "two"]).argv
    assert argv[-2:] == ("one", "two")


@pytest.mark.parametrize("name", NAMES)
def test_absent_package_manager_knows_nothing(name: str) -> None:
    found, machine = manager(name), Recorded({})
    assert found.installed(machine) == frozenset()
    assert found.versions(machine, ["libxml2"]) == {}
    assert found.owners(machine, [XPATH, MAGIC, Need("tool-missing", "swig")]) == {}
    assert found.waits_for(["All is well."]) is None
    # What is fetched without being told to needs no step of its own.
    assert (found.refresh() is None) is found.lists_fresh(machine)


@pytest.mark.parametrize(
    ("name", "installed"),
    [
        ("apk", {"busybox", "libxml2", "musl"}),
        ("xbps", {"libxml2"}),
        (
            "emerge",
            {
                "acct-group/audio",
                "app-admin/hddtemp",
                "app-admin/system-config-printer",
                "app-arch/p7zip",
                "dev-libs/libxml2",
            },
        ),
        ("brew", {"ack", "openssl@3", "libxml2"}),
        ("port", {"curl", "python312", "vim"}),
        ("winget", {"OpenWhisperSystems.Signal", "Microsoft.Edge"}),
        ("choco", {"adobereader", "ConEmu", "git"}),
        ("pkg", {"7-zip", "apache24", "bash"}),
        ("vcpkg", {"zlib"}),
    ],
)
def test_installed_packages_are_listed_by_each_manager(name: str, installed: set[str]) -> None:
    assert manager(name).installed(Replayed(name)) == installed


@pytest.mark.parametrize(
    ("name", "versions"),
    [
        ("apk", {"libxml2": "2.13.5-r0", "libxml2-dev": "2.13.5-r0", "nonesuch": None}),
        ("xbps", {"libxml2": "2.14.5_1", "libxml2-devel": "2.14.5_1", "nonesuch": None}),
        (
            "emerge",
            {
                "dev-libs/libxml2": "2.13.5-r1",
                "dev-libs/nonesuch": None,
                "dev-libs/libffi": "3.4.8",
            },
        ),
        ("brew", {"libxml2": "2.15.1", "openssl@3": "3.6.0"}),
        ("brew", {"nonesuch": None}),
        ("port", {"vim": "9.1.1092", "nonesuch": None}),
        ("winget", {"Git.Git": "2.45.1", "None.Such": None}),
        ("choco", {"virtualbox": "6.1.0", "nonesuch": None}),
        ("pkg", {"nginx": "1.24.0_14,3", "libxml2": "2.11.9", "nonesuch": None}),
        ("vcpkg", {"zlib": "1.3.1", "nonesuch": None}),
    ],
)
def test_available_versions_are_read_by_each_manager(
    name: str, versions: dict[str, str | None]
) -> None:
    known = {package: version for package, version in versions.items() if version}
    assert manager(name).versions(Replayed(name), list(versions)) == known


@pytest.mark.parametrize(
    ("name", "command", "holder"),
    [
        ("apk", "apk add", "Unable to lock database"),
        ("xbps", "xbps-install", "package database"),
        ("emerge", "emerge", "/var/db/.pkg.portage_lockfile"),
        ("brew", "brew install", "A `brew install --formula libxml2` process"),
        ("port", "port -N install", "/opt/local/var/macports/registry/.registry.lock"),
        ("winget", "winget install", "Waiting for another install/uninstall to complete"),
        ("choco", "choco install", "1618"),
        ("pkg", "pkg install", "another process"),
        ("conda", "mamba install", "/home/test/.cache/mamba/proc"),
        ("vcpkg", "vcpkg --classic install", "/opt/vcpkg/.vcpkg-root"),
        ("yum", "yum install", "another copy is running as pid 1234"),
    ],
)
def test_held_lock_is_recognized_in_the_output(name: str, command: str, holder: str) -> None:
    assert manager(name).waits_for(Replayed(name).said(command)) == holder


@pytest.mark.parametrize(
    ("line", "holder"),
    [
        (
            "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (apt-get)",
            "process 7 (apt-get)",
        ),
        (
            "E: Could not get lock /var/lib/apt/lists/lock - open (11: Resource unavailable)",
            "/var/lib/apt/lists/lock",
        ),
        (
            "dpkg: error: dpkg frontend lock was locked by another process with pid 7",
            "another process with pid 7",
        ),
    ],
)
def test_holder_of_the_apt_lock_is_named(line: str, holder: str) -> None:
    assert manager("apt").waits_for([line]) == holder


@pytest.mark.parametrize(
    ("journal", "interrupted"), [("0001\n", True), ("tmp.i\n", False), ("", False)]
)
def test_dpkgs_journal_tells_of_an_interruption(journal: str, interrupted: bool) -> None:
    machine = Recorded({"ls /var/lib/dpkg/updates": [Played(journal)]})
    assert manager("apt").interrupted(machine) is interrupted


@pytest.mark.parametrize("name", ["apk", "xbps"])
def test_recent_package_lists_count_as_fresh(name: str) -> None:
    assert manager(name).lists_fresh(Replayed(name))


def test_apk_knows_modules_commands_and_libraries() -> None:
    needs = [
        Need("pkgconfig-missing", "libxml-2.0"),
        Need("tool-missing", "xml2-config"),
        Need("runtime-library-missing", "libxml2.so.2"),
        MAGIC,
        SHARED_MAGIC,
        Need("tool-missing", "awk"),
        Need("tool-missing", "nonesuch"),
        XPATH,
    ]
    assert first(manager("apk").owners(Replayed("apk"), needs)) == {
        "pkgconfig-missing libxml-2.0": ("libxml2-dev", True),
        "tool-missing xml2-config": ("libxml2-dev", True),
        "runtime-library-missing libxml2.so.2": ("libxml2", True),
        "library-missing magic": ("file-dev", True),
        "runtime-library-missing libmagic": ("file-libs", True),
        "tool-missing awk": ("gawk", False),
    }


def test_xlocate_finds_files_and_links() -> None:
    machine = Replayed("xbps", "xlocate")
    assert first(manager("xbps").owners(machine, [XPATH, XML2, SHARED_XML2])) == {
        "header-missing libxml/xpath.h": ("libxml2-devel", True),
        "library-missing xml2": ("libxml2-devel", True),
        "runtime-library-missing libxml2": ("libxml2", True),
    }
    assert machine.variables[-1]["XLOCATE_GIT"] == "/var/cache/xlocate.git"


def test_freebsds_catalogue_knows_shared_libraries() -> None:
    owners = manager("pkg").owners(Replayed("pkg"), [MAGIC, SHARED_XML2, XPATH])
    assert first(owners) == {
        "library-missing magic": ("file", True),
        "runtime-library-missing libxml2": ("libxml2", True),
    }
    assert [one.sure for one in owners[SHARED_XML2]] == [True, False, False]


def test_homebrew_finds_the_formula_of_a_command() -> None:
    tools = [Need("tool-missing", name) for name in ("swig", "clang-format", "nonesuch")]
    needs = [*tools, Need("tool-missing", "llvm-config"), XPATH]
    owners = manager("brew").owners(Replayed("brew"), needs)
    assert first(owners) == {
        "tool-missing swig": ("swig", True),
        "tool-missing clang-format": ("clang-format", True),
        "tool-missing llvm-config": ("llvm", False),
    }


def test_dnf5_and_yum_output_is_understood() -> None:
    header, tool = Need("header-missing", "magic.h"), Need("tool-missing", "mysql_config")
    dnf5, yum = Replayed("dnf5"), Replayed("yum")
    owners = manager("dnf").owners(dnf5, [header])
    assert first(owners) == {"header-missing magic.h": ("file-devel", True)}
    assert manager("dnf").versions(dnf5, ["file-devel", "nonesuch"]) == {
        "file-devel": "5.46-9.fc44"
    }
    assert first(manager("yum").owners(yum, [tool])) == {
        "tool-missing mysql_config": ("mariadb-devel", True)
    }


def test_conda_is_for_the_target_environment() -> None:
    machine = Replayed("conda")
    conda, micromamba = Conda("conda", "/opt/conda"), Conda("micromamba", "/opt/conda")
    assert conda.installed(machine) == {"pip", "pytz"}
    assert micromamba.installed(machine) == {"libiconv"}
    assert micromamba.versions(machine, ["libxml2", "libiconv"]) == {"libxml2": "2.15.1"}
    assert conda.versions(machine, ["pytz"]) == conda.versions(machine, ["nonesuch"]) == {}


def test_manager_of_a_recipe_depends_on_the_host() -> None:
    interpreter = replace(INTERPRETER, prefix="/opt/conda/envs/x", base_prefix="/opt/conda/envs/x")
    host = replace(TRIXIE, interpreter=interpreter, commands=frozenset({"conda", "mamba", "yum"}))
    conda = manager_for("conda", host)
    assert conda
    assert conda.install(["libxml2"]).argv[:5] == (
        *("mamba", "install", "--yes", "--prefix"),
        "/opt/conda/envs/x",
    )
    freebsd = replace(host, system="freebsd14")
    names = [
        getattr(manager_for(name, one), "name", None)
        for name, one in (
            ("dnf", host),
            ("dnf", TRIXIE),
            ("pkg", host),
            ("pkg", freebsd),
            ("apt", host),
            ("nix", host),
        )
    ]
    assert names == ["yum", "dnf", "termux", "pkg", "apt", None]


@pytest.mark.parametrize(
    ("name", "programs"),
    [
        ("apt", ["apt-get", "apt-file"]),
        ("zypper", ["zypper"]),
        ("xbps", ["xbps-install", "xlocate"]),
    ],
)
def test_missing_file_index_is_fetched_and_announced(name: str, programs: list[str]) -> None:
    fetch = manager(name).index(Recorded({}))
    assert fetch
    assert [command.argv[0] for command in fetch.commands] == programs
    assert "megabytes" in fetch.words or "MB" in fetch.words
