"""A project that was asked for by its path or URL is never replaced by its namesake of an index."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.indexes import Index, make_venv, module_of, project, put, run_buildfix, serving

pytestmark = pytest.mark.slow

MINE = "# this one was asked for\n"
FAILS = MINE + "raise ImportError('/x/_ext.cpython.so: undefined symbol: nowhere_to_be_found')\n"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_venv(tmp_path_factory.mktemp("namesakes") / "v")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An index whose project of the same name and version installs and imports."""
    with serving(Index(tmp_path / "index", ("1.0",))) as one:
        one.add("twin", project("twin", "# the namesake\n"))
        yield one


def asked_for(how: str, folder: Path) -> list[str]:
    url = folder.as_uri()
    file = folder.parent / "r.txt"
    file.write_text(f"{folder}\n", encoding="utf-8")
    return {
        "path": ["./twin"],
        "link": ["./link"],
        "url": [url],
        "name": [f"twin @ {url}"],
        "editable": ["-e", str(folder)],
        "file": ["-r", str(file)],
    }[how]


@pytest.mark.parametrize("installer", ["pip", "uv"])
@pytest.mark.parametrize("how", ["path", "link", "url", "name", "editable", "file"])
def test_what_is_built_again_comes_from_where_it_was_asked(
    how: str, installer: str, python: str, index: Index, tmp_path: Path
) -> None:
    if installer == "uv" and shutil.which("uv") is None:
        pytest.skip("uv is not on PATH")
    folder = put(tmp_path / "twin", project("twin", FAILS))
    (tmp_path / "link").symlink_to(folder)
    environ = {"PIP_INDEX_URL": index.url, "UV_DEFAULT_INDEX": index.url}
    words = ["--yes", "--json", "--python", python, "--installer", installer]
    done = run_buildfix([*words, *asked_for(how, folder)], tmp_path, environ)
    report = json.loads(done.stdout)
    assert (done.returncode, report["outcome"]) == (1, "unfixed"), done.stderr
    again = [one["argv"] for one in report["attempts"][1:]]
    assert again, "it was not built again"
    assert any("reinstall" in word for word in again[0])
    assert module_of(python, "twin").startswith(MINE)
    assert not [path for path in index.asked if "twin" in path]


def test_what_is_imported_at_run_time_does_not_replace_what_was_asked_by_path(
    python: str, index: Index, tmp_path: Path
) -> None:
    """`setuptools` lies in a folder of that name, and pkg_resources is missing when it is tried."""
    name = "setuptools"
    here = project(name, MINE, version="99.0")
    folder = put(tmp_path / name, here)
    fails = "import pkg_resources\n"
    late = put(tmp_path / "late", project("late", fails))
    environ = {"PIP_INDEX_URL": index.url}
    words = ["--yes", "--json", "--python", python, f"./{late.name}", f"./{folder.name}"]
    done = run_buildfix(words, tmp_path, environ)
    report = json.loads(done.stdout)
    steps = [step["argv"] for step in report["applied"] if step.get("argv")]
    assert any("./setuptools" in argv for argv in steps), (report, done.stderr)
    assert module_of(python, name).startswith(MINE)
    assert "/simple/setuptools/" not in index.asked
