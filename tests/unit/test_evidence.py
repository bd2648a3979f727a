"""What became of remedies before: kept in a file, shown beside a remedy, used for the order."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from buildfix import api, engine
from buildfix.catalog import Knowledge, shipped_folder
from buildfix.catalog.evidence import append_records, read_records
from buildfix.cli import run
from buildfix.cli.evidence import keep_evidence
from buildfix.core import Command, InstallPackages, Manual, Need, Plan, events
from buildfix.core.errors import UsageError
from buildfix.core.evidence import RemedyRecord
from buildfix.engine.journal_file import JOURNAL, read_journal
from buildfix.package_managers import Owner
from buildfix.providers import draft_plan
from buildfix.providers.evidence import with_evidence
from buildfix.render.document_types.lists import EvidenceLineDocument
from buildfix.render.messages import evidence_line
from buildfix.render.plan_rows import plan_rows
from tests.document_schema import errors_in, name_of
from tests.unit.machines import NO_HEADER, TRIXIE
from tests.unit.test_prescribe import OTHER, STRANGE, Lists, packages
from tests.unit.test_repair import DONE, REQUEST, machine

FFI = RemedyRecord(
    "debian:13",
    "Install libffi-dev with apt",
    "header-missing",
    "ffi.h",
    applied=43,
    gone=42,
    installed=41,
    first="2026-11-01",
    last="2026-11-30",
    versions=("0.1",),
)
ODD = replace(
    FFI,
    remedy="Install libodd-dev with apt",
    subject="strange.h",
    applied=2,
    gone=2,
    installed=2,
)
LOG = "a.c:1:10: fatal error: ffi.h: No such file or directory\nERROR: Failed building wheel for x"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "evidence.jsonl"


def known(file: Path, *records: RemedyRecord) -> Knowledge:
    append_records(file, records)
    return Knowledge([shipped_folder()], file)


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let the recorded machine be a bare trixie, and ship no evidence."""
    monkeypatch.setattr("buildfix.platforms.host_facts.gather", lambda *_: TRIXIE)
    monkeypatch.setattr("buildfix.catalog.evidence.EVIDENCE", "none.jsonl")
    (tmp_path / "x.log").write_text(LOG)


def test_records_of_the_same_remedy_are_added(file: Path) -> None:
    later = replace(FFI, applied=1, gone=0, installed=0, first="2026-12-01", last="2026-12-02")
    append_records(file, (FFI, ODD))
    append_records(file, (replace(later, versions=("0.2",)),))
    (ffi, odd) = read_records(file)
    assert odd == ODD
    assert (ffi.applied, ffi.gone, ffi.installed) == (44, 42, 41)
    assert (ffi.first, ffi.last, ffi.versions) == ("2026-11-01", "2026-12-02", ("0.1", "0.2"))


def test_lines_are_as_their_schema_says(file: Path) -> None:
    append_records(file, (FFI,))
    (line,) = file.read_text().splitlines()
    document = json.loads(line)
    assert document["schema"] == name_of(EvidenceLineDocument)
    assert errors_in(document) == []


def row(**changes: Any) -> str:
    return json.dumps({"schema": "buildfix.evidence/1", **json.loads(LINE), **changes})


