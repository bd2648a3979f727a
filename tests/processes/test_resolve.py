"""What would be taken of an index, as pip takes it: a slow test asks pip itself."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from buildfix.core import Request
from buildfix.forecast.resolution import Asked, Resolution, walk
from buildfix.index.metadata import Metadata, read_sdist
from buildfix.index.wanted import Refused
from buildfix.machines.local import LocalMachine


@dataclass(frozen=True)
class Release:
    """A wheel of the index; `requires` are its dependencies, `link` what its page says besides."""

    name: str
    version: str
    requires: tuple[str, ...] = ()
    link: str = ""
    extras: tuple[str, ...] = ()
    python: str = ""
    hash: str = field(default="", compare=False)


YANKED = 'data-yanked="broken"'
INDEX = (
    Release("plain", "1.0"),
    Release("plain", "2.0"),
    Release("plain", "3.0b1"),
    Release("taken-back", "1.0"),
    Release("taken-back", "2.0", link=YANKED),
    Release("only-betas", "1.0b1"),
    Release("only-betas", "1.0b2"),
    Release("later-python", "1.0"),
    Release("later-python", "2.0", link='data-requires-python="&gt;=3.99"'),
    Release("later-in-metadata", "1.0"),
    Release("later-in-metadata", "2.0", python=">=3.99"),
    Release("top", "1.0", ("low<2",)),
    Release("top", "2.0", ("low>=2",)),
    Release("low", "1.0"),
    Release("low", "1.5"),
    Release("low", "2.0"),
    Release("needs-old", "1.0", ("low<2",)),
    Release("with-extra", "1.0", ('low<2; extra == "more"', "plain"), extras=("more",)),
    Release("with-extra", "2.0", ("plain",), extras=("other",)),
    Release("elsewhere", "1.0", ('low; sys_platform == "nowhere"', 'plain; os_name != ""')),
    Release("lacks", "1.0", ("not-there",)),
    Release("went-wrong", "1.0", ("plain",)),
    Release("went-wrong", "2.0", ("plain", "not-there")),
)


TAKEN = [
    ("plain", "", "plain=2.0"),
    ("plain", "--pre", "plain=3.0b1"),
    ("plain>=3.0b1", "", "plain=3.0b1"),
    ("plain>2", "", "plain=3.0b1"),
    ("only-betas", "", "only-betas=1.0b2"),
    ("taken-back", "", "taken-back=1.0"),
    ("taken-back==2.0", "", "taken-back=2.0"),
    ("taken-back===2.0", "", "taken-back=2.0"),
    ("later-python", "", "later-python=1.0"),
    ("later-in-metadata", "", "later-in-metadata=1.0"),
    ("top", "", "low=2.0 top=2.0"),
    ("top + low<2", "", "low=1.5 top=1.0"),
    ("top + needs-old", "", "low=1.5 needs-old=1.0 top=1.0"),
    ("needs-old + top", "", "low=1.5 needs-old=1.0 top=1.0"),
    ("with-extra[more]==1.0 + low", "", "low=1.5 plain=2.0 with-extra=1.0"),
    ("with-extra[more]", "", "plain=2.0 with-extra=2.0"),
    ("with-extra[more] + with-extra<2", "", "low=1.5 plain=2.0 with-extra=1.0"),
    ("elsewhere", "", "elsewhere=1.0 plain=2.0"),
    ("top + needs-old", "--no-deps", "needs-old=1.0 top=2.0"),
    ("went-wrong", "", "plain=2.0 went-wrong=1.0"),
    ("plain; python_version < '3'", "", ""),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of an index of pages with these wheels."""
    root = tmp_path_factory.mktemp("simple")
    for name in dict.fromkeys(one.name for one in INDEX):
        (root / name).mkdir()
        links = [write(root, one) for one in INDEX if one.name == name]
        (root / name / "index.html").write_text("\n".join(links), encoding="utf-8")
    return root.as_uri()


def write(root: Path, one: Release) -> str:
    stem = one.name.replace("-", "_")
    path = root / one.name / f"{stem}-{one.version}-py3-none-any.whl"
    lines = ["Metadata-Version: 2.1", f"Name: {one.name}", f"Version: {one.version}"]
    lines += [f"Requires-Dist: {text}" for text in one.requires]
    lines += [f"Provides-Extra: {extra}" for extra in one.extras]
    lines += [f"Requires-Python: {one.python}"] if one.python else []
    info = f"{stem}-{one.version}.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{info}/METADATA", "\n".join(lines) + "\n\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return f'<a href="{path.as_uri()}" {one.link}>{path.name}</a>'


