"""Taking away what a run installed, by the managers of which it is sure how they do that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from buildfix.core import Command
from buildfix.machines.local import Machine
from buildfix.package_managers.apt import Apt
from buildfix.package_managers.base import PackageManager
from buildfix.package_managers.dnf import Dnf
from buildfix.package_managers.output_parsing import lines_of, text_if_done, text_of, words_of
from buildfix.package_managers.pacman import Pacman
from buildfix.package_managers.termux import Termux
from buildfix.package_managers.zypper import Zypper

_GOES = re.compile(r"(?:Purg|Remv) (?P<package>[^\s:]+)")
_COMES = re.compile(r"Inst ")


class Remover(Protocol):
    """How a manager takes packages away. Names are its own, without versions."""

    def present(self, machine: Machine) -> frozenset[str]:
        """Return the packages that are there, those of which only settings are left among them."""
        ...

    def files(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Return the files of each package, as absolute paths."""
        ...

    def needed_by(self, machine: Machine, packages: Sequence[str]) -> frozenset[str]:
        """Return the packages with all that they need of what is installed."""
        ...

    def would_go(self, machine: Machine, packages: Sequence[str]) -> frozenset[str] | None:
        """Return what would go if these did, None where the manager refuses; changes nothing."""
        ...

    def hold(self, machine: Machine, packages: Sequence[str]) -> Command | None:
        """Return the command by which packages count as wanted, as a person's own do.

        Else the manager's next cleaning would take them. None where it cleans nothing by itself.
        """
        ...

    def remove(self, packages: Sequence[str]) -> Command:
        """Return the command that takes exactly these away, asking nothing."""
        ...


def remover_of(manager: PackageManager) -> Remover | None:
    """Return how a manager takes packages away, None where buildfix is not sure of that."""
    if isinstance(manager, Apt) and not isinstance(manager, Termux):
        return _Debian(manager)
    if isinstance(manager, Dnf | Zypper):
        return _Rpm(manager)
    return _Pacman() if isinstance(manager, Pacman) else None


class _Debian:
    """apt-get(8), apt-cache(8), apt-mark(8), dpkg-query(1)."""

    def __init__(self, apt: Apt):
        self._apt = apt

    def present(self, machine: Machine) -> frozenset[str]:
        argv = ["dpkg-query", "--show", "--showformat", "${db:Status-Abbrev} ${Package}\n"]
        rows = (line.split() for line in lines_of(machine, argv))
        return frozenset(row[-1] for row in rows if len(row) == 2 and row[0][1:2] not in ("n", ""))

    def files(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, frozenset[str]]:
        return {
            name: frozenset(lines_of(machine, ["dpkg-query", "--listfiles", "--", name]))
            for name in packages
        }

    def needed_by(self, machine: Machine, packages: Sequence[str]) -> frozenset[str]:
        if not packages:
            return frozenset()
        argv = ["apt-cache", "depends", "--recurse", "--installed", "--important", "--", *packages]
        lines = lines_of(machine, argv)
        names = (line.strip(" |") for line in lines if not line.startswith(" "))
        providers = (line.strip() for line in lines if line.startswith("    "))
        return frozenset(name.partition(":")[0] for name in (*names, *providers) if name[:1] != "<")

    def would_go(self, machine: Machine, packages: Sequence[str]) -> frozenset[str] | None:
        argv = ("apt-get", "--simulate", *self._remove(packages)[1:])
        told = text_if_done(machine, argv)
        if told is None or any(map(_COMES.match, told.splitlines())):
            return None
        matches = map(_GOES.match, told.splitlines())
        return frozenset(match["package"] for match in matches if match)

    def hold(self, machine: Machine, packages: Sequence[str]) -> Command | None:  # noqa: ARG002
        return Command(("apt-mark", "manual", "--", *packages))

    def remove(self, packages: Sequence[str]) -> Command:
        return Command(self._remove(packages), self._apt.env)

    def _remove(self, packages: Sequence[str]) -> tuple[str, ...]:
        exactly = ("--option", "APT::Get::AutomaticRemove=false")
        return ("apt-get", "purge", "--yes", *self._apt.quietly, *exactly, "--", *packages)


