"""`buildfix recipes check`: each mistake that it finds, in a small body of sound recipes."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildfix.catalog import Knowledge
from buildfix.core.errors import RecipeError
from buildfix.diagnosis.validate_recipes import problems, undefined_names

SOUND = {
    "capabilities/a.toml": """
        [[capability]]
        id = "dep:generic/a"
        title = "A"
        headers = ["a.h"]
        with = ["dep:generic/b"]

        [[capability]]
        id = "dep:generic/b"
        title = "B"
        also-named = ["compiler-missing:b"]
    """,
    "hosts/one.toml": """
        [host]
        id = "one"
        title = "One"
        system = "linux"
        manager = "dnf"

        [repositories.extra]
        title = "Extra"
        enable = [["dnf", "config-manager", "--set-enabled", "extra"]]

        [releases."1"]

        [packages."dep:generic/a"]
        build = ["a-devel"]
        repository = "extra"

        [packages."dep:generic/b"]
        setup = "b"

        [setups.b]
        title = "B"
        present = { argv = ["b"], pattern = "." }
        ways = [{ manual = "Get B." }]
    """,
    "causes/a.toml": "",
    "projects/p.toml": """
        name = "p"
        source = "made up"
        build = ["dep:generic/a"]
    """,
}


def recipes(folder: Path, *changes: tuple[str, str, str], **more: str) -> Knowledge:
    """Write the sound recipes, after changes of one text into another, and further files."""
    files = {**SOUND, **{name.replace("__", "/") + ".toml": text for name, text in more.items()}}
    for name, old, new in changes:
        assert old in files[name]
        files[name] = files[name].replace(old, new)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(map(str.strip, text.splitlines())), encoding="utf-8")
    return Knowledge([folder])


def test_sound_recipes_have_no_problem(tmp_path: Path) -> None:
    assert problems(recipes(tmp_path)) == []


BREAK = """
    [[break]]
    since = "2"
    pattern = 'built with p 1'
    python = "3.13"
    source = "made up"
    examples = [{ line = "built with p 1", origin = "made up" }]
"""
SINCE = """
    [[since]]
    release = "2"
    build = ["dep:generic/c@>=1"]
