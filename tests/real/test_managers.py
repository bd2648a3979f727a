"""The real apt-file, dnf, zypper, pacman and Portage, through buildfix's own code.

They run in a throw-away trixie whose /etc names small local repositories; nothing tells the
managers that they are not at home.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator

import pytest

from buildfix.catalog import Knowledge
from buildfix.core import Command, Need
from buildfix.machines.interrupts import held_back
from buildfix.package_managers import PackageManager, manager_of
from tests.bed import BareRoot
from tests.real.gentoo import gentoo_root
from tests.real.repositories import managers_root
from tests.real.rooted import RootedMachine

pytestmark = [pytest.mark.bed, pytest.mark.slow]

XPATH = Need("header-missing", "libxml/xpath.h")
SHARED = Need("runtime-library-missing", "libxml2")
LIBXML2 = (
    XPATH,
    Need("library-missing", "xml2"),
    Need("pkgconfig-missing", "libxml-2.0"),
    Need("cmake-package-missing", "libxml2"),
    Need("tool-missing", "xml2-config"),
)
UNMET = (Need("header-missing", "nonesuch.h"), Need("header-missing", "--version"))
DEBIAN = {
    XPATH: ("libxml2-dev", True),
    Need("header-missing", "ffi.h"): ("libffi-dev", True),
    Need("header-missing", "mysql.h"): ("libmariadb-dev", True),
    Need("header-missing", "sql.h"): ("unixodbc-dev", True),
    Need("header-missing", "sasl/sasl.h"): ("libsasl2-dev", True),
    Need("header-missing", "krb5.h"): ("libkrb5-dev", True),
    Need("header-missing", "magic.h"): ("libmagic-dev", True),
    Need("pkgconfig-missing", "cairo"): ("libcairo2-dev", True),
    Need("cmake-package-missing", "HDF5"): ("libhdf5-dev", False),
    Need("tool-missing", "pg_config"): ("libpq-dev", True),
}
DEVELOPMENT = {"dnf": "libxml2-devel", "zypper": "libxml2-devel", "pacman": "libxml2"}
VERSION = {"dnf": "2.12.8-1.fc42", "zypper": "2.12.8-1.fc42", "pacman": "2.14.5-1"}


@pytest.fixture
def machine() -> Iterator[RootedMachine]:
    with BareRoot(managers_root()) as root:
        yield RootedMachine(root)


def manager(name: str) -> PackageManager:
    found = manager_of(name)
    assert found
    return found


def run(machine: RootedMachine, command: Command | None) -> tuple[int, list[str]]:
    """Run a command as a plan's step is run; return how it ended and its lines."""
    assert command
    with machine.stream(command.argv, command.env) as stream:
        lines = list(stream)
    return stream.returncode, lines


def fetch(machine: RootedMachine, command: Command | None) -> None:
    """Fetch lists or an index; skip the test where the archive itself is being synced."""
    code, lines = run(machine, command)
    if code and any("Mirror sync in progress" in line for line in lines):
        pytest.skip("the archive's files are not those that its Release file names")
    assert code == 0, lines


def refreshed(machine: RootedMachine, name: str) -> PackageManager:
    """Return a manager with its lists and its index fetched, as plans would do it."""
    found = manager(name)
    index = found.index(machine)
    for command in filter(None, (found.refresh(), *(index.commands if index else ()))):
        fetch(machine, command)
    return found


@pytest.mark.parametrize("name", ["dnf", "zypper", "pacman"])
def test_packages_are_installed_once(machine: RootedMachine, name: str) -> None:
    found, package = refreshed(machine, name), DEVELOPMENT[name]
    assert package not in found.installed(machine)
    assert found.versions(machine, [package, "nonesuch"]) == {package: VERSION[name]}
    for _ in range(2):
        assert run(machine, found.install([package]))[0] == 0
    assert package in found.installed(machine)
    assert "weak" not in found.installed(machine)
    assert found.versions(machine, [package]) == {package: VERSION[name]}
    code, lines = run(machine, found.install(["nonesuch", package]))
    assert code != 0
    assert found.waits_for(lines) is None


@pytest.mark.parametrize("name", ["dnf", "zypper", "pacman"])
def test_owners_are_found(machine: RootedMachine, name: str) -> None:
    found = refreshed(machine, name)
    assert found.index(machine) is None
    owners = found.owners(machine, [*LIBXML2, SHARED, *UNMET])
    first = {need: (owners[need][0].package, owners[need][0].sure) for need in owners}
    shared = "libxml2"
    assert first == {**dict.fromkeys(LIBXML2, (DEVELOPMENT[name], True)), SHARED: (shared, True)}


