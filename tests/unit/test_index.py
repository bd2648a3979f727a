"""The package lists of this machine: nothing is asked of them twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from buildfix.core import Need
from buildfix.machines.local import LocalMachine, Machine
from buildfix.package_managers import IndexFetch, Owner, PackageManager
from buildfix.platforms.package_lists import SystemIndex

HELD = Need("header-missing", "held.h")
ODD = Need("header-missing", "odd.h")
OWNER = Owner("libheld-dev", "/usr/include/held.h", sure=True)


class Counting:
    """A manager that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    def versions(self, _: Machine, packages: Sequence[str]) -> Mapping[str, str]:
        self.asked.append(tuple(packages))
        return {name: "1" for name in packages if name != "gone"}

    def owners(self, _: Machine, needs: Sequence[Need]) -> Mapping[Need, tuple[Owner, ...]]:
        self.asked.append(tuple(needs))
        return {need: (OWNER,) for need in needs if need == HELD}

    def index(self, _: Machine) -> IndexFetch | None:
        self.asked.append(("index",))
        return None


def test_package_facts_are_asked_for_once() -> None:
    manager = Counting()
    index = SystemIndex(cast("PackageManager", manager), LocalMachine())
    assert index.versions(["a", "gone"]) == {"a": "1"}
    assert index.versions(["gone", "b"]) == {"b": "1"}
    assert index.owners([HELD, ODD]) == {HELD: (OWNER,)}
    assert index.owners([ODD, HELD]) == {HELD: (OWNER,)}
    assert (index.fetch(), index.fetch()) == (None, None)
    assert manager.asked == [("a", "gone"), ("b",), (HELD, ODD), ("index",)]