"""
HOST, CAPABILITIES, PROJECT = "hosts/one.toml", "capabilities/a.toml", "projects/p.toml"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            (CAPABILITIES, 'with = ["dep:generic/b"]', 'with = ["dep:generic/c"]'),
            "dep:generic/a: `with` names dep:generic/c, which is not defined",
        ),
        (
            (CAPABILITIES, 'title = "B"', 'title = "B"\nheaders = ["a.h"]'),
            "dep:generic/b: headers `a.h` is also claimed by dep:generic/a",
        ),
        (
            (CAPABILITIES, 'title = "A"', 'title = "A"\nnamed = "compiler-missing:b"'),
            "dep:generic/b: cause `compiler-missing:b` is also claimed by dep:generic/a",
        ),
        (
            (HOST, '[packages."dep:generic/b"]', '[packages."dep:generic/c"]'),
            "host one: has packages for dep:generic/c, which is not defined",
        ),
        (
            (HOST, '[packages."dep:generic/b"]', '[packages."dep:generic/c"]'),
            "dep:generic/b: no system has packages for it",
        ),
        (
            (HOST, 'build = ["a-devel"]', "build = []"),
            "dep:generic/a: no system has packages for it",
        ),
        (
            (HOST, '[releases."1"]', '[releases."1".versions]\n"dep:generic/c" = "1"'),
            "host one: version 1 has dep:generic/c, which is not defined",
        ),
        (
            (HOST, 'manager = "dnf"', 'manager = "paket"'),
            "host one: buildfix does not support the package manager paket",
        ),
        (
            (HOST, 'build = ["a-devel"]', 'build = ["a-devel"]\nmanager = "paket"'),
            "host one: buildfix does not support the package manager paket",
        ),
        (
            (HOST, "[setups.b]", "[managers.vcpkg.variables]\n[setups.b]"),
            "host one: the package manager vcpkg is not used",
        ),
        (
            (HOST, 'repository = "extra"', 'repository = "extras"'),
            "host one 1: dep:generic/a is in the repository extras, which is not defined",
        ),
        (
            (HOST, 'repository = "extra"', ""),
            "host one: the repository extra is not used",
        ),
        (
            (HOST, 'setup = "b"', 'setup = "c"'),
            "host one: dep:generic/b is provided by the setup c, which is not defined",
        ),
        (
            (HOST, "[setups.b]", '[managers.dnf]\nsetup = "d"\n[setups.b]'),
            "host one: package manager dnf is provided by the setup d, which is not defined",
        ),
        (
            (HOST, 'setup = "b"', 'build = ["b-devel"]'),
            "host one: the setup b is not used",
        ),
        (
            (PROJECT, "dep:generic/a", "dep:generic/c"),
            "project p: needs dep:generic/c, which is not defined",
        ),
        (
            (PROJECT, 'build = ["dep:generic/a"]', SINCE),
            "project p: needs dep:generic/c, which is not defined",
        ),
        (
            (PROJECT, 'build = ["dep:generic/a"]', BREAK.replace("'built with", "'made with")),
            "project p: does not match its example: built with p 1",
        ),
        (
            (PROJECT, 'build = ["dep:generic/a"]', BREAK.partition("examples")[0]),
            "project p: the pattern has no example",
        ),
    ],
)
def test_each_mistake_in_a_recipe_is_reported(
    tmp_path: Path, change: tuple[str, str, str], told: str
) -> None:
    assert told in list(undefined_names(recipes(tmp_path, change)))


def test_a_repository_of_one_release_does_not_serve_another(tmp_path: Path) -> None:
    change = (HOST, "[repositories.extra]", '[releases."2"]\n[releases."1".repositories.extra]')
    told = "host one 2: dep:generic/a is in the repository extra, which is not defined"
    moved = (HOST, '[releases."1"]\n', "")
    assert list(undefined_names(recipes(tmp_path, change, moved))) == [told]


def test_a_setup_may_be_what_a_cause_asks_for(tmp_path: Path) -> None:
    cause = """
        [[cause]]
        name = "lacks-b"
        kind = "permission"
        pattern = 'b is off'
        subject = "-"
        says = "B is off."
        remedy = { kind = "setup", setup = "b" }
        examples = [{ line = "b is off", origin = "made up" }]
    """
    change = (HOST, 'setup = "b"', 'build = ["b-devel"]')
    assert problems(recipes(tmp_path, change, causes__a=cause)) == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (CAPABILITIES, "`dep:generic/a` is defined twice"),
        (HOST, "the file name differs from its id, `one`"),
        (PROJECT, "`p` is defined twice"),
    ],
)
def test_what_is_defined_twice_is_told_with_its_file(tmp_path: Path, name: str, told: str) -> None:
    folder, _, _ = name.partition("/")
    knowledge = recipes(tmp_path, **{f"{folder}__z": SOUND[name]})
    with pytest.raises(RecipeError, match=told) as caught:
        problems(knowledge)
    assert "z.toml" in str(caught.value)


def test_a_pattern_without_example_is_told(tmp_path: Path) -> None:
    mark = "[[noise]]\nname = 'n'\npattern = 'abc'\n"
    assert "n: the pattern has no example" in problems(recipes(tmp_path, causes__a=mark))


ERROR = """
    [[compiler-error]]
    name = "form"
    pattern = '''^(?P<file>[^:]+):\\d+: error: (?P<text>.+)'''
    examples = [{ line = "a.c:3: error: no x", subject = "a.c", origin = "made up" }]

    [[lack]]
    name = "none"
    pattern = '''no (?P<name>\\w+)'''
    examples = [{ line = "a.c:3: error: no x", subject = "x", origin = "made up" }]
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("", "", []),
        (
            'subject = "x"',
            'subject = "y"',
            ["none: extracts 'x', expected 'y': a.c:3: error: no x"],
        ),
        (
            'subject = "a.c"',
            'subject = "b.c"',
            ["form: extracts 'a.c', expected 'b.c': a.c:3: error: no x"],
        ),
        ("'''no ", "'''not ", ["none: extracts None, expected 'x': a.c:3: error: no x"]),
    ],
)
def test_what_compilers_say_is_proven_by_examples(
    tmp_path: Path, old: str, new: str, told: list[str]
) -> None:
    assert problems(recipes(tmp_path, compilers=ERROR.replace(old, new, 1))) == told


def test_a_compiler_that_comes_as_a_wheel_serves_what_is_known(tmp_path: Path) -> None:
    compiler = """
        [[wheel-compiler]]
        distribution = "wheeled"
        title = "A compiler"
        system = "linux"
        serves = ["dep:generic/a", "dep:generic/c"]
        program = "wheeled/a"
        source = "made up"
    """
    told = "compiler wheeled: serves dep:generic/c, which is not defined"
    assert list(undefined_names(recipes(tmp_path, compilers=compiler))) == [told]


LOADER = """
    [[loader-error]]
    name = "lost"
    tells = "library"
    pattern = 'no (?P<library>lib.)'
    examples = [{ line = "no liba", subject = "liba", origin = "made up" }]
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("", "", []),
        (
            'subject = "liba"',
            'subject = "libb"',
            ["lost: extracts 'liba', expected 'libb': no liba"],
        ),
        ("'no (", "'not (", ["lost: extracts None, expected 'liba': no liba"]),
    ],
)
def test_what_loaders_say_is_proven_by_examples(
    tmp_path: Path, old: str, new: str, told: list[str]
) -> None:
    assert problems(recipes(tmp_path, loaders=LOADER.replace(old, new, 1))) == told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"library"', '"news"', "must be one of symbol"),
        ('"library"', '"version"', "is missing the group `module`"),
    ],
)
def test_what_loaders_say_is_told_by_its_groups(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    with pytest.raises(RecipeError, match=told):
        problems(recipes(tmp_path, loaders=LOADER.replace(old, new, 1)))
