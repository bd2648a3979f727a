"""Fedora's package manager, dnf 4 and 5 (dnf(8), dnf5(8))."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from buildfix.core import Command, Need, Transaction
from buildfix.machines.local import Machine
from buildfix.package_managers.base import AnsibleModule, Owner
from buildfix.package_managers.file_queries import wanted_by
from buildfix.package_managers.output_parsing import lines_of, records, text_of
from buildfix.package_managers.ranking import Found, owners_of
from buildfix.package_managers.rpm import Rpm
from buildfix.package_managers.transactions import from_dnf

_HEADING = re.compile(r"(?:\d+:)?(?P<name>\S+)-[^-\s]+-[^-\s]+ : ")
_FILE = re.compile(r"Filename\s*: (?P<path>/.*)")
_LOCK = re.compile(
    r"(another copy is running as pid \d+)"  # yum
    r"|Waiting for (process with pid \d+) to finish"  # dnf 4
    r"|(Another transaction is in progress)"  # dnf 5
    r"|transaction lock on (\S+)"  # rpm
)


class Dnf(Rpm):
    """dnf; it fetches its lists itself (`metadata_expire`), the file lists with `provides`."""

    name = "dnf"
    program = "dnf"
    locked = _LOCK
    ansible: AnsibleModule | None = AnsibleModule(
        "ansible.builtin.dnf", {"install_weak_deps": False, "update_cache": True}
    )
    ansible_pip_needs = "python3-packaging"
    tidy = "dnf clean all"
    strictly = "--setopt=install_weak_deps=False"
    """The option for an installation without weak dependencies."""

    def install(self, packages: Sequence[str]) -> Command:
        """Return `dnf install` without weak dependencies."""
        return Command((self.program, "install", "--assumeyes", self.strictly, "--", *packages))

    def typed(self, packages: Sequence[str]) -> tuple[str, ...]:
        """Return the install without the options that only scripts need."""
        return (self.program, "install", *packages)

    def transaction(self, machine: Machine, packages: Sequence[str]) -> Transaction | None:
        """Return what dnf says before it asks; it only reads the lists that are there."""
        words = ("install", "--assumeno", "--cacheonly", self.strictly)
        return from_dnf(text_of(machine, [self.program, *words, "--", *packages]))

    def renew(self, *, corrupt: bool) -> tuple[Command, ...]:  # noqa: ARG002
        """Return the commands that remove the lists; the next installation fetches them."""
        return (Command((self.program, "clean", "metadata")),)

    def versions(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, str]:
        """Return versions with their releases; if several are listed, the last one is available."""
        argv = [self.program, "--quiet", "info", "--", *packages]
        return {
            one["Name"]: f"{one['Version']}-{one['Release']}"
            for one in records(lines_of(machine, argv))
            if {"Version", "Release"} <= one.keys()
        }

    def owners(self, machine: Machine, needs: Sequence[Need]) -> Mapping[Need, tuple[Owner, ...]]:
        """Return the packages whose files meet the needs."""
        return file_owners(machine, [self.program], needs)

    def hold(self, machine: Machine, packages: Sequence[str]) -> Command | None:
        """Return `dnf mark`, whose arguments differ between dnf 4 and 5."""
        newer = "dnf5" in text_of(machine, ["dnf", "--version"])
        return Command(("dnf", "mark", "user" if newer else "install", *packages))

    def remove(self, packages: Sequence[str]) -> Command:
        """Return `dnf remove` without automatic removal."""
        exactly = "--setopt=clean_requirements_on_remove=False"
        return Command((self.program, "remove", "--assumeyes", exactly, "--", *packages))


def file_owners(
    machine: Machine, dnf: Sequence[str], needs: Sequence[Need]
) -> dict[Need, tuple[Owner, ...]]:
    """Return the packages whose files meet the needs, from `dnf provides`."""
    asked = wanted_by(needs)
    if not asked:
        return {}
    globs = dict.fromkeys(glob for one in asked.values() for glob in one.globs)
    return owners_of(asked, _provided(lines_of(machine, [*dnf, "--quiet", "provides", *globs])))


def _provided(lines: Iterable[str]) -> Iterator[Found]:
    """Yield packages and their files, once for each architecture and repository."""
    package = ""
    for line in lines:
        if match := _HEADING.match(line):
            package = match["name"]
        elif (match := _FILE.match(line)) and package:
            yield package, match["path"].strip()
