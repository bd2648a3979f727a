"""The shipped recipes, and what is said of broken ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildfix.catalog import Knowledge, shipped_folder
from buildfix.catalog.lookup import find_recipes, mentions
from buildfix.core.errors import RecipeError
from buildfix.diagnosis.validate_recipes import problems


def test_the_shipped_recipes_are_sound() -> None:
    assert problems(Knowledge()) == []


def write(folder: Path, name: str, text: str) -> Knowledge:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return Knowledge([shipped_folder(), folder])


CAUSE = """
[[cause]]
name = "mine"
kind = "header-missing"
pattern = 'lacks (?P<header>\\S+)'
subject = "{header}"
says = "It lacks {subject}."
"""


@pytest.mark.parametrize(
    ("text", "key"), [("variable = 'X'", "source"), ("source = 'seen'", "variable")]
)
def test_what_may_be_built_side_by_side_has_its_variable_and_source(
    tmp_path: Path, text: str, key: str
) -> None:
    (tmp_path / "parallel.toml").write_text(f"[[side-by-side]]\n{text}\n", encoding="utf-8")
    with pytest.raises(RecipeError, match=f"key `{key}`: is missing"):
        _ = Knowledge((tmp_path,)).parallel


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("causes/a.toml", "[[cause]]\nname = 3", "cause 3, key `kind`: is missing"),
        ("causes/a.toml", "cause = ", "is not TOML"),
        ("causes/a.toml", CAUSE.replace("header-missing", "nonsense"), "is not a kind of cause"),
        ("causes/a.toml", CAUSE + "colour = 'red'\n", "key `colour`: is not a known key"),
        ("causes/a.toml", CAUSE.replace("(?P", "(?Z"), "is not a valid regular expression"),
        ("causes/a.toml", CAUSE + CAUSE, "`mine` is defined twice"),
        ("causes/a.toml", "cause = ['x']", "a.toml, key `cause`: must be a list of tables"),
        (
            "causes/a.toml",
            CAUSE + "examples = [{ line = 3, origin = 'x' }]",
            "a.toml, cause mine, examples 1, key `line`: must be a string",
        ),
        (
            "causes/a.toml",
            CAUSE + "remedy = { kind = 'upgrade', other = 1 }",
            "a.toml, cause mine, remedy, key `other`: is not a known key",
        ),
        ("causes/a.toml", CAUSE + "within = true", "key `within`: must be a whole number"),
        ("causes/a.toml", CAUSE + "remedy = 3", "key `remedy`: must be a table"),
        ("causes/a.toml", CAUSE + "advice = 'Get {it}'", "key `advice`: may only have"),
        ("causes/a.toml", CAUSE + "never = ['a {subject', 'b']", "key `never`: may only have"),
    ],
)
def test_a_broken_recipe_is_named_by_file_and_key(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    with pytest.raises(RecipeError, match="recipe") as caught:
        _ = write(tmp_path, name, text).causes
    assert told in str(caught.value)
    assert "a.toml" in str(caught.value)
    assert caught.value.exit_code == 2


HOST = "[host]\nid = 'a'\ntitle = 'A'\nsystem = 'linux'\nmanager = 'apt'\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("host = 3", "a.toml, key `host`: must be a table"),
        (HOST.replace("id = 'a'", ""), "a.toml, host, key `id`: is missing"),
        (HOST + "other = 1", "a.toml, host, key `other`: is not a known key"),
        (HOST + "[packages]\nx = []", "a.toml, packages, key `x`: must be a table"),
        (
            HOST + "[releases.1.packages.x]\nbase = 'x'",
            "a.toml, releases, 1, packages, x, key `base`: must be true or false",
        ),
        (
            HOST + "[repositories.x]\ntitle = 'x'\nenable = ['x']",
            "a.toml, repositories, x, key `enable`: must be a list of lists of strings",
        ),
    ],
)
def test_a_broken_system_is_named_by_file_and_key(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(RecipeError) as caught:
        _ = write(tmp_path, "hosts/a.toml", text).hosts
    assert told in str(caught.value)


def test_unreadable_recipe_is_an_error_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "causes" / "a.toml").mkdir(parents=True)
    with pytest.raises(RecipeError, match="cannot be read: Is a directory"):
        _ = Knowledge([tmp_path]).causes


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (CAUSE, "cause mine: the pattern has no example"),
        (
            CAUSE + '[[cause.examples]]\nline = "lacks x.h"\nsubject = "y.h"\norigin = "test"\n',
            "cause mine: extracts the subject 'x.h', expected 'y.h': lacks x.h",
        ),
        (
            CAUSE + '[[cause.examples]]\nline = "has x.h"\norigin = "test"\n',
            "cause mine: does not match its example: has x.h",
        ),
    ],
)
def test_pattern_must_match_its_own_examples(tmp_path: Path, text: str, told: str) -> None:
    assert told in problems(write(tmp_path, "causes/a.toml", text))


def test_ones_own_recipe_replaces_the_shipped_one(tmp_path: Path) -> None:
    project = 'name = "uwsgi"\nsource = "me"\nprograms = [["uwsgi", "--help"]]\n'
    recipe = write(tmp_path, "projects/uwsgi.toml", project).project("uwsgi")
    assert recipe is not None
    assert recipe.programs == (("uwsgi", "--help"),)


def test_a_recipe_can_be_shown_by_its_name() -> None:
    (found,) = find_recipes(Knowledge(), "gcc-header")
    assert found.path.name == "sources.toml"
    assert found.text.startswith("[[cause]]")
    assert find_recipes(Knowledge(), "nonesuch") == ()
    assert mentions(Knowledge(), "no-such-word") == []


@pytest.mark.parametrize("word", ["libxml/xpath.h", "xml2", "libxml-2.0", "xml2-config"])
def test_a_recipe_is_found_by_what_it_provides(word: str) -> None:
    assert "dep:generic/libxml2" in {one.name for one in find_recipes(Knowledge(), word)}


def test_a_recipe_is_found_by_any_word() -> None:
    assert find_recipes(Knowledge(), "libxml2-dev") == ()
    found = dict(mentions(Knowledge(), "libxml2-dev"))
    assert found["debian"] == 'build = ["libxml2-dev"]'
    assert "alpine" in found


def test_ones_own_recipe_is_shown_in_place_of_the_shipped_one(tmp_path: Path) -> None:
    own = write(tmp_path, "projects/uwsgi.toml", 'name = "uwsgi"\nsource = "me"\n')
    assert [one.path.parent.parent for one in find_recipes(own, "uwsgi")] == [tmp_path]