class _Rpm:
    """rpm(8) for what there is and what would break; dnf(8), yum(8), zypper(8) for the rest."""

    def __init__(self, manager: Dnf | Zypper):
        self._manager = manager

    def present(self, machine: Machine) -> frozenset[str]:
        return words_of(machine, ["rpm", "-qa", "--queryformat", "%{NAME}\\n"])

    def files(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, frozenset[str]]:
        return {name: frozenset(lines_of(machine, ["rpm", "-ql", name])) for name in packages}

    def needed_by(self, machine: Machine, packages: Sequence[str]) -> frozenset[str]:
        found, pending = frozenset(packages), sorted(packages)
        while pending:
            asked = dict.fromkeys(lines_of(machine, ["rpm", "-q", "--requires", *pending]))
            names = [line.split()[0] for line in asked if line and line[0] != "("]
            argv = ["rpm", "-q", "--whatprovides", "--queryformat", "%{NAME}\\n", *names]
            new = frozenset(line for line in lines_of(machine, argv) if " " not in line) - found
            found, pending = found | new, sorted(new)
        return found

    def would_go(self, machine: Machine, packages: Sequence[str]) -> frozenset[str] | None:
        refused = text_if_done(machine, ["rpm", "--erase", "--test", *packages]) is None
        return None if refused else frozenset(packages)

    def hold(self, machine: Machine, packages: Sequence[str]) -> Command | None:
        if self._manager.name != "dnf":
            return None
        newer = "dnf5" in text_of(machine, ["dnf", "--version"])
        return Command(("dnf", "mark", "user" if newer else "install", *packages))

    def remove(self, packages: Sequence[str]) -> Command:
        if isinstance(self._manager, Zypper):
            return Command(
                ("zypper", "--non-interactive", "remove", "--no-clean-deps", "--", *packages)
            )
        exactly = "--setopt=clean_requirements_on_remove=False"
        return Command((self._manager.program, "remove", "--assumeyes", exactly, "--", *packages))


class _Pacman:
    """pacman(8); it leaves by itself what others need (`--unneeded`)."""

    def present(self, machine: Machine) -> frozenset[str]:
        return words_of(machine, ["pacman", "--query", "--quiet"])

    def files(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, frozenset[str]]:
        files: dict[str, set[str]] = {}
        lines = lines_of(machine, ["pacman", "--query", "--list", "--", *packages])
        for name, _, path in (line.partition(" ") for line in lines):
            files.setdefault(name, set()).add(path)
        return {name: frozenset(paths) for name, paths in files.items()}

    def needed_by(self, machine: Machine, packages: Sequence[str]) -> frozenset[str]:  # noqa: ARG002
        return frozenset(packages)

    def would_go(self, machine: Machine, packages: Sequence[str]) -> frozenset[str] | None:
        argv = ["pacman", "--remove", "--unneeded", "--print", "--print-format", "%n"]
        told = text_if_done(machine, [*argv, "--", *packages])
        return None if told is None else frozenset(told.split())

    def hold(self, machine: Machine, packages: Sequence[str]) -> Command | None:  # noqa: ARG002
        return Command(("pacman", "--database", "--asexplicit", "--", *packages))

    def remove(self, packages: Sequence[str]) -> Command:
        return Command(("pacman", "--remove", "--unneeded", "--noconfirm", "--", *packages))


def owning(
    files: Mapping[str, Iterable[str]], libraries: Iterable[str], program: str
) -> frozenset[str]:
    """Return the packages that have a file named as one of these libraries, or the program.

    In whatever folder: a library's link in one and its file in another, alternatives, folders that
    are links (`/lib` to `/usr/lib`) all come to the same name. `program` is a path.
    """
    wanted, ending = frozenset(libraries), f"/bin/{program.rpartition('/')[2]}"
    return frozenset(
        package
        for package, paths in files.items()
        if any(path.rpartition("/")[2] in wanted or path.endswith(ending) for path in paths)
    )
