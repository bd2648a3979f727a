"""The sampler of conditions finds them all and turns one at a time."""

from __future__ import annotations

from pathlib import Path

from tests.mutation import conditions, flipped

SOURCE = """
if TYPE_CHECKING:
    import x
def f(a):
    é = [one for one in a if one]
    while a > 1: a -= 1
    return 1 if a else 2
"""


def test_each_condition_is_found_and_turned_alone() -> None:
    found = sorted(conditions(Path("m.py"), SOURCE), key=lambda one: one.line)
    assert [one.text for one in found] == ["one", "a > 1", "a"]
    turned = [flipped(SOURCE, one) for one in found]
    assert "while (not (a > 1)): a -= 1" in turned[1]
    assert "é = [one for one in a if (not (one))]" in turned[0]
    assert "return 1 if (not (a)) else 2" in turned[2]
    assert all(len(text) == len(SOURCE) + len("(not ())") for text in turned)
