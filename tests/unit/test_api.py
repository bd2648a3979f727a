"""The library: `import buildfix`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

import buildfix
from buildfix import api
from buildfix.core import Host, Plan, Request, events
from buildfix.core.errors import UsageError
from buildfix.engine.journal_file import JOURNAL
from buildfix.machines.state_folders import runs_folder
from tests.scoreboard.cases import CORPUS
from tests.tree import ROOT
from tests.unit.archives import sdist_of
from tests.unit.machines import NO_HEADER, PYTHON, TRIXIE, Answer, Played, Recorded
from tests.unit.test_repair import DONE, SETUP_WITH_FFI, machine

LXML = (CORPUS / "debian" / "lxml.be.log").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("buildfix.platforms.host_facts.gather", lambda *_: TRIXIE)


@pytest.fixture
def recorded(tmp_path: Path) -> Recorded:
    """A machine on which cffi must be built: the first attempt lacks a header."""
    files = {"setup.py": SETUP_WITH_FFI, "_ext.c": "#include <ffi.h>\n"}
    row = {"name": "cffi", "requirement": "cffi", "why": "asked", "version": "1.0"}
    row["path"] = str(sdist_of(tmp_path, files, "cffi-1.0"))
    made = machine(NO_HEADER, DONE)
    resolution: list[Answer] = [Played(json.dumps({"rows": [row]}))]
    made.answers = {".py resolution": resolution, **made.answers}
    return made


def test_names_of_the_library_are_imported_on_first_use() -> None:
    code = (
        "import sys, buildfix\n"
        "assert 'buildfix.api' not in sys.modules\n"
        "for name in buildfix.__all__: getattr(buildfix, name)\n"
        "assert 'buildfix.engine' not in sys.modules, 'slow to load'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert buildfix.__all__ == api.__all__
    assert buildfix.repair is api.repair
    assert {*buildfix.__all__} < {*dir(buildfix)}
    assert not hasattr(buildfix, "nonesuch")


def test_a_log_is_explained_with_remedies_for_a_host() -> None:
    found = buildfix.explain(LXML, host="debian:13")
    assert str(found.cause) == "dependency-missing: libxml2"
    assert "libxslt1-dev" in found.remedies[-1].packages
    assert buildfix.explain(iter(LXML.splitlines(True)), host="debian:13") == found
    assert buildfix.explain("Successfully installed x-1").remedies == ()
    with pytest.raises(UsageError, match="plan9"):
        buildfix.explain(LXML, host="plan9")


def test_log_is_explained_for_the_release_that_it_names() -> None:
    log = (
        "-- The C compiler identification is GNU 11.4.0 (Ubuntu 11.4.0-1ubuntu1~22.04)\n"
        "torch.__version__  = 2.4.0+cu121\n"
        "OSError: CUDA_HOME environment variable is not set. Please set it to your CUDA install"
        " root.\nFailed to build demo\n"
    )
    assert "ubuntu2204" in str([step.argv for step in buildfix.explain(log).remedies])


def test_host_is_facts_or_a_stock_machine_or_a_file(tmp_path: Path) -> None:
    knowledge = api.load_recipes(None)
    stock = api.find_host("fedora:42", knowledge)
    assert isinstance(stock, Host) and stock.id == "fedora"
    assert api.find_host(stock, knowledge) is stock
    with pytest.raises(UsageError, match="is not a host description"):
        api.find_host(tmp_path / "none.json", knowledge)


def test_plan_changes_nothing(recorded: Recorded) -> None:
    words: list[str] = []
    found = buildfix.plan("cffi", python=PYTHON, machine=recorded, progress=words.append)
    assert isinstance(found, Plan)
    assert "libffi-dev" in found.steps[-1].packages
    assert words[0] == "Resolving cffi"
    assert not any("install" in one and "--print-uris" not in one for one in recorded.ran)
    assert not runs_folder().exists()


def test_repair_yields_events_and_asks_for_consent(recorded: Recorded) -> None:
    asked: list[Plan] = []

    def consent(plan: Plan) -> bool:
        asked.append(plan)
        return False

    story = list(buildfix.repair(["cffi"], consent=consent, python=PYTHON, machine=recorded))
    first, last = story[0], story[-1]
    assert isinstance(first, events.RunOpened) and isinstance(last, events.Finished)
    assert last.report.outcome == "person-needed"
    assert [one.plan for one in story if isinstance(one, events.PlanProposed)] == asked != []
    assert (Path(first.logs) / JOURNAL).parent.parent == runs_folder()
    assert (Path(first.logs) / JOURNAL).exists()


def test_options_besides_are_those_of_a_request(recorded: Recorded, tmp_path: Path) -> None:
    request = Request(("cffi",), installer_args=("--no-deps",))
    story = buildfix.repair(
        request,
        consent=lambda _: True,
        python=PYTHON,
        machine=recorded,
        logs=tmp_path / "mine",
        replay=True,
    )
    *_, last = story
    assert isinstance(last, events.Finished)
    assert (last.report.outcome, last.report.interpreter) == ("installed", PYTHON)
    assert "--no-deps" in last.report.attempts[-1].command.argv
    assert last.report.replay
    assert (tmp_path / "mine" / JOURNAL).exists()


def test_example_of_the_manual_runs(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Here(Recorded):
        def __init__(self) -> None:
            super().__init__(recorded.answers)

        def begun(self, _: Sequence[str]) -> AbstractContextManager[None]:
            return nullcontext()

    monkeypatch.setattr(api, "LocalMachine", Here)
    manual = (ROOT / "src/buildfix/MANUAL.md").read_text(encoding="utf-8")
    _, _, section = manual.partition("## As a library\n")
    (example,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    exec(compile(example, "MANUAL.md", "exec"), {})
    said = capsys.readouterr().out
    assert said.startswith("header-missing: ffi.h\n")
    assert "\nInstall libffi-dev, build-essential, python3-dev\n[" in said
    assert said.endswith("installed\n")
