"""What an install would bring, found out through a real pip from a folder of files."""

from __future__ import annotations

import io
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from buildfix.core import Request
from buildfix.forecast.resolution import Asked, ResolvedDistribution, Target, walk
from buildfix.machines.local import LocalMachine
from tests.unit.archives import sdist_of

PYPROJECT = '[build-system]\nrequires = ["helper>=1"]\nbuild-backend = "helper"\n'
PKG_INFO = 'Name: mine\nVersion: {}\nRequires-Dist: other\nRequires-Dist: never; extra == "x"\n'


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """A folder with two sdists of `mine`, and wheels of what it requires."""
    folder = tmp_path / "index"
    folder.mkdir()
    for version in ("1.0", "2.0"):
        texts = {"pyproject.toml": PYPROJECT, "PKG-INFO": PKG_INFO.format(version)}
        sdist_of(folder, texts, f"mine-{version}")
    add_wheel(folder, "helper", "1.5", "py3-none-any", requires="deeper")
    add_wheel(folder, "deeper", "1", "py3-none-any")
    add_wheel(folder, "other", "3", "cp39-cp39-win_amd64")
    add_wheel(folder, "other", "2", "py3-none-any")
    return folder


def add_wheel(folder: Path, name: str, version: str, tags: str, requires: str = "") -> None:
    lines = [f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {requires}"] if requires else []
    with zipfile.ZipFile(folder / f"{name}-{version}-{tags}.whl", "w") as wheel:
        wheel.writestr(f"{name}-{version}.dist-info/METADATA", "\n".join(lines) + "\n\n")


def look(
    index: Path,
    tmp_path: Path,
    requirement: str,
    *args: str,
    target: Target | None = None,
    from_source: bool = False,
) -> dict[str, ResolvedDistribution]:
    request = Request(
        (requirement,),
        installer_args=("--no-index", "--find-links", str(index), *args),
        from_source=from_source,
    )
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    asked = [Asked(requirement)]
    walked = walk(LocalMachine(), sys.executable, request, asked, scratch, target)
    assert walked is not None
    return {row.name: row for row in walked.coming}


def test_the_newest_sdist_comes_with_what_its_build_and_it_require(
    index: Path, tmp_path: Path
) -> None:
    rows = look(index, tmp_path, "mine")
    assert (rows["mine"].version, rows["mine"].wheel) == ("2.0", False)
    assert rows["mine"].path and rows["mine"].path.is_file()
    assert rows["mine"].build_requires == ("helper>=1",)
    assert (rows["helper"].why, rows["helper"].wheel) == ("build", True)
    assert (rows["other"].why, rows["other"].version) == ("asked", "2")
    assert "never" not in rows


def test_a_pinned_version_a_constraint_and_no_binary_are_heeded(
    index: Path, tmp_path: Path
) -> None:
    assert look(index, tmp_path, "mine==1.0")["mine"].version == "1.0"
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("mine<2\n", encoding="utf-8")
    assert look(index, tmp_path, "mine", "-c", str(constraints))["mine"].version == "1.0"
    assert look(index, tmp_path, "other", from_source=True)["other"].version is None


def test_another_machine_takes_its_own_wheels(index: Path, tmp_path: Path) -> None:
    windows = Target(("cp39-cp39-win_amd64", "py3-none-any"), {"python_full_version": "3.9.1"})
    assert look(index, tmp_path, "other", target=windows)["other"].version == "3"


def test_an_unknown_project_has_no_version(index: Path, tmp_path: Path) -> None:
    assert look(index, tmp_path, "unknown")["unknown"].version is None


def test_a_source_comes_though_nothing_meets_its_requirements(index: Path, tmp_path: Path) -> None:
    texts = {"setup.py": "", "PKG-INFO": "Name: lone\nVersion: 1\nRequires-Dist: unknown\n"}
    sdist_of(index, texts, "lone-1")
    rows = look(index, tmp_path, "lone")
    assert rows["lone"].path and rows["lone"].path.is_file()
    assert rows["unknown"].version is None


def test_an_interpreter_that_does_not_answer_is_no_failure(index: Path, tmp_path: Path) -> None:
    request = Request(("mine",), installer_args=("--find-links", str(index)))
    assert walk(LocalMachine(), "/no/python", request, [Asked("mine")], tmp_path) is None


def test_a_folder_by_its_url_is_looked_into_too(index: Path, tmp_path: Path) -> None:
    request = Request(("mine",), installer_args=("--no-index", "--find-links", index.as_uri()))
    walked = walk(LocalMachine(), sys.executable, request, [Asked("other")], tmp_path)
    assert walked and [one.version for one in walked.coming] == ["2"]


def test_an_index_may_be_a_folder_of_pages(index: Path, tmp_path: Path) -> None:
    page = tmp_path / "simple" / "other"
    page.mkdir(parents=True)
    wheel = next(index.glob("other-2-*"))
    link = f'<a href="{wheel.as_uri()}">{wheel.name}</a>'
    (page / "index.html").write_text(link, encoding="utf-8")
    told = ("--index-url", page.parent.as_uri(), "--extra-index-url", (tmp_path / "no").as_uri())
    request = Request(("other",), installer_args=told)
    walked = walk(LocalMachine(), sys.executable, request, [Asked("other")], tmp_path)
    assert walked and [one.version for one in walked.coming] == ["2"]
    assert walked.troubles == ()


def test_silent_index_is_reported_and_the_others_are_asked(index: Path, tmp_path: Path) -> None:
    silent = "http://joe:secret@127.0.0.1:9/simple"
    told = ("--find-links", str(index), "--index-url", silent, "--retries", "0")
    request = Request(("other",), installer_args=told)
    walked = walk(LocalMachine(), sys.executable, request, [Asked("other")], tmp_path)
    assert walked and [one.version for one in walked.coming] == ["2"]
    assert walked.troubles == ("http://****@127.0.0.1:9/simple: cannot connect to 127.0.0.1",)


def test_unfetchable_file_is_reported(index: Path, tmp_path: Path) -> None:
    full = tmp_path / "none"  # as a folder on a full disk, nothing can be put there
    told = ("--no-index", "--find-links", str(index))
    request = Request(("mine",), installer_args=told)
    walked = walk(LocalMachine(), sys.executable, request, [Asked("mine")], full)
    assert walked
    assert [(one.version, one.path) for one in walked.coming] == [("2.0", None)]
    assert walked.unfetched == (f"{index / 'mine-2.0.tar.gz'}: No such file or directory",)


def test_archive_bomb_is_not_unpacked_by_the_target_script(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    folder.mkdir()
    bomb = io.BytesIO(b"\0" * 200_000_000)
    with tarfile.open(folder / "mine-1.0.tar.gz", "w:gz", compresslevel=1) as archive:
        for name, content in (("z", bomb), ("PKG-INFO", io.BytesIO(b"Requires-Dist: other\n"))):
            member = tarfile.TarInfo(f"mine-1.0/{name}")
            member.size = len(content.getvalue())
            archive.addfile(member, content)
    rows = look(folder, tmp_path, "mine")
    assert (rows["mine"].version, set(rows)) == ("1.0", {"mine", "setuptools"})


def test_constraints_hold_where_their_markers_do(index: Path, tmp_path: Path) -> None:
    held = tmp_path / "held.txt"
    held.write_text(
        'mine<1; python_version < "3"\nmine<2 \\\n --hash=sha256:0\nother<1; os_name == "x"\n',
        encoding="utf-8",
    )
    rows = look(index, tmp_path, "mine", "--constraint", str(held))
    assert (rows["mine"].version, rows["other"].version) == ("1.0", "2")
    assert look(index, tmp_path, "mine", "--constraint", held.as_uri())["mine"].version == "1.0"
