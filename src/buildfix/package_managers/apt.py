"""Debian's and Ubuntu's package manager (apt-get(8), dpkg-query(1), apt-file(1))."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from buildfix.core import Command, Need, Transaction
from buildfix.machines.local import Machine
from buildfix.package_managers.base import AnsibleModule, IndexFetch, Owner, Remover
from buildfix.package_managers.file_queries import regex, wanted_by
from buildfix.package_managers.output_parsing import DAY, entries, fresh, lines_of, text_if_done
from buildfix.package_managers.ranking import owners_of
from buildfix.package_managers.transactions import from_apt

_GOES = re.compile(r"(?:Purg|Remv) (?P<package>[^\s:]+)")
_LIBRARY = re.compile(r"(?:/usr)?/lib(?:/[\w-]+)?/(?P<name>[^/]+)")
"""A file in a folder where the loader looks."""
_COMES = re.compile(r"Inst ")
_LOCK = re.compile(
    r"Could not get lock (?:\S+ It is held by (.*?)|(\S+?)\.?)(?: - |$)"
    r"|dpkg \w[\w ]* (?:lock was|is) locked by (another process(?: with pid \d+)?)"
)
"""What apt-get says, and dpkg itself (dpkg's lib/dpkg/dbmodify.c)."""

_WITHOUT_CACHE = ("-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache=")
"""As root, apt would write its caches even where it changes nothing else."""


_KEEP_SETTINGS = ("--force-confdef", "--force-confold")
"""Keep the existing version of a configuration file that was edited (dpkg(1))."""
_QUIETLY = (
    *("-o", "Dpkg::Use-Pty=0"),
    *(word for one in _KEEP_SETTINGS for word in ("-o", f"Dpkg::Options::={one}")),
)
"""dpkg gets no terminal, whose settings apt would change, and does not ask (apt.conf(5))."""


def _only_asked(how: str, command: Command) -> tuple[str, ...]:
    """Return a command of apt-get that only says what it would do."""
    at = command.argv.index("--")
    return ("apt-get", how, *command.argv[1:at], *_WITHOUT_CACHE, *command.argv[at:])


class Apt(Remover):
    """apt-get for changes, dpkg for what is installed, apt-file for who owns a file."""

    name = "apt"
    privileged = True
    locked = _LOCK
    ansible: AnsibleModule | None = AnsibleModule(
        "ansible.builtin.apt",
        {"install_recommends": False, "update_cache": True, "cache_valid_time": 3600},
    )
    ansible_pip_needs = "python3-packaging"
    tidy = "rm -rf /var/lib/apt/lists/*"
    prefix = ""
    """The prefix of Debian's own paths."""
    env = (
        ("DEBIAN_FRONTEND", "noninteractive"),
        # Keeps apt's hooks from asking questions and from restarting services: ucf(1),
        # apt-listchanges(1), needrestart(1).
        ("UCF_FORCE_CONFFOLD", "1"),
        ("APT_LISTCHANGES_FRONTEND", "none"),
        ("NEEDRESTART_SUSPEND", "1"),
    )
    quietly = _QUIETLY
    """Options for everything that installs or removes."""

    def installed(self, machine: Machine) -> frozenset[str]:
        """Return the names of the installed packages, without their architecture."""
        return frozenset(name for status, name in _states(machine) if status in "it")

    def unfinished(self, machine: Machine) -> frozenset[str]:
        """Return the packages that are half installed, unpacked or half configured (dpkg(1))."""
        return frozenset(name for status, name in _states(machine) if status in "HUFW")

    def on_hold(self, machine: Machine) -> frozenset[str]:
        """Return the packages that apt-mark(8) holds."""
        return frozenset(lines_of(machine, ["apt-mark", "showhold"]))

    def lists_fresh(self, machine: Machine) -> bool:
        """Return whether there are lists no older than a day."""
        there = any("Packages" in name for name in entries(machine, self._lists))
        return there and fresh(machine, self._lists, DAY)

    def refresh(self) -> Command:
        """Return `apt-get update`."""
        return Command(("apt-get", "update"), self.env)

    def install(self, packages: Sequence[str]) -> Command:
        """Return `apt-get install` without recommended packages."""
        words = ("install", "--yes", "--no-install-recommends", *self.quietly)
        return Command(("apt-get", *words, "--", *packages), self.env)

    def transaction(self, machine: Machine, packages: Sequence[str]) -> Transaction | None:
        """Return what `apt-get --print-uris` says, which needs no root."""
        printed = text_if_done(machine, _only_asked("--print-uris", self.install(packages)))
        return from_apt(printed) if printed else None

    def typed(self, packages: Sequence[str]) -> tuple[str, ...]:
        """Return `apt-get install` without the options that only scripts need."""
        return ("apt-get", "install", *packages)

    def renew(self, *, corrupt: bool) -> tuple[Command, ...]:
        """Return `apt-get update`; it does not repair corrupt lists if the archive is unchanged."""
        away = Command(("rm", "-rf", "--", self._lists))
        return (away, self.refresh()) if corrupt else (self.refresh(),)

    def interrupted(self, machine: Machine) -> bool:
        """Return whether dpkg's journal is not empty, which is also how apt-get checks it.

        Source: apt's apt-pkg/deb/debsystem.cc, CheckUpdates.
        """
        journal = f"{self.prefix}/var/lib/dpkg/updates"
        return any(name.isdigit() for name in entries(machine, journal))

    def resume(self) -> Command:
        """Return `dpkg --configure -a`, which apt-get asks for.

        It keeps existing configuration files instead of asking.
        """
        return Command(("dpkg", *_KEEP_SETTINGS, "--configure", "-a"), self.env)

    def versions(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, str]:
        """Return the candidate versions from apt-cache(8) policy."""
        found: dict[str, str] = {}
        name = ""
        for line in lines_of(machine, ["apt-cache", "policy", "--", *packages]):
            if not line.startswith(" "):
                name = line.rstrip(":")
            key, _, version = line.strip().partition(": ")
            if key == "Candidate" and version != "(none)":
                found[name] = version
        return found

    def packages_of(self, machine: Machine, libraries: Sequence[str]) -> Mapping[str, str]:
        """Return the packages with the libraries in the loader's folders (dpkg-query(1))."""
        if not libraries:
            return {}
        patterns = [f"*/{name}" for name in libraries if "/" not in name]
        owners: dict[str, str] = {}
        for line in lines_of(machine, ["dpkg-query", "--search", "--", *patterns]):
            package, _, path = line.rpartition(": ")
            match = _LIBRARY.fullmatch(path.removeprefix(self.prefix))
            if match and match["name"] in libraries:
                owners.setdefault(match["name"], package.partition(",")[0].partition(":")[0])
        form = "${Package} ${Version}\n"
        argv = ["dpkg-query", "--show", "--showformat", form, "--", *set(owners.values())]
        versions = dict(line.split() for line in lines_of(machine, argv)) if owners else {}
        return {
            name: f"{package} {versions[package]}"
            for name, package in owners.items()
            if package in versions
        }

    def index(self, machine: Machine) -> IndexFetch | None:
        """Return how to get apt-file and the archive's Contents."""
        program = machine.which("apt-file") is not None
        if program and any("Contents" in name for name in entries(machine, self._lists)):
            return None
        fetch = Command(("apt-file", "update"), self.env)
        return IndexFetch(
            (fetch,) if program else (self.install(["apt-file"]), fetch),
            # trixie's main, seen on 2026-11-21: 38 MB for all + 13 MB for amd64.
            "apt-file's file index of the archive, about 50 MB",
            () if program else ("apt-file",),
        )

    def owners(self, machine: Machine, needs: Sequence[Need]) -> Mapping[Need, tuple[Owner, ...]]:
        """Return the packages whose files meet the needs; a search takes about five seconds."""
        asked = wanted_by(needs)
        if not asked or machine.which("apt-file") is None:
            return {}
        pattern = f"{regex(asked.values())}$"
        lines = lines_of(machine, ["apt-file", "search", "--regexp", "--", pattern])
        rows = (line.partition(": ") for line in lines)
        prefix = self.prefix
        return owners_of(asked, ((package, path.removeprefix(prefix)) for package, _, path in rows))

    def present(self, machine: Machine) -> frozenset[str]:
        """Return all packages that dpkg knows in any state."""
        return frozenset(name for status, name in _states(machine) if status != "n")

    def files(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Return the files of each package, as dpkg lists them."""
        return {
            name: frozenset(lines_of(machine, ["dpkg-query", "--listfiles", "--", name]))
            for name in packages
        }

    def needed_by(self, machine: Machine, packages: Sequence[str]) -> frozenset[str]:
        """Return the packages and their installed dependencies, including providers."""
        if not packages:
            return frozenset()
        argv = ["apt-cache", "depends", "--recurse", "--installed", "--important", "--", *packages]
        lines = lines_of(machine, argv)
        names = (line.strip(" |") for line in lines if not line.startswith(" "))
        providers = (line.strip() for line in lines if line.startswith("    "))
        return frozenset(name.partition(":")[0] for name in (*names, *providers) if name[:1] != "<")

    def would_go(self, machine: Machine, packages: Sequence[str]) -> frozenset[str] | None:
        """Return what apt's simulation removes; None if it would install anything."""
        printed = text_if_done(machine, _only_asked("--simulate", self.remove(packages)))
        if printed is None or any(map(_COMES.match, printed.splitlines())):
            return None
        matches = map(_GOES.match, printed.splitlines())
        return frozenset(match["package"] for match in matches if match)

    def hold(self, machine: Machine, packages: Sequence[str]) -> Command | None:  # noqa: ARG002
        """Return `apt-mark manual`."""
        return Command(("apt-mark", "manual", "--", *packages))

    def remove(self, packages: Sequence[str]) -> Command:
        """Return `apt-get purge` without automatic removal."""
        exactly = ("--option", "APT::Get::AutomaticRemove=false")
        words = ("purge", "--yes", *self.quietly, *exactly)
        return Command(("apt-get", *words, "--", *packages), self.env)

    @property
    def _lists(self) -> str:
        return f"{self.prefix}/var/lib/apt/lists"


def _states(machine: Machine) -> Iterator[tuple[str, str]]:
    """Yield the letter of each package's state in dpkg-query(1)'s Status-Abbrev, and its name."""
    argv = ["dpkg-query", "--show", "--showformat", "${db:Status-Abbrev} ${Package}\n"]
    for line in lines_of(machine, argv):
        status, _, name = line.rpartition(" ")
        if len(status) > 1:
            yield status[1], name
