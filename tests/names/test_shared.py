"""No name stands for a capability that it does not hold, as far as other systems show."""

from __future__ import annotations

from tests.names.shared import packages_of_systems, reviewed, shared


def test_capabilities_that_share_packages_on_some_systems_only_are_reviewed() -> None:
    assert sorted(shared(packages_of_systems()) - set(reviewed())) == []


def test_every_reviewed_pair_still_shares_its_packages() -> None:
    assert sorted(set(reviewed()) - shared(packages_of_systems())) == []


def test_a_name_that_stands_for_less_than_the_capability_is_found() -> None:
    systems = {
        "one": {"dep:a": frozenset({"liba"}), "dep:b": frozenset({"liba-util"})},
        "two": {"dep:a": frozenset({"a"}), "dep:b": frozenset({"a"})},
    }
    assert shared(systems) == {(("dep:a", "dep:b"), "two")}
