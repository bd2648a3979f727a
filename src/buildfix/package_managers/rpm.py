"""What rpm(8) itself can answer, for every manager of rpm packages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from buildfix.machines.local import Machine
from buildfix.package_managers.base import Remover
from buildfix.package_managers.output_parsing import lines_of, text_if_done, words_of


class Rpm(Remover):
    """rpm for what is installed and what a removal would break."""

    privileged = True

    def installed(self, machine: Machine) -> frozenset[str]:
        """Return the names of the installed packages and the names that they provide.

        Without the files and interfaces that they provide: `libz.so.1()(64bit)`, `pkgconfig(zlib)`.
        """
        names = lines_of(machine, ["rpm", "-qa", "--queryformat", "%{NAME}\\n[%{PROVIDENAME}\\n]"])
        return frozenset(name for name in names if name and not {"(", "/"} & set(name))

    def present(self, machine: Machine) -> frozenset[str]:
        """Return only the names of the installed packages."""
        return words_of(machine, ["rpm", "-qa", "--queryformat", "%{NAME}\\n"])

    def packages_of(self, machine: Machine, libraries: Sequence[str]) -> Mapping[str, str]:
        """Return the packages that provide the libraries, by what rpm notes of each file."""
        found: dict[str, str] = {}
        for name in libraries:
            argv = [
                "rpm",
                "-q",
                "--whatprovides",
                "--queryformat",
                "%{NAME} %{VERSION}-%{RELEASE}\\n",
            ]
            for line in (text_if_done(machine, [*argv, f"{name}()(64bit)"]) or "").splitlines():
                found.setdefault(name, line)
        return found

    def files(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Return the files of each package, as rpm lists them."""
        return {name: frozenset(lines_of(machine, ["rpm", "-ql", name])) for name in packages}

    def needed_by(self, machine: Machine, packages: Sequence[str]) -> frozenset[str]:
        """Return the packages and, recursively, what provides their requirements."""
        found, pending = frozenset(packages), sorted(packages)
        while pending:
            asked = dict.fromkeys(lines_of(machine, ["rpm", "-q", "--requires", *pending]))
            names = [line.split()[0] for line in asked if line and line[0] != "("]
            argv = ["rpm", "-q", "--whatprovides", "--queryformat", "%{NAME}\\n", *names]
            new = frozenset(line for line in lines_of(machine, argv) if " " not in line) - found
            found, pending = found | new, sorted(new)
        return found

    def would_go(self, machine: Machine, packages: Sequence[str]) -> frozenset[str] | None:
        """Return the packages themselves; None if another package needs them."""
        refused = text_if_done(machine, ["rpm", "--erase", "--test", *packages]) is None
        return None if refused else frozenset(packages)
