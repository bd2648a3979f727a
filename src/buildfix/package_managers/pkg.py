"""FreeBSD's package manager (pkg(8), pkg-rquery(8))."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from buildfix.core import Command, Need
from buildfix.dependency_kinds import KINDS
from buildfix.machines.local import Machine
from buildfix.package_managers.base import Owner, PackageManager
from buildfix.package_managers.file_queries import wanted_by
from buildfix.package_managers.output_parsing import lines_of, words_of
from buildfix.package_managers.ranking import Found, owners_of

_RQUERY = ("pkg", "rquery", "--no-repo-update")


class Pkg(PackageManager):
    """pkg; its catalog contains no files, but the shared libraries that packages provide.

    A package contains everything of a library, for linking and for running.
    """

    name = "pkg"
    privileged = True
    locked = re.compile(r"locked by (another process)")

    def installed(self, machine: Machine) -> frozenset[str]:
        """Return the names of the installed packages."""
        return words_of(machine, ["pkg", "query", "%n"])

    def install(self, packages: Sequence[str]) -> Command:
        """Return `pkg install`, which updates the catalog first."""
        return Command(("pkg", "install", "--yes", "--", *packages))

    def renew(self, *, corrupt: bool) -> tuple[Command, ...]:  # noqa: ARG002
        """Return `pkg update`; with `--force` it ignores dates."""
        return (Command(("pkg", "update", "--force")),)

    def versions(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, str]:
        """Return the versions in the catalog."""
        rows = (line.split() for line in lines_of(machine, [*_RQUERY, "%n %v", *packages]))
        return {row[0]: row[1] for row in rows if len(row) == 2}

    def owners(self, machine: Machine, needs: Sequence[Need]) -> Mapping[Need, tuple[Owner, ...]]:
        """Return the packages that provide the needed libraries."""
        asked = {need: one for need, one in wanted_by(needs).items() if KINDS[need.kind].is_library}
        if not asked:
            return {}
        return owners_of(asked, _provided(lines_of(machine, [*_RQUERY, "--all", "%n %b"])))


def _provided(lines: Iterable[str]) -> Iterator[Found]:
    """Yield packages and their libraries, which are in /usr/local/lib with and without a number."""
    for line in lines:
        package, _, name = line.partition(" ")
        path = f"/usr/local/lib/{name}"
        yield package, path
        yield package, re.sub(r"(?<=\.so)\..*$", "", path)