def resolved(index: str, folder: Path, words: str, options: str = "") -> Resolution:
    told = ("--index-url", index, *options.split())
    request = Request(installer_args=told)
    asked = [Asked(word) for word in words.split(" + ")]
    walked = walk(LocalMachine(), sys.executable, request, asked, folder)
    assert walked is not None
    return walked


def taken(walked: Resolution) -> str:
    return " ".join(sorted(f"{one.name}={one.version}" for one in walked.coming))


@pytest.mark.parametrize(
    ("words", "options", "expected"),
    TAKEN,
)
def test_the_files_that_pip_takes_are_taken(
    index: str, tmp_path: Path, words: str, options: str, expected: str
) -> None:
    walked = resolved(index, tmp_path, words, options)
    assert (taken(walked), walked.refused) == (expected, None)


@pytest.mark.slow
@pytest.mark.parametrize(("words", "options", "expected"), TAKEN)
def test_resolution_is_the_one_of_pip_itself(
    index: str, tmp_path: Path, words: str, options: str, expected: str
) -> None:
    report = tmp_path / "report.json"
    pip = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "-q"]
    asked = [*options.split(), *words.split(" + ")]
    subprocess.run([*pip, "--index-url", index, "--report", str(report), *asked], check=True)
    rows = [one["metadata"] for one in json.loads(report.read_text(encoding="utf-8"))["install"]]
    assert " ".join(sorted(f"{one['name']}={one['version']}" for one in rows)) == expected


def test_a_constraint_holds_for_what_is_needed_too(index: str, tmp_path: Path) -> None:
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("low==1.0\ntaken-back==2.0\n", encoding="utf-8")
    walked = resolved(index, tmp_path, "top + taken-back", f"-c {constraints}")
    assert taken(walked) == "low=1.0 taken-back=2.0 top=1.0"


@pytest.mark.parametrize(
    ("words", "kind", "cause"),
    [
        ("not-there", "missing", ("not-there", "")),
        ("plain + plain==9", "missing", ("plain==9", "")),
        ("plain + lacks", "missing", ("not-there", "lacks 1.0")),
        ("taken-back==2.*", "missing", ("taken-back==2.*", "")),
        ("taken-back>1.0", "missing", ("taken-back>1.0", "")),
        ("top==2.0 + low<2", "conflict", ("low<2", "")),
        ("plain==1.0 + plain==2.0", "conflict", ("plain==1.0", "")),
        ("later-in-metadata==2.0", "python", (">=3.99", "later-in-metadata 2.0")),
    ],
)
def test_what_pip_refuses_is_refused_with_its_reason(
    index: str, tmp_path: Path, words: str, kind: str, cause: tuple[str, str]
) -> None:
    refused = resolved(index, tmp_path, words).refused
    assert isinstance(refused, Refused)
    assert (refused.kind, refused.certain) == (kind, True)
    assert cause in refused.causes


def test_conflict_with_a_source_at_a_path_is_refused(index: str, tmp_path: Path) -> None:
    mine = Metadata("mine", "1", ("low<2",))
    request = Request(installer_args=("--index-url", index))
    asked = [Asked("mine", given=mine), Asked("top==2.0")]
    walked = walk(LocalMachine(), sys.executable, request, asked, tmp_path)
    assert walked and walked.refused and walked.refused.kind == "conflict"
    assert ("low<2", "mine 1") in walked.refused.causes


def test_each_build_has_an_environment_of_its_own(index: str, tmp_path: Path) -> None:
    request = Request(installer_args=("--index-url", index))
    builds = [("low<2",), ("low>=2", "plain<2")]
    walked = walk(LocalMachine(), sys.executable, request, [], tmp_path, builds=builds)
    assert walked is not None
    assert taken(walked) == "low=1.5 low=2.0 plain=1.0"
    assert {one.why for one in walked.coming} == {"build"}


def test_nothing_of_the_target_counts_where_a_fresh_one_is_made(index: str, tmp_path: Path) -> None:
    request = Request(installer_args=("--index-url", index))
    asked = [Asked("pytest")]  # it is installed here, and the index has none
    kept = walk(LocalMachine(), sys.executable, request, asked, tmp_path)
    fresh = walk(LocalMachine(), sys.executable, request, asked, tmp_path, fresh=True)
    assert kept and kept.refused is None and not kept.coming
    assert fresh and fresh.refused and fresh.refused.kind == "missing"


STATIC = "Metadata-Version: 2.2\nName: a\nVersion: 1\nRequires-Dist: b\n\nDescription: c\n"
REQUIRES = (
    "one\n\n[extra]\ntwo>=2\n\n[extra:python_version < '4']\nthree\n\n[:os_name == 'x']\nfour\n"
)


