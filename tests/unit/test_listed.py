"""Requirements files, read as pip reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildfix.core import Request
from buildfix.core.errors import UsageError
from buildfix.installers import pip_options
from buildfix.installers.request_items import RequestItem
from buildfix.installers.requirement_files import read_requirements
from buildfix.installers.requirements import (
    check,
    distributions_asked,
    local_projects,
    projects_asked,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "r.txt"


def words(file: Path, text: str) -> list[str]:
    file.write_text(text, encoding="utf-8")
    return [one.word for one in read_requirements(file).items]


def test_files_include_others_by_quoted_names_and_each_other(file: Path) -> None:
    (file.parent / "a b.txt").write_text("-r r.txt\nsix\n", encoding="utf-8")
    assert words(file, '--requirement="a b.txt"\nlxml\n-r r.txt\n-r absent.txt\n') == [
        "six",
        "lxml",
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_mark_of_the_encoding_is_no_part_of_the_first_name(file: Path, encoding: str) -> None:
    file.write_text("lxml\nsix\n", encoding=encoding)
    assert [one.word for one in read_requirements(file).items] == ["lxml", "six"]


def test_comments_continuations_hashes_and_variables_are_read(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOST_NAME", "files.example")
    text = "# lxml \\\nsix==1 \\\n  --hash=sha256:0 # why\nx @ https://${HOST_NAME}/x#egg=x\n"
    assert words(file, text) == ["six==1", "x @ https://files.example/x#egg=x"]


def test_what_it_says_of_the_index_is_told_to_pip_after_the_command_lines_words(
    file: Path,
) -> None:
    (file.parent / "house").mkdir()
    file.write_text(
        "-i https://index.example/a --extra-index-url=https://index.example/b\n"
        "-c held.txt\n-f house\n-f https://index.example/files\n--pre\n--no-binary :all:\n"
        "--index-url\n",  # what cannot be read is left to pip
        encoding="utf-8",
    )
    assert read_requirements(file).options == (
        *("--index-url", "https://index.example/a"),
        *("--extra-index-url", "https://index.example/b"),
        *("--constraint", str(file.parent / "held.txt")),
        *("--find-links", str(file.parent / "house")),
        *("--find-links", "https://index.example/files"),
        "--pre",
        *("--no-binary", ":all:"),
    )
    own = ("--index-url", "https://index.example/own")
    told = pip_options(Request(requirement_files=(str(file),), installer_args=own))
    assert told == (*own, *read_requirements(file).options)


def test_its_editable_projects_are_projects_to_build(file: Path) -> None:
    file.write_text(f"-e {file.parent}\nsix\n", encoding="utf-8")
    request = Request(requirement_files=(str(file),))
    first = RequestItem(str(file.parent), True, f"{file}, line 1")
    assert read_requirements(file).items[0] == first
    assert local_projects(request) == (file.parent,)
    assert distributions_asked(request) == ("six", file.parent.as_uri())


def test_invalid_line_is_reported_with_its_file_and_number(file: Path) -> None:
    file.write_text("six\nno requirement\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"r\.txt, line 2: 'no requirement' is not a requirement"):
        check(Request(requirement_files=(str(file),)))


def test_a_name_may_stand_close_to_its_url() -> None:
    check(Request(("x@https://files.example/x-1.tar.gz",)))
    assert projects_asked(Request(("x@https://files.example/x-1.tar.gz",))) == ("x",)
