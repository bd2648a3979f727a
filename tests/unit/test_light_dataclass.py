"""Light dataclasses are dataclasses like any other."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, asdict, field, fields, is_dataclass, replace
from functools import cached_property
from typing import Any

import pytest

from buildfix.core.light_dataclass import dataclass


@dataclass(frozen=True)
class Point:
    """A class of the kinds that buildfix has: frozen, with defaults."""

    x: int
    y: int = 2
    names: dict[str, str] = field(default_factory=dict)

    @property
    def sum(self) -> int:
        return self.x + self.y


@dataclass(frozen=True)
class Point3(Point):
    z: int = 3

    @cached_property
    def label(self) -> str:
        return f"{self.x}{self.y}{self.z}"


@dataclass(eq=False)
class Node:
    name: str


@dataclass
class Checked:
    name: str

    def __post_init__(self) -> None:
        self.name = self.name.strip()

    def __repr__(self) -> str:
        return "mine"


def fresh() -> Any:
    """Return a new class that nothing has used."""

    @dataclass(frozen=True)
    class Pair:
        a: int
        b: int = 1

    return Pair


def test_instances_compare_print_and_hash_as_of_a_dataclass() -> None:
    assert Point(1) == Point(1, 2, {})
    assert Point(1) != Point(2)
    assert repr(Point(1)) == "Point(x=1, y=2, names={})"
    assert len({fresh()(1)}) == 1
    assert Point(1).sum == 3


def test_a_subclass_has_the_fields_of_its_base() -> None:
    assert [one.name for one in fields(Point3)] == ["x", "y", "names", "z"]
    assert Point3(1, z=5).label == "125"
    assert Point3(1) != Point(1)
    match Point3(1):
        case Point(x, y):
            assert (x, y) == (1, 2)


def test_an_instance_cannot_be_changed() -> None:
    point = Point(1)
    with pytest.raises(FrozenInstanceError):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del point.x


def test_functions_of_the_standard_module_take_the_class() -> None:
    pair = fresh()
    assert is_dataclass(fresh())
    assert [one.name for one in fields(pair)] == ["a", "b"]
    assert asdict(replace(pair(1), b=4)) == {"a": 1, "b": 4}


def test_an_instance_that_was_unpickled_is_complete() -> None:
    pair = fresh()
    made = pair.__new__(pair)
    made.__dict__.update(a=1, b=1)
    assert repr(made) == f"{pair.__qualname__}(a=1, b=1)"
    assert pickle.loads(pickle.dumps(Point(1))) == copy.deepcopy(Point(1))


def test_own_methods_and_comparison_by_identity_stay() -> None:
    assert repr(Checked(" a ")) == "mine"
    assert Checked(" a ").name == "a"
    assert Node("a") != Node("a")
    assert repr(Node("a")) == "Node(name='a')"


@pytest.mark.parametrize("call", [{}, {"a": 1, "c": 2}])
def test_a_call_without_a_field_or_with_an_unknown_one_is_refused(call: dict[str, int]) -> None:
    with pytest.raises(TypeError):
        fresh()(**call)


def test_a_call_with_too_many_values_is_refused() -> None:
    with pytest.raises(TypeError):
        fresh()(1, 2, 3)
    with pytest.raises(TypeError):
        fresh()(1, a=1)


def test_fields_that_are_not_compared_do_not_count() -> None:
    @dataclass(frozen=True)
    class Found:
        name: str
        where: str = field(default="", compare=False)
        late: bool = field(default=False, kw_only=True)

    assert Found("a", "x") == Found("a", "y")
    assert hash(Found("a", "x")) == hash(Found("a", "y"))
    assert Found("a", late=True) != Found("a")
    with pytest.raises(TypeError):
        Found("a", "x", True)  # type: ignore[call-arg]


def test_an_instance_that_can_change_has_no_hash() -> None:
    with pytest.raises(TypeError):
        hash(Checked("a"))
