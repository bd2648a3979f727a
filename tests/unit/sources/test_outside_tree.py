"""What a setup script reads beside its tree, which no archive has."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildfix.forecast.builds import Forecast
from buildfix.forecast.requested import Build
from buildfix.forecast.resolution import ResolvedDistribution
from tests.unit.sources import LINUX, read

SETUP = "from setuptools import setup\nsetup(name='demo', py_modules=['demo'])\n"
START = "import glob, os, shutil, sys\nfrom pathlib import Path\n"


def outside(code: str, files: dict[str, str] | None = None) -> list[str]:
    """Return the reasons why an archive with this before setup() cannot be built."""
    tree = {"setup.py": START + code + SETUP, "PKG-INFO": "Name: demo\nVersion: 1\n"}
    found = read({**tree, **(files or {})}, LINUX).obstacles
    assert all(one.of_archive and one.kind == "source-error" for one in found)
    return [one.why for one in found]


def reads(path: str) -> list[str]:
    """Return what is said of one path."""
    return [f"its setup.py reads {path}, which is outside its source distribution"]


GPT4ALL = (
    "SOURCE = '../../llmodel/'\n"
    "def copy(folder):\n    if not os.path.exists('here'):\n        os.mkdir('here')\n"
    "    for item in os.listdir(folder):\n        shutil.copy2(item, f'here/{item}')\n"
    "copy(SOURCE)\n"
)


@pytest.mark.parametrize(
    ("code", "path"),
    [
        (GPT4ALL, "../../llmodel/"),
        ("version = open('../VERSION').read()\n", "../VERSION"),
        ("with open('../VERSION') as one:\n    version = one.read()\n", "../VERSION"),
        ("text = Path('..', 'README.md').read_text()\n", "../README.md"),
        ("names = [one.name for one in Path('../core').iterdir()]\n", "../core"),
        ("shutil.copy('../LICENSE', 'LICENSE')\n", "../LICENSE"),
        ("shutil.copytree('../core', 'core')\n", "../core"),
        ("if sys.platform == 'linux':\n    open('../VERSION')\n", "../VERSION"),
        ("if __name__ == '__main__':\n    open('../VERSION')\n", "../VERSION"),
    ],
)
def test_what_lies_beside_the_tree_is_in_no_archive(code: str, path: str) -> None:
    assert outside(code) == reads(path)


def test_a_path_from_that_of_the_script_is_seen_as_well() -> None:
    above = "above = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))\n"
    (told,) = outside(f"{above}open(os.path.join(above, 'VERSION'))\n")
    assert "VERSION, which is outside" in told


@pytest.mark.parametrize(
    "code",
    [
        "open('VERSION')\n",
        "open('a/../VERSION')\n",
        "os.listdir('..')\n",
        "os.listdir('../..')\n",
        "open('/usr/include/a.h')\n",
        "open('../../../../../usr/include/a.h')\n",
        "glob.glob('../*.c')\n",
        "if os.path.exists('../VERSION'):\n    open('../VERSION')\n",
        "if os.environ.get('RELEASE') is None:\n    open('../VERSION')\n",
        "if nobody_knows():\n    open('../VERSION')\n",
        "nobody_knows() and open('../VERSION')\n",
        "one = open('../VERSION') if nobody_knows() else None\n",
        "for one in nobody_knows():\n    open('../VERSION')\n",
        "if sys.platform == 'darwin':\n    open('../VERSION')\n",
        "try:\n    open('../VERSION')\nexcept OSError:\n    pass\n",
        "try:\n    open('../VERSION')\nexcept:\n    pass\n",
        "from contextlib import suppress\nwith suppress(OSError):\n    open('../VERSION')\n",
        "from contextlib import suppress\nwith suppress(OSError), open('../VERSION'):\n    pass\n",
        "def unused():\n    open('../VERSION')\n",
        "open('../log', 'w')\n",
        "os.makedirs('../core')\nos.listdir('../core')\n",
        "shutil.copytree('core', '../core')\nos.listdir('../core')\n",
        "os.chdir('src')\nopen('../VERSION')\n",
        "import subprocess\nsubprocess.call(['git', 'clone', 'a', '../a'])\nos.listdir('../a')\n",
        "import own\nopen('../VERSION')\n",
    ],
)
def test_other_paths_and_what_may_be_passed_by_are_no_obstacle(code: str) -> None:
    assert outside(code, {"own.py": "import os\nos.chdir('src')\n", "core/a": ""}) == []


def test_a_folder_may_be_a_part_of_what_has_it_all() -> None:
    code = f"{START}open('../VERSION')\n{SETUP}"
    builds = (Build("demo", read({"setup.py": code, "PKG-INFO": "Name: demo\nVersion: 1\n"})),)
    asked = ResolvedDistribution("demo", "demo", "asked", "1", path=Path("demo-1.tar.gz"))
    assert list(Forecast((asked,), builds).obstacles()) == ["demo 1"]
    assert Forecast((), builds).obstacles() == {}
