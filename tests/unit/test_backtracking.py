"""Patterns that may take forever are refused, and no others."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildfix.catalog import Knowledge, shipped_folder
from buildfix.catalog.backtracking import explodes
from buildfix.core.errors import RecipeError

CATASTROPHIC = [
    r"(a+)+$",
    r"(.*)*x",
    r"(a*)*b",
    r"(a|ab|b)*c",
    r"(\w+\s?)*$",
    r"(x+x+)+y",
    r"([a-z]+)*\d",
    r"(?:a|[^b])*c",
    r"(\s*\w+\s*)*:",
    r"(\w+-?)+$",
    r"((a?b)+c?)+d",
    r"(?s)(?:.|a\n|\n)*x",
    r"(?i)(?:a|Ab?|b)*c",
    r"(a{1,30})+b",
    r"^(?:é+|\w+)*!",
]
HARMLESS = [
    r"(a|b)*c",
    r"(?:\w+/)+x",
    r"(?:\d+\.)+\d",
    r"^(?:(?!x).)*y",
    r".*error: .*\.h: .*",
    r"(\d{1,3}\.?){4}",
    r'"(?:[^"\\]|\\.)*"',
    r"(?:\s+\S+)*:",
    r"(?:-[a-z]+ )*(?P<name>[\w.+-]+)",
    r"(?P<a>x)?(?(a)y|z)+",
    r"(?<=a)b*(?=c)\1?()",
]


@pytest.mark.parametrize("pattern", CATASTROPHIC)
def test_patterns_that_can_match_in_ever_more_ways_are_found(pattern: str) -> None:
    assert explodes(re.compile(pattern))


@pytest.mark.parametrize("pattern", HARMLESS[:-1])
def test_patterns_with_one_way_are_accepted(pattern: str) -> None:
    assert not explodes(re.compile(pattern))


def test_the_shipped_patterns_are_accepted() -> None:
    causes = Knowledge().causes
    several = (causes.causes, causes.noise, causes.marks, causes.facts, causes.boring)
    patterns = {one.pattern for part in several for one in part}
    patterns |= {part for one in causes.causes for part in (one.after, one.then) if part}
    assert len(patterns) > 500
    assert [one.pattern for one in patterns if explodes(re.compile(one.pattern))] == []


@given(
    st.recursive(
        st.sampled_from(["a", "b", "ab", ".", r"\w", "[^a]"]),
        lambda inner: st.one_of(
            inner.map(lambda one: f"(?:{one})*"),
            inner.map(lambda one: f"(?:{one})+"),
            st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
            st.tuples(inner, inner).map("".join),
        ),
        max_leaves=5,
    )
)
def test_accepted_pattern_matches_in_bounded_time(pattern: str) -> None:
    compiled = re.compile(pattern + "!")
    if not explodes(compiled):
        started = time.process_time()
        for text in ("a" * 40, "ab" * 20, "b" * 40):
            compiled.match(text)
        assert time.process_time() - started < 1


CAUSE = """
[[cause]]
name = "mine"
kind = "source-error"
subject = "x"
pattern = '{}'
says = "It is mine."
examples = [{{ line = "aaa", subject = "x", origin = "mine" }}]
"""


def recipes_with(folder: Path, pattern: str) -> Knowledge:
    (folder / "causes").mkdir()
    (folder / "causes/mine.toml").write_text(CAUSE.format(pattern))
    return Knowledge([shipped_folder(), folder])


def test_a_recipe_of_the_users_own_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"mine\.toml.*key `pattern`.*one line may take forever"):
        recipes_with(tmp_path, "(a+)+$").check_own()


def test_a_harmless_recipe_of_the_users_own_is_accepted(tmp_path: Path) -> None:
    knowledge = recipes_with(tmp_path, "(?:a+;)+$")
    knowledge.check_own()
    assert knowledge.causes.cause("mine")
