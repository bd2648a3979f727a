"""Alpine's package manager, apk-tools 2 and 3 (apk(8))."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from buildfix.core import Command, Need
from buildfix.dependency_kinds import KINDS, Wanted
from buildfix.machines.local import Machine
from buildfix.package_managers.base import AnsibleModule, Owner, PackageManager
from buildfix.package_managers.file_queries import wanted_by
from buildfix.package_managers.output_parsing import DAY, entries, fresh, lines_of, words_of

_LISTS = ("/etc/apk/cache", "/var/cache/apk")
_PACKAGE = re.compile(r"(?P<name>\S+?)-(?P<version>\d[^-\s]*-r\d+)")


class Apk(PackageManager):
    """apk; its lists contain no files, but pkg-config modules, commands and shared libraries."""

    name = "apk"
    privileged = True
    locked = re.compile("Unable to lock database")
    ansible = AnsibleModule("community.general.apk", {"update_cache": True})

    def installed(self, machine: Machine) -> frozenset[str]:
        """Return the names of the installed packages."""
        return words_of(machine, ["apk", "info"])

    def lists_fresh(self, machine: Machine) -> bool:
        """Return whether there are lists no older than a day."""
        return any(
            any("APKINDEX" in name for name in entries(machine, folder))
            and fresh(machine, folder, DAY)
            for folder in _LISTS
        )

    def refresh(self) -> Command:
        """Return `apk update`."""
        return Command(("apk", "update"))

    def install(self, packages: Sequence[str]) -> Command:
        """Return `apk add`, which asks nothing and has no recommended packages."""
        return Command(("apk", "add", "--", *packages))

    def versions(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, str]:
        """Return the newest version of each package."""
        return {name: version for name, version in _found(machine, packages) if name in packages}

    def owners(self, machine: Machine, needs: Sequence[Need]) -> Mapping[Need, tuple[Owner, ...]]:
        """Return the packages that provide each need.

        A search does not say which name it matched, so each need is searched for separately.
        """
        found = ((need, _owners(machine, one)) for need, one in wanted_by(needs).items())
        return {need: owners for need, owners in found if owners}


def _owners(machine: Machine, one: Wanted) -> tuple[Owner, ...]:
    name = _provided_name(one)
    if name is None:
        return ()
    packages = dict(_found(machine, [name]))
    if one.kind == "library-missing":
        # abuild puts the link that the linker needs into the -dev package (abuild(1), default_dev).
        origins = dict(_found(machine, [name], "--origin"))
        packages = dict(_found(machine, [f"{each}-dev" for each in (*packages, *origins)]))
    return tuple(
        Owner(package, name, sure=len(packages) == 1)
        for package in sorted(packages, key=lambda each: (len(each), each))
    )


def _provided_name(one: Wanted) -> str | None:
    """Return the name under which packages provide it."""
    for name in KINDS[one.kind].apk_names:
        return name.format(one.name)
    if KINDS[one.kind].is_library:
        return f"so:{one.endings[0].lstrip('/')}{'.*' if one.numbered else ''}"
    return None


def _found(machine: Machine, names: Sequence[str], *options: str) -> Iterator[tuple[str, str]]:
    """Yield packages that have or provide one of these names, with their versions."""
    if not names:
        return
    argv = ["apk", "search", "--exact", *options, "--", *names]
    for line in lines_of(machine, argv):
        if match := _PACKAGE.fullmatch(line.strip()):
            yield match["name"], match["version"]