@pytest.mark.parametrize("name", ["dnf", "zypper"])
def test_what_could_be_either_is_not_sure(machine: RootedMachine, name: str) -> None:
    need = Need("header-missing", "jpeglib.h")
    owners = refreshed(machine, name).owners(machine, [need])[need]
    assert [one.package for one in owners] == ["jpeg-a-devel", "jpeg-b-devel", "jpeg-c-devel"]
    assert [one.sure for one in owners] == [True, False, False]


@pytest.mark.parametrize(
    ("name", "means"), [("dnf", "stale"), ("zypper", "stale"), ("pacman", "reason")]
)
def test_a_package_that_the_archive_no_longer_has_is_recognized(
    machine: RootedMachine, name: str, means: str
) -> None:
    found, package = refreshed(machine, name), DEVELOPMENT[name]
    machine.root.check(["sh", "-c", "find /srv -name 'libxml2*' -type f -delete"])
    code, lines = run(machine, found.install([package]))
    assert code != 0
    reading = Knowledge().manager_words.read(name, lines)
    assert reading, "\n".join(lines)
    assert reading.message.means == means, lines


LOCKS = {
    "dnf": "/var/lib/rpm/.rpm.lock",
    "zypper": "/run/zypp.pid",
    "pacman": "/var/lib/pacman/db.lck",
}
_HOLD = """
import fcntl, os, sys, time
file = open(sys.argv[1], "w")
if "rpm" in sys.argv[1]:  # the others go by the file itself
    fcntl.lockf(file, fcntl.LOCK_EX)
file.write(str(os.getpid()))
file.flush()
print("held", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("name", "holder"),
    [
        ("dnf", "/var/lib/rpm/.rpm.lock"),
        ("zypper", r"pid \d+ \(python3\)"),
        ("pacman", "unable to lock database"),
    ],
)
def test_a_held_lock_is_seen(machine: RootedMachine, name: str, holder: str) -> None:
    found = refreshed(machine, name)
    root = str(machine.root.path("/"))
    argv = ["chroot", root, "python3", "-c", _HOLD, LOCKS[name]]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as held:
        assert held.stdout
        assert held.stdout.readline() == "held\n"
        code, lines = run(machine, found.install([DEVELOPMENT[name]]))
        held.kill()
    assert code != 0
    assert re.fullmatch(holder, found.waits_for(lines) or "")


@pytest.mark.parametrize("name", ["dnf", "zypper", "pacman"])
def test_an_interrupt_lets_the_package_manager_finish(machine: RootedMachine, name: str) -> None:
    found = refreshed(machine, name)
    command = found.install([DEVELOPMENT[name]])
    assert command
    with held_back() as interrupts:
        with machine.stream(command.argv, command.env, held=interrupts) as stream:
            lines = iter(stream)
            next(lines)
            os.kill(os.getpid(), signal.SIGINT)
            rest = list(lines)
        assert (interrupts.count, stream.returncode) == (1, 0), rest
    assert DEVELOPMENT[name] in found.installed(machine)
    assert run(machine, found.install([DEVELOPMENT[name]]))[0] == 0  # no lock is left


def test_apt_file_is_fetched_and_asked(machine: RootedMachine) -> None:
    found = manager("apt")
    machine.root.check(["apt-get", "remove", "--yes", "apt-file"])
    machine.root.check(["rm", "-rf", "/var/lib/apt/lists"])
    assert found.owners(machine, [XPATH]) == {}
    fetch(machine, found.refresh())
    index = found.index(machine)
    assert index
    for command in index.commands:
        fetch(machine, command)
    assert found.index(machine) is None
    owners = found.owners(machine, [*DEBIAN, *UNMET])
    assert {
        need: (several[0].package, several[0].sure) for need, several in owners.items()
    } == DEBIAN
    names = [several[0].package for several in owners.values()]
    assert found.versions(machine, names).keys() == set(names)


@pytest.mark.parametrize("name", ["zypper", "pacman", "apt"])
def test_lists_are_fresh_once_fetched(machine: RootedMachine, name: str) -> None:
    found = manager(name)
    machine.root.check(["rm", "-rf", "/var/lib/apt/lists"])
    assert not found.lists_fresh(machine)
    fetch(machine, found.refresh())
    assert found.lists_fresh(machine)


def test_portage_builds_once_whatever_it_is_used_to_ask() -> None:
    found = manager("emerge")
    xml2, ffi, none = "dev-libs/libxml2", "dev-libs/libffi", "dev-libs/nonesuch"
    with BareRoot(gentoo_root()) as root:
        machine = RootedMachine(root)
        assert found.installed(machine) == frozenset()
        versions = found.versions(machine, [xml2, none, ffi])
        assert versions == {xml2: "2.13.5-r1", ffi: "3.4.8"}
        for _ in range(2):
            assert run(machine, found.install([xml2]))[0] == 0
        code, lines = run(machine, found.install([none, ffi]))
        assert code != 0
        assert found.waits_for(lines) is None
        assert found.installed(machine) == {xml2}
        assert not found.lists_fresh(machine)
