"""What was asked for by the URL of its file: fetched by a real pip, read before any build."""

from __future__ import annotations

import functools
import http.server
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from buildfix.core import Plan, Request, events
from buildfix.core.errors import TargetError
from buildfix.engine.dry_run import dry_run
from buildfix.forecast.url_sources import fetch_direct
from buildfix.installers.requirements import requirements_by_url
from buildfix.machines.local import LocalMachine
from buildfix.render.messages import heading
from tests.unit.archives import sdist_of
from tests.unit.machines import PYTHON, TRIXIE, Played, Recorded, interpreter_facts
from tests.unit.recipes import small_knowledge

SETUP = """
from setuptools import Extension, setup
setup(name="cffi", ext_modules=[Extension("_ext", ["_ext.c"], libraries=["ffi"])])
"""
URL = "https://files.example/cffi-1.0.tar.gz"


def sdist(folder: Path) -> Path:
    return sdist_of(folder, {"setup.py": SETUP, "_ext.c": "#include <ffi.h>\n"}, "cffi-1.0")


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "served"
    folder.mkdir()
    sdist(folder)
    handler = functools.partial(Silent, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as there:
        threading.Thread(target=there.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{there.server_address[1]}"
        there.shutdown()


def test_pip_fetches_what_is_there_and_tells_of_what_is_not(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    local = tmp_path / "served" / "cffi-1.0.tar.gz"
    urls = [
        f"{server}/cffi-1.0.tar.gz#sha256=0",
        f"{server}/cffi-1.0.tar.gz#subdirectory=python",
        f"{server}/absent-1.0.tar.gz",
        f"{server}/absent-1.0-py3-none-any.whl",
        local.as_uri(),
        (tmp_path / "absent").as_uri(),
    ]
    into = tmp_path / "into"
    came, inside, absent, wheel, here, nowhere = fetch_direct(
        LocalMachine(), sys.executable, Request(), urls, into
    )
    assert came.path and came.path.read_bytes() == local.read_bytes()
    assert (inside.path, inside.trouble) == (None, "")
    assert absent.trouble.startswith("the server says 404")
    assert wheel.trouble.startswith("the server says 404")
    assert (here.path, nowhere.trouble) == (local, "no such file")


def foretold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: dict[str, str]
) -> list[events.Event]:
    monkeypatch.setattr("buildfix.dependency_kinds.header.Header.is_present", lambda *_: False)
    monkeypatch.setattr("buildfix.platforms.host_facts.gather", lambda *_: TRIXIE)
    recorded = Recorded(
        {
            ".py interpreter": [interpreter_facts()],
            ".py urls": [Played(json.dumps([row]))],
            ".py resolution": [Played('{"rows": []}')],
            "ls /var/lib/apt/lists": [Played()],
        }
    )
    request = Request((f"cffi @ {URL}",), python=PYTHON, unattended=True)
    knowledge = small_knowledge(tmp_path / "recipes")
    return list(dry_run(request, recorded, knowledge, tmp_path))


def plan_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: dict[str, str]) -> Plan:
    last = foretold(tmp_path, monkeypatch, row)[-1]
    assert isinstance(last, events.PlanProposed)
    return last.plan


def test_unreadable_source_is_reported_before_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "cffi-1.0.tar.gz"
    source.write_bytes(b"no archive")
    unread, plan = foretold(tmp_path, monkeypatch, {"path": str(source)})
    assert isinstance(unread, events.SourceUnread)
    label, told = heading(unread, raw=False) or ("", "")
    assert label == "unknown"
    assert told.startswith("Cannot read cffi-1.0.tar.gz as a source archive: ")
    assert isinstance(plan, events.PlanProposed)


def test_source_at_a_url_is_read_before_it_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_for(tmp_path, monkeypatch, {"path": str(sdist(tmp_path))})
    assert {name for step in plan.steps for name in step.packages} >= {"libffi-dev"}


def test_unreachable_url_ends_a_dry_run_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TargetError, match=r"Cannot fetch .*: gone") as told:
        plan_for(tmp_path, monkeypatch, {"trouble": "gone"})
    assert (told.value.exit_code, URL in str(told.value)) == (1, True)


def test_urls_are_told_from_names_paths_and_repositories(tmp_path: Path) -> None:
    listed = tmp_path / "requirements.txt"
    listed.write_text(f"numpy\n{URL} --hash=sha256:0\n", encoding="utf-8")
    repository = "git+https://git.example/x.git"
    words = ("lxml>=5", "./x.tar.gz", repository, "y@file:///y ; os_name=='nt'")
    request = Request(words, requirement_files=(str(listed),), editables=(repository,))
    found = requirements_by_url(request)
    assert [(one.name, one.url) for one in found] == [("y", "file:///y"), ("cffi", URL)]
    assert found[0].marker is not None
