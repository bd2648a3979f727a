"""openSUSE's and SLES' package manager (zypper(8))."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from buildfix.core import Command, Need, Transaction
from buildfix.dependency_kinds import KINDS
from buildfix.machines.local import Machine
from buildfix.package_managers.base import AnsibleModule, IndexFetch, Owner
from buildfix.package_managers.dnf import file_owners
from buildfix.package_managers.file_queries import wanted_by
from buildfix.package_managers.output_parsing import DAY, entries, fresh, lines_of, records, text_of
from buildfix.package_managers.ranking import Found
from buildfix.package_managers.rpm import Rpm
from buildfix.package_managers.transactions import from_zypper

_ZYPPER = ("zypper", "--quiet", "--non-interactive")
_SOLV = "/var/cache/zypp/solv"
# zypper reads no lists of files (libzypp.changes: "don't download filelists.xml.gz"); dnf does.
_DNF = ("dnf", "--setopt=reposdir=/etc/zypp/repos.d")
_LOCK = re.compile(r"locked by the application with (pid \d+ \(.*?\))")
_PACKAGE = re.compile(r"\S* *\| (?P<name>\S+) +\| package ")
_MATCH = re.compile(r" +(?:provides|filelist): (?P<what>\S+)")


class Zypper(Rpm):
    """zypper; for files that its own lists do not have, dnf on the same repositories."""

    name = "zypper"
    locked = _LOCK
    ansible = AnsibleModule(
        "community.general.zypper", {"disable_recommends": True, "update_cache": True}
    )
    tidy = "zypper clean --all"

    def lists_fresh(self, machine: Machine) -> bool:
        """Return whether there are lists of a repository no older than a day."""
        there = any(name != "@System" for name in entries(machine, _SOLV))
        return there and fresh(machine, _SOLV, DAY)

    def refresh(self) -> Command:
        """Return `zypper refresh`."""
        return Command(("zypper", "--non-interactive", "refresh"))

    def install(self, packages: Sequence[str]) -> Command:
        """Return `zypper install` without recommended packages."""
        quietly = ("--no-recommends", "--auto-agree-with-licenses")
        return Command(("zypper", "--non-interactive", "install", *quietly, "--", *packages))

    def typed(self, packages: Sequence[str]) -> tuple[str, ...]:
        """Return the install without the options that only scripts need."""
        return ("zypper", "install", *packages)

    def transaction(self, machine: Machine, packages: Sequence[str]) -> Transaction | None:
        """Return what `zypper install --dry-run` says."""
        before = ("zypper", "--non-interactive", "--no-refresh")
        argv = [*before, "install", "--dry-run", "--no-recommends", "--", *packages]
        return from_zypper(text_of(machine, argv))

    def renew(self, *, corrupt: bool) -> tuple[Command, ...]:
        """Return `zypper refresh --force`, which heeds no date."""
        away = Command(("zypper", "--non-interactive", "clean", "--metadata"))
        again = Command(("zypper", "--non-interactive", "refresh", "--force"))
        return (away, again) if corrupt else (again,)

    def versions(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, str]:
        """Return the versions that `zypper info` prints."""
        found = records(lines_of(machine, [*_ZYPPER, "info", "--", *packages]))
        return {one["Name"]: one["Version"] for one in found if "Version" in one}

    def index(self, machine: Machine) -> IndexFetch | None:
        """Return how to get dnf, which reads the repositories' lists of files.

        libdnf-repo-config-zypp is what keeps it from bringing repositories of its own.
        """
        if machine.which("dnf"):
            return None
        packages = ("dnf", "libdnf-repo-config-zypp")
        return IndexFetch(
            (self.install(packages),),
            "dnf, because zypper's own lists contain no headers or libraries; it fetches the "
            "repositories' file lists, tens of megabytes",
            packages,
        )

    def owners(self, machine: Machine, needs: Sequence[Need]) -> Mapping[Need, tuple[Owner, ...]]:
        """Return who provides what is needed, by its name or by a file."""
        named = self._providers(machine, needs)
        rest = [need for need in needs if need not in named]
        return {**named, **file_owners(machine, _DNF, rest)}

    def hold(self, machine: Machine, packages: Sequence[str]) -> None:
        """Return None: zypper removes nothing automatically."""

    def remove(self, packages: Sequence[str]) -> Command:
        """Return `zypper remove` without automatic removal."""
        words = ("zypper", "--non-interactive", "remove", "--no-clean-deps")
        return Command((*words, "--", *packages))

    def _providers(self, machine: Machine, needs: Sequence[Need]) -> dict[Need, tuple[Owner, ...]]:
        names = {need: _names(need) for need in wanted_by(needs)}
        if not any(names.values()):
            return {}
        search = ("search", "--verbose", "--provides", "--file-list", "--match-exact")
        every = dict.fromkeys(name for several in names.values() for name in several)
        lines = lines_of(machine, [*_ZYPPER, *search, "--type", "package", "--", *every])
        found = list(dict.fromkeys(_provided(lines)))
        by_need = {
            need: [(package, what) for package, what in found if what in several]
            for need, several in names.items()
        }
        return {need: _owners(hits) for need, hits in by_need.items() if hits}


def _names(need: Need) -> tuple[str, ...]:
    """Return what zypper's lists have it under: names that rpmbuild gives, and programs' paths."""
    names = KINDS[need.kind].rpm_names if need.kind in KINDS else ()
    return tuple(name.format(need.subject) for name in names)


def _owners(hits: Iterable[Found]) -> tuple[Owner, ...]:
    several = dict(sorted(hits, key=lambda hit: (len(hit[0]), hit[0])))
    return tuple(Owner(name, what, sure=len(several) == 1) for name, what in several.items())


def _provided(lines: Iterable[str]) -> Iterator[Found]:
    """Yield packages and what of them was found, but not those for another architecture."""
    package = ""
    for line in lines:
        if match := _PACKAGE.match(line):
            package = match["name"]
        elif (match := _MATCH.match(line)) and not package.endswith("-32bit"):
            yield package, match["what"]
