"""Which projects were asked for by path or URL, and what asks for them again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from buildfix.catalog import Knowledge
from buildfix.core import (
    Attempt,
    Cause,
    Command,
    Diagnosis,
    Request,
    events,
)
from buildfix.engine.origins import asked_again, in_index, known_origins
from buildfix.engine.outcome import Alternative
from buildfix.engine.session import RunContext, Session
from buildfix.engine.strategies.order import last_resort
from buildfix.installers.by_name import fetch_options, install_argv, unavailable
from buildfix.installers.direct_references import (
    DirectRequest,
    direct_requests,
    words_for_installed,
)
from buildfix.installers.requirements import distributions_asked, parse, pinned
from tests.unit.machines import INTERPRETER, TRIXIE, Played, Recorded

SHIPPED = Knowledge()
DONE = Attempt(Command(("pip",)), "x.log", 0, 1.0, None)
URL = "https://files.example/six-1.16.0.tar.gz"
WALKED = Played(json.dumps({"rows": [{"name": "six", "requirement": "six", "why": "asked"}]}))


def session_for(
    request: Request, tmp_path: Path, there: dict[str, object] | None = None
) -> Session:
    machine = Recorded(
        {
            ".py direct-urls": [Played(json.dumps(there or {}))],
            ".py resolution": [WALKED],
        },
    )
    session = Session(
        RunContext(parse(request), machine, SHIPPED, tmp_path, INTERPRETER, host=TRIXIE)
    )
    if there is not None:
        session.journal.add(events.AttemptFinished(DONE))
    return session


@pytest.mark.parametrize(
    ("word", "name"),
    [
        (f"six @ {URL}", "six"),
        (URL, "six"),
        ("git+https://host.example/team/Six.git@main#egg=Six", "six"),
        ("https://host.example/my-thing-2.0-py3-none-any.whl", "my-thing"),
        ("git+https://host.example/team/repo.git", None),
    ],
)
def test_a_url_tells_the_name_of_its_project_where_it_has_one(word: str, name: str | None) -> None:
    assert direct_requests(Request((word,))) == (DirectRequest((word,), name),)


def test_a_folder_is_called_what_its_own_files_say(tmp_path: Path) -> None:
    folder = tmp_path / "some-folder"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[project]\nname = "Six"\n', encoding="utf-8")
    listed = tmp_path / "r.txt"
    listed.write_text(f"-e {folder}\n", encoding="utf-8")
    for request, words in (
        (Request((f"{folder}[fast]",)), (f"{folder}[fast]",)),
        (Request(editables=(str(folder),)), ("-e", str(folder))),
        (Request(requirement_files=(str(listed),)), ("-e", str(folder))),
        (Request((folder.as_uri(),)), (folder.as_uri(),)),
    ):
        found = known_origins(session_for(request, tmp_path))
        assert found.named == {"six": words}
        assert found.paths == {"six": folder}


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ({"url": "file:///src/six", "dir_info": {}}, ("six @ file:///src/six",)),
        ({"url": "file:///src/six", "dir_info": {"editable": True}}, ("-e", "/src/six")),
        (
            {
                "url": "https://host.example/six.git",
                "vcs_info": {"vcs": "git", "commit_id": "abc"},
                "subdirectory": "py",
            },
            ("six @ git+https://host.example/six.git@abc#subdirectory=py",),
        ),
        ({"url": URL, "archive_info": {}}, (f"six @ {URL}",)),
        ({}, ()),
    ],
)
def test_a_dependency_by_direct_reference_is_asked_for_by_what_was_written_down(
    origin: dict[str, object], words: tuple[str, ...], tmp_path: Path
) -> None:
    assert words_for_installed("six", origin) == words
    session = session_for(Request(("outer",)), tmp_path, {"six": origin})
    assert asked_again(session, ["six"]) == (words or ("six",))


def test_a_repository_without_a_name_has_that_of_what_was_installed_from_it(tmp_path: Path) -> None:
    word = "git+https://me:secret@host.example/team/repo.git@main"
    origin = {"url": "https://host.example/team/repo.git", "vcs_info": {"vcs": "git"}}
    request = Request((word, "demo==2"))
    before = session_for(request, tmp_path)
    assert not in_index(before, "six")  # it may be what the repository holds
    after = session_for(request, tmp_path, {"six": origin})
    assert asked_again(after, ["six==1.16.0", "demo"]) == (word, "demo==2")


def test_no_step_installs_a_namesake_of_what_was_asked_by_path() -> None:
    request = Request(("./Cython", "demo"))
    direct = {"cython": ("./Cython",), "six": ("-e", "./six")}
    fetch = fetch_options(replace(request, installer_args=("--no-index",)), {}, "", direct)
    host = replace(TRIXIE, fetch=fetch)
    argv = install_argv(host, ("setuptools", "Cython<3", "six", "cython>=0.29"))
    assert argv[-5:] == ("--no-index", "setuptools", "./Cython", "-e", "./six")
    assert unavailable("Cython<3", fetch) == ""
    assert unavailable("setuptools", fetch)


def test_no_other_release_is_taken_from_an_index_for_what_was_asked_by_path(tmp_path: Path) -> None:
    folder = tmp_path / "six"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[project]\nname = "six"\n', encoding="utf-8")
    session = session_for(Request((str(folder),)), tmp_path)
    cause = Cause("source-error", "six.c", 1, "")
    failed = Diagnosis(failed=True, project="six", cause=cause)
    made = replace(DONE, returncode=1, diagnosis=failed)
    session.journal.add(events.AttemptFinished(made))
    assert last_resort(session, failed) == Alternative()
    assert not any("files" in word for argv in session.machine.ran for word in argv)  # type: ignore[attr-defined]


def test_a_pin_leaves_what_was_asked_by_url_as_it_is() -> None:
    request = Request((f"six @ {URL}", "demo>=1"))
    assert pinned(request, ("six==1.15", "demo==2")).requirements == (f"six @ {URL}", "demo==2")


@pytest.mark.parametrize(
    ("word", "known_by"),
    [
        ("git+https://me:pw@host.example/a/b.git@v1", "https://host.example/a/b.git"),
        ("git+ssh://git@host.example/a/b.git@feature/x", "ssh://git@host.example/a/b.git"),
        ("git+https://host.example/a/b.git#egg=Bee", "bee"),
        ("https://host.example/a-1.zip#sha256=00", "https://host.example/a-1.zip"),
    ],
)
def test_distribution_from_a_url_is_found_by_its_direct_url_json(word: str, known_by: str) -> None:
    assert distributions_asked(Request((word,))) == (known_by,)


def test_a_link_to_a_folder_is_found_by_both_its_paths(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    asked = distributions_asked(Request((str(tmp_path / "link"),)))
    assert set(asked) == {(tmp_path / "real").as_uri(), (tmp_path / "link").as_uri()}