LINE = json.dumps(
    {
        "system": "debian:13",
        "remedy": "Install a",
        "cause": {"kind": "header-missing", "subject": "a.h"},
        "applied": 1,
        "gone": 1,
        "installed": 1,
        "first": "2026-11-30",
        "last": "2026-11-30",
        "versions": [],
    }
)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (row()[:-20], "line 1, is not the record of a remedy"),
        (row() + "\n" + LINE, "line 2, is not the record of a remedy"),
        (row(schema="buildfix.report/1"), "line 1"),
        (row(applied="43"), "line 1"),
        (row(applied=True), "line 1"),
        (row(installed=2), "line 1"),
        (row(cause="a.h"), "line 1"),
        (row(versions=7), "line 1"),
        ("[]", "line 1"),
        ("\xff", "has no records of remedies"),
    ],
)
def test_another_file_is_an_error_of_one_line(
    content: str, says: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(content, encoding="latin-1")
    for words in (["explain", str(file.parent / "x.log")], ["recipes", "evidence"], ["-n", "six"]):
        assert run([*words, "--evidence", str(file)]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert says in line
        assert "buildfix fix --evidence FILE" in line


def test_a_file_that_is_missing_is_only_created_by_a_run(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain", str(file.parent / "x.log"), "--evidence", str(file)]) == 2
    assert "Cannot read" in capsys.readouterr().err
    nowhere = file.parent / "nowhere" / "evidence.jsonl"
    assert run(["-n", "six", "--evidence", str(nowhere)]) == 2
    assert "There is no folder for" in capsys.readouterr().err


def test_unknown_keys_are_ignored(file: Path) -> None:
    file.write_text(row(more=1) + "\n")
    assert len(read_records(file)) == 1


def test_a_file_without_its_last_newline_stays_readable(file: Path) -> None:
    append_records(file, (FFI,))
    file.write_bytes(file.read_bytes().rstrip(b"\n"))
    append_records(file, (ODD,))
    assert read_records(file) == (FFI, ODD)


def test_a_full_disk_leaves_no_half_line(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append_records(file, (FFI,))
    before = file.read_bytes()

    class Full:
        def __init__(self, path: Path) -> None:
            self.file = path.open("a+b", buffering=0)

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            self.file.close()

        def write(self, text: bytes) -> int:
            return self.file.write(text[:10])

        def __getattr__(self, name: str) -> Any:
            return getattr(self.file, name)

    original = Path.open
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        full = Full(file)
        patch.setattr(Path, "open", lambda path, *mode, **_: full if mode else original(path))
        append_records(file, (FFI,))
    assert file.read_bytes() == before


def test_explain_shows_the_record_of_the_same_system_only(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    append_records(file, (FFI,))
    words = ["explain", str(file.parent / "x.log"), "--evidence", str(file)]
    assert run([*words, "--os", "debian:13"]) == 0
    assert "worked 41 of 43 times on Debian 13\n" in capsys.readouterr().out
    for other in ("debian:12", "ubuntu:24.04"):
        assert run([*words, "--os", other]) == 0
        assert "worked" not in capsys.readouterr().out
    assert run([*words, "--os", "debian:13", "--json"]) == 0
    remedies = json.loads(capsys.readouterr().out)["remedies"]
    shown = [record for one in remedies for record in one.get("evidence", ())]
    assert [(one["installed"], one["applied"]) for one in shown] == [(41, 43)]
    assert run([*words[:2], "--os", "debian:13", "--json"]) == 0
    assert '"evidence"' not in capsys.readouterr().out


def test_a_dead_end_is_shown_with_its_record(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = replace(FFI, remedy="Install libffi7", applied=3, gone=0, installed=0)
    other_cause = replace(failed, remedy="Install zlib", subject="zlib.h")
    append_records(file, (failed, other_cause, replace(failed, system="debian:12", remedy="Old")))
    words = ["explain", str(file.parent / "x.log"), "--evidence", str(file)]
    assert run([*words, "--os", "debian:13"]) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if "does not help" in line]
    assert told == ["    does not help: Install libffi7 (worked 0 of 3 times on Debian 13)"]


@pytest.mark.parametrize(
    "need", [Need("build", "dep:generic/libffi"), Need("pkgconfig-missing", "libffi")]
)
def test_causes_that_the_same_library_mends_share_their_record(need: Need, file: Path) -> None:
    knowledge = known(file, FFI)
    (step,) = with_evidence(draft_plan((need,), TRIXIE, knowledge).steps, TRIXIE, knowledge)
    assert evidence_line(step) == "worked 41 of 43 times on Debian 13"


def test_a_version_that_is_too_old_has_a_record_of_its_own(file: Path) -> None:
    knowledge = known(file, replace(FFI, kind="library-too-old", subject="libffi"))
    steps = draft_plan((Need("header-missing", "ffi.h"),), TRIXIE, knowledge).steps
    assert [one.evidence for one in with_evidence(steps, TRIXIE, knowledge)] == [()]


def test_a_step_for_several_causes_has_a_record_for_each(file: Path) -> None:
    gcc = replace(FFI, remedy="Install build-essential with apt", kind="compiler-missing")
    knowledge = known(file, FFI, replace(gcc, subject="c", applied=1, gone=1, installed=1))
    needs = (Need("compiler-missing", "c"), Need("header-missing", "ffi.h"))
    (step,) = with_evidence(draft_plan(needs, TRIXIE, knowledge).steps, TRIXIE, knowledge)
    told = "worked on Debian 13: C compiler 1 of 1 time, ffi.h 41 of 43 times"
    assert evidence_line(step) == told


EVEN = replace(OTHER, package="libeven-dev")
EITHER: dict[Need, tuple[Owner, ...]] = {STRANGE: (EVEN, OTHER)}


def test_of_two_packages_the_one_that_worked_here_is_taken_even_unattended(file: Path) -> None:
    lists = Lists(EITHER)
    found = draft_plan((STRANGE,), TRIXIE, known(file, ODD), index=lists, attended=False)
    assert packages(found) == ("libodd-dev",)


@pytest.mark.parametrize(
    ("record", "taken"),
    [
        (replace(ODD, system="debian:12"), "libeven-dev"),
        (replace(ODD, subject="other.h"), "libeven-dev"),
        (replace(ODD, gone=0, installed=0), "libeven-dev"),
        (replace(ODD, applied=0, gone=0, installed=0), "libeven-dev"),
        (replace(ODD, remedy="Install libeven-dev with apt", gone=0, installed=0), "libodd-dev"),
        (replace(ODD, remedy="Install liball-dev with apt"), "libeven-dev"),
    ],
)
def test_evidence_decides_the_order_only_for_its_own_case(
    record: RemedyRecord, taken: str, file: Path
) -> None:
    knowledge = known(file, record)
    found = draft_plan((STRANGE,), TRIXIE, knowledge, index=Lists(EITHER))
    assert packages(found) == (taken,)
    unattended = draft_plan((STRANGE,), TRIXIE, knowledge, index=Lists(EITHER), attended=False)
    assert unattended.steps == (), "only what always worked is sure"


def test_a_run_is_recorded_and_its_record_is_shown(
    knowledge: Knowledge, tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story = engine.repair(
        REQUEST, machine(NO_HEADER, DONE), knowledge, lambda _: True, tmp_path / "logs"
    )
    end = list(story)[-1]
    assert isinstance(end, events.Finished)
    for _ in range(2):
        keep_evidence(file, end, knowledge)
    written = replace(end, journal=read_journal(tmp_path / "logs" / JOURNAL))
    keep_evidence(file, written, knowledge)
    assert run(["recipes", "evidence", "--evidence", str(file)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    counts = "applied: 3; cause gone: 3; installed and imported: 3"
    assert f"Install libffi-dev with apt for header-missing ffi.h: {counts}" in shown
    words = ["explain", "--os", "debian:13", "--evidence", str(file)]
    assert run([*words, str(tmp_path / "x.log")]) == 0
    assert "worked 3 of 3 times on Debian 13" in capsys.readouterr().out
    plan = next(_plans(tmp_path / "again", file))
    assert evidence_line(plan.steps[0]) == "worked 3 of 3 times on Debian 13"


def _plans(logs: Path, file: Path) -> Any:
    recipes = api.load_recipes(None, file)
    for event in engine.repair(REQUEST, machine(NO_HEADER, DONE), recipes, lambda _: True, logs):
        if isinstance(event, events.PlanProposed):
            yield event.plan


def test_a_remedy_whose_cause_came_back_did_not_work(
    knowledge: Knowledge, tmp_path: Path, file: Path
) -> None:
    story = engine.repair(REQUEST, machine(NO_HEADER), knowledge, lambda _: True, tmp_path / "logs")
    end = list(story)[-1]
    assert isinstance(end, events.Finished)
    keep_evidence(file, end, knowledge)
    (record,) = (one for one in read_records(file) if one.remedy == FFI.remedy)
    assert (record.applied, record.gone, record.installed) == (1, 0, 0)


def test_a_run_that_was_cut_short_shows_nothing(
    knowledge: Knowledge, tmp_path: Path, file: Path
) -> None:
    story = engine.repair(
        REQUEST, machine(NO_HEADER, DONE), knowledge, lambda _: True, tmp_path / "logs"
    )
    end = list(story)[-1]
    assert isinstance(end, events.Finished)
    for outcome in ("interrupted", "person-needed"):
        cut = replace(end, report=replace(end.report, outcome=outcome))
        keep_evidence(file, cut, knowledge)
    assert read_records(file) == ()


def test_a_file_that_cannot_be_written_does_not_change_the_end(
    knowledge: Knowledge, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story = engine.repair(
        REQUEST, machine(NO_HEADER, DONE), knowledge, lambda _: True, tmp_path / "logs"
    )
    end = list(story)[-1]
    assert isinstance(end, events.Finished)
    keep_evidence(tmp_path, end, knowledge)
    assert "the evidence was not added" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("recorded", "named"),
    [
        ("alpine:3.22.1", "Alpine Linux 3.22"),
        ("fedora:42", "Fedora 42"),
        ("arch", "Arch Linux"),
        ("macos:15.6", "macOS 15"),
        ("nobodys:7", "nobodys 7"),
    ],
)
def test_a_point_release_is_the_same_system(recorded: str, named: str, file: Path) -> None:
    need = Need("compiler-missing", "c")
    knowledge = known(
        file, replace(FFI, system=recorded, remedy="Do it", kind=need.kind, subject="c")
    )
    name, _, version = recorded.partition(":")
    host = replace(TRIXIE, id=name, version=version)
    (step,) = with_evidence((Manual("Do it", (need,)),), host, knowledge)
    assert evidence_line(step) == f"worked 41 of 43 times on {named}"


def test_a_step_without_packages_is_named_by_its_summary() -> None:
    need = Need("compiler-missing", "c")
    step = InstallPackages("Install gcc", (need,), packages=("gcc",))
    assert step.names_for(need) == ("Install gcc",)
    assert step.names_for(Need("compiler-missing", "cxx")) == ()


def test_a_compiler_is_not_the_remedy_for_a_library_beside_it() -> None:
    cc, ffi = Need("compiler-missing", "c"), Need("header-missing", "ffi.h")
    purposes = (("gcc", (cc, ffi)), ("libffi-dev", (ffi,)), ("libffi8", (ffi,)))
    step = InstallPackages("Install all", (cc, ffi), manager="apt", purposes=purposes)
    assert step.names_for(ffi) == ("Install libffi-dev with apt", "Install libffi8 with apt")
    assert step.names_for(cc) == ("Install gcc with apt",)


def test_error_is_raised_when_the_recipes_are_loaded(file: Path) -> None:
    file.write_text("{}\n")
    with pytest.raises(UsageError):
        api.load_recipes(None, file)


def test_a_step_with_evidence_is_the_same_step() -> None:
    step = InstallPackages("Install gcc", (), packages=("gcc",))
    assert replace(step, evidence=((FFI, "Debian 13"),)) == step


@pytest.mark.parametrize(("installed", "shown"), [(43, False), (41, True)])
def test_a_short_plan_only_tells_of_what_has_failed_before(
    file: Path, installed: int, shown: bool
) -> None:
    recipes = known(file, replace(FFI, gone=43, installed=installed))
    steps = draft_plan([Need("header-missing", "ffi.h")], TRIXIE, recipes).steps
    steps = with_evidence(steps, TRIXIE, recipes)
    plan = Plan(("demo",), TRIXIE, steps, Command(("pip", "install", "demo")))
    said = [row.left for row in plan_rows(plan)]
    assert any("worked" in text for text in said) is shown
    assert any("worked" in row.left for row in plan_rows(plan, whole=True))