OLD = "Metadata-Version: 1.1\nName: a\nVersion: 1\n"
START = "from setuptools import setup\n"
PLAIN = START + "setup(name='a', install_requires=['b==1'], extras_require={'x': ('c',)})\n"
PLAINLY = ("b==1", "c; extra == 'x'")
NAMED = (
    f"{START}install_requires = ['b==1']\nMORE: tuple = ('c',)\n"
    "setup(name='a', install_requires=install_requires, tests_require=MORE,"
    " extras_require={'x': MORE})\n"
)
NAMED_EXTRAS = PLAIN.replace("{'x': ('c',)}", "MORE").replace(
    START, f"{START}MORE = {{'x': ['c']}}\n"
)


@pytest.mark.parametrize(
    "setup",
    [
        PLAIN.replace("['b==1']", "read('requirements.txt')"),
        PLAIN.replace("name=", "**more, name="),
        PLAIN.replace("name=", "cmdclass={'egg_info': own}, name="),
        PLAIN.replace("setup(name", "if here:\n    setup(name"),
        PLAIN.replace("setuptools", "other"),
        PLAIN.replace(START, "import setuptools\nfrom other import own as setup\n"),
        PLAIN + "setup(name='b')\n",
        PLAIN.replace(START, f"{START}def setup(**own):\n    pass\n"),
        PLAIN.replace("'x'", "':os_name == 1'"),
        "print 'x'\n" + PLAIN,
        NAMED.replace("setup(", "MORE += ('d',)\nsetup("),
        NAMED.replace("setup(", "MORE = ()\nsetup("),
        NAMED.replace("setup(", "if here:\n    install_requires = []\nsetup("),
        NAMED.replace("setup(", "install_requires.append('d')\nsetup("),
        NAMED.replace("setup(", "del install_requires[0]\nsetup("),
        NAMED.replace("setup(", "more = install_requires\nmore.append('d')\nsetup("),
        NAMED.replace("setup(", "change(install_requires)\nsetup("),
        NAMED.replace("setup(", "for install_requires in ([],):\n    pass\nsetup("),
        NAMED.replace("setup(", "def one():\n    global MORE\n    from a import MORE\nsetup("),
        NAMED.replace("setup(", "from own import *\nsetup("),
        NAMED.replace("setup(", "exec(open('v.py').read())\nsetup("),
        NAMED.replace("setup(", "globals()['MORE'] = ()\nsetup("),
        NAMED.replace("name='a'", "name=change(MORE)"),
        NAMED.replace("['b==1']", "read('requirements.txt')"),
        NAMED.replace("install_requires =", "if here:\n    install_requires ="),
    ],
)
def test_what_a_setup_script_computes_is_not_certain(setup: str) -> None:
    assert not read_sdist({"PKG-INFO": OLD, "setup.py": setup}, {}).certain


@pytest.mark.parametrize("name", ["setup.cfg", "pyproject.toml"])
def test_what_other_files_may_say_beside_a_plain_setup_script_is_not_certain(name: str) -> None:
    other = "[options]\ninstall_requires =\n    c\n"
    assert not read_sdist({"PKG-INFO": OLD, "setup.py": PLAIN, name: other}, {}).certain


@pytest.mark.parametrize(
    ("texts", "project", "requires", "certain"),
    [
        ({"PKG-INFO": STATIC}, {}, ("b",), True),
        ({"PKG-INFO": STATIC.replace("2.2", "2.1")}, {}, ("b",), False),
        ({"PKG-INFO": STATIC.replace("Requires", "Dynamic: Requires-Dist\nX")}, {}, (), False),
        ({}, {"name": "a", "dependencies": ["b"]}, ("b",), True),
        ({}, {"name": "a", "dynamic": ["dependencies"]}, (), False),
        ({"PKG-INFO": OLD, "setup.py": PLAIN, "requires.txt": "b==1"}, {}, PLAINLY, True),
        ({"PKG-INFO": OLD, "setup.py": "from os import path as p\n" + PLAIN}, {}, PLAINLY, True),
        ({"PKG-INFO": OLD, "setup.py": NAMED}, {}, PLAINLY, True),
        ({"PKG-INFO": OLD, "setup.py": NAMED_EXTRAS}, {}, PLAINLY, True),
        ({"PKG-INFO": OLD, "setup.py": PLAIN, "setup.cfg": "[egg_info]\n"}, {}, PLAINLY, True),
        (
            {"requires.txt": REQUIRES},
            {},
            (
                "one",
                "two>=2; extra == 'extra'",
                "three; (python_version < '4') and extra == 'extra'",
                "four; (os_name == 'x')",
            ),
            False,
        ),
    ],
)
def test_an_sdist_says_what_it_requires_for_certain_or_not(
    texts: dict[str, str], project: dict[str, object], requires: tuple[str, ...], certain: bool
) -> None:
    said = read_sdist(texts, project)
    assert (said.requires, said.certain) == (requires, certain)
