"""The loop, on recorded machines."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest

from buildfix import engine
from buildfix.catalog import Knowledge, shipped_folder
from buildfix.core import Halt, Host, Need, Plan, Privilege, Report, Request, events
from buildfix.core.errors import BuildfixError, TargetError, UsageError
from buildfix.engine.dry_run import dry_run
from buildfix.installers import requirement_files
from buildfix.render.closing import closing_line
from buildfix.render.documents import plan_document, report_document
from tests.document_schema import errors_in
from tests.unit.archives import sdist_of
from tests.unit.machines import (
    INTERPRETER,
    NO_COMPILER,
    NO_HEADER,
    PYTHON,
    TRIXIE,
    Answer,
    Played,
    Recorded,
    distribution,
    interpreter_facts,
)

DONE = Played("Successfully installed cffi-1.0")
INSTALLED = Played("ii  build-essential\nii  python3-dev\n")
REQUEST = Request(("cffi",), python=PYTHON, unattended=True)


@pytest.fixture(autouse=True)
def host(monkeypatch: pytest.MonkeyPatch) -> dict[str, Host]:
    """Let the recorded machine be a bare trixie, or what a test puts in its place."""
    box = {"host": TRIXIE}
    monkeypatch.setattr("buildfix.platforms.host_facts.gather", lambda *_: box["host"])
    return box


def machine(*attempts: Answer, **more: list[Answer]) -> Recorded:
    return Recorded(
        {
            ".py interpreter": [interpreter_facts()],
            ".py distributions": more.get("described", [distribution("cffi", "_cffi")]),
            ".py imports": more.get("imports", [Played('{"_cffi": null}')]),
            "pip install": list(attempts),
            "dpkg-query": more.get("dpkg", [INSTALLED]),
            "ls /var/lib/apt/lists": [Played("archive_Packages")],
            "stat -c %Y /var/lib/apt/lists": [Played(str(int(time.time())))],
            "apt-get --print-uris": [Played()],
            "apt-get": more.get("apt", [Played()]),
            "venv": [Played()],
            "ensurepip": [Played()],
        },
    )


def play(
    recorded: Recorded,
    knowledge: Knowledge,
    tmp_path: Path,
    request: Request = REQUEST,
    answer: bool = True,
) -> tuple[Report, list[events.Event]]:
    story = list(engine.repair(request, recorded, knowledge, lambda _: answer, tmp_path / "logs"))
    last = story[-1]
    assert isinstance(last, events.Finished)
    assert errors_in(report_document(last.report, last.journal)) == []
    for event in story:
        if isinstance(event, events.PlanProposed):
            assert errors_in(plan_document(event.plan)) == []
    return last.report, story


def applied(report: Report) -> list[tuple[str, ...]]:
    return [step.packages for step in report.applied]


def test_two_failed_builds_and_an_import(knowledge: Knowledge, tmp_path: Path) -> None:
    recorded = machine(NO_COMPILER, NO_HEADER, DONE)
    report, story = play(recorded, knowledge, tmp_path)
    assert (report.outcome, len(report.attempts)) == ("installed", 3)
    assert applied(report) == [("build-essential", "python3-dev"), ("libffi-dev",)]
    assert report.proofs[0].modules == ("_cffi",)
    assert Path(report.attempts[0].log).read_text(encoding="utf-8").startswith("error: command")
    kinds = [type(event).__name__ for event in story]
    assert kinds[:5] == [
        "AttemptStarted",
        "LogLine",
        "AttemptFinished",
        "CauseFound",
        "PlanProposed",
    ]


def test_the_installer_speaks_plain_english(knowledge: Knowledge, tmp_path: Path) -> None:
    recorded = machine(DONE)
    play(recorded, knowledge, tmp_path)
    at = next(number for number, argv in enumerate(recorded.ran) if "install" in argv)
    assert recorded.ran[at][:6] == (PYTHON, "-m", "pip", "install", "--no-cache-dir", "-v")
    assert recorded.variables[at]["LC_ALL"] in ("C.UTF-8", "en_US.UTF-8")
    assert recorded.variables[at]["NO_COLOR"] == "1"


def test_the_same_cause_after_its_remedy_ends_it(knowledge: Knowledge, tmp_path: Path) -> None:
    report, _ = play(machine(NO_HEADER), knowledge, tmp_path)
    assert (report.outcome, len(report.attempts)) == ("unfixed", 2)
    assert "came back" in report.reason


def test_remedy_that_is_already_present_is_not_repeated(
    knowledge: Knowledge, tmp_path: Path, host: dict[str, Host]
) -> None:
    host["host"] = replace(TRIXIE, packages=frozenset({"libffi-dev"}))
    report, _ = play(machine(NO_HEADER), knowledge, tmp_path)
    assert (report.outcome, len(report.attempts)) == ("unfixed", 1)
    assert "is installed, but the build" in report.reason


def test_round_limit_ends_the_run(knowledge: Knowledge, tmp_path: Path) -> None:
    request = replace(REQUEST, max_rounds=1)
    report, _ = play(machine(NO_COMPILER, DONE), knowledge, tmp_path, request)
    assert (report.outcome, len(report.attempts), report.applied) == ("unfixed", 1, ())


def test_unknown_cause_is_not_guessed(knowledge: Knowledge, tmp_path: Path) -> None:
    report, _ = play(machine(Played("it went wrong", 1)), knowledge, tmp_path)
    assert (report.outcome, report.applied) == ("unfixed", ())
    assert report.diagnosis is not None
    assert report.diagnosis.cause is not None
    assert report.diagnosis.cause.kind == "unknown"


def test_declined_plan_needs_a_person_and_changes_nothing(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    recorded = machine(NO_COMPILER)
    report, _ = play(recorded, knowledge, tmp_path, answer=False)
    assert (report.outcome, report.applied) == ("person-needed", ())
    assert not any("apt-get" in argv for argv in recorded.ran)


@pytest.mark.parametrize(
    ("privilege", "word"), [("none", "sudo is not installed"), ("sudo-password", "password")]
)
def test_without_privileges_a_person_is_told_what_to_run(
    knowledge: Knowledge, tmp_path: Path, host: dict[str, Host], privilege: Privilege, word: str
) -> None:
    host["host"] = replace(TRIXIE, privilege=privilege)
    report, _ = play(machine(NO_COMPILER), knowledge, tmp_path)
    assert report.outcome == "person-needed"
    assert word in report.reason
    assert report.todo[0].packages == ("build-essential", "python3-dev")


def test_on_a_read_only_system_a_person_is_told_of_containers(
    knowledge: Knowledge, tmp_path: Path, host: dict[str, Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    host["host"] = replace(TRIXIE, read_only=True, title="Silverblue 43")
    layered = "rpm-ostree install {packages}"
    recipe = replace(knowledge.hosts["debian"], layered=layered)
    monkeypatch.setattr(knowledge, "host", lambda _: recipe)
    report, _ = play(machine(NO_COMPILER), knowledge, tmp_path)
    assert report.outcome == "person-needed"
    assert report.reason == (
        "Silverblue 43 is read-only, so packages cannot be installed into it. Run buildfix in a "
        "container (toolbox enter, or distrobox enter), or run: "
        "rpm-ostree install build-essential python3-dev."
    )


@pytest.mark.parametrize(
    ("privilege", "unattended", "recorded_by_sudo", "head"),
    [
        ("sudo", True, True, ("sudo", "-n", "env", "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")),
        ("sudo-password", False, True, ("sudo", "-n", "env", "LC_ALL=C")),
        ("sudo-password", False, False, ("sudo", "env", "LC_ALL=C")),
    ],
)
def test_only_the_step_that_needs_root_gets_it(
    knowledge: Knowledge,
    tmp_path: Path,
    host: dict[str, Host],
    privilege: Privilege,
    unattended: bool,
    recorded_by_sudo: bool,
    head: tuple[str, ...],
) -> None:
    host["host"] = replace(TRIXIE, privilege=privilege)
    recorded = machine(NO_COMPILER, DONE)
    true = Played(returncode=0 if recorded_by_sudo else 1)
    recorded.answers = {**recorded.answers, "sudo -v": [Played()], "sudo -n true": [true]}
    play(recorded, knowledge, tmp_path, replace(REQUEST, unattended=unattended))
    (argv,) = (one for one in recorded.ran if "apt-get" in one and "--print-uris" not in one)
    assert argv[: len(head)] == head
    asked = ("sudo", "-v") in recorded.ran
    assert asked is (privilege == "sudo-password")
    pip = [argv for argv in recorded.ran if "pip" in argv]
    assert pip
    assert [argv for argv in pip if "sudo" in argv] == []


def test_another_apts_lock_is_waited_for_and_said(
    knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("buildfix.engine.package_manager_runs._LOCK_PAUSE", 0.0)
    locked = Played(
        "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (apt-get)\n"
        "E: Unable to acquire the dpkg frontend lock, is another process using it?",
        100,
    )
    recorded = machine(NO_COMPILER, DONE, apt=[locked, locked, Played()])
    report, story = play(recorded, knowledge, tmp_path)
    waits = [event.reason for event in story if isinstance(event, events.Waiting)]
    assert report.outcome == "installed"
    assert waits == ["apt is locked by process 7 (apt-get)"] * 2


def test_failed_step_ends_the_run_with_its_output(knowledge: Knowledge, tmp_path: Path) -> None:
    broken = Played("E: Unable to locate package build-essential", 100)
    report, _ = play(machine(NO_COMPILER, apt=[broken]), knowledge, tmp_path)
    assert report.outcome == "unfixed"
    assert "Unable to locate package build-essential" in report.reason
    assert report.applied == ()


def test_failed_import_is_diagnosed_like_a_failed_build(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    failed = Played('{"_cffi": "ImportError: failed to find libmagic.  Check your installation"}')
    recorded = machine(DONE, imports=[failed, Played('{"_cffi": null}')])
    report, story = play(recorded, knowledge, tmp_path)
    assert (report.outcome, applied(report)) == ("installed", [("libmagic1t64",)])
    assert any(isinstance(event, events.ImportFailed) for event in story)


def test_a_library_beside_the_modules_is_no_module(knowledge: Knowledge, tmp_path: Path) -> None:
    library = "ImportError: dynamic module does not define module export function (PyInit_libx)"
    told = Played(json.dumps({"_cffi": None, "cffi.lib.libx": library}))
    report, _ = play(machine(DONE, imports=[told]), knowledge, tmp_path)
    assert report.outcome == "installed"
    assert report.proofs[0].modules == ("_cffi",)


def test_a_wheel_that_does_not_fit_is_built_from_source(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    failed = Played('{"_cffi": "InternalError: lxml & xmlsec libxml2 library version mismatch"}')
    recorded = machine(DONE, imports=[failed, Played('{"_cffi": null}')])
    report, _ = play(recorded, knowledge, tmp_path)
    assert report.outcome == "installed"
    last = report.attempts[-1].command.argv
    assert last[6:] == ("--force-reinstall", "--no-deps", "--no-binary", "lxml", "lxml")


def test_interrupt_leaves_a_report(knowledge: Knowledge, tmp_path: Path) -> None:
    recorded = machine(NO_COMPILER, DONE)
    story = engine.repair(REQUEST, recorded, knowledge, lambda _: True, tmp_path / "logs")
    last: events.Event | None = None
    for event in story:
        if isinstance(event, events.StepFinished):
            last = story.throw(KeyboardInterrupt)
    assert isinstance(last, events.Finished)
    assert last.report.outcome == "interrupted"
    assert applied(last.report) == []
    assert last.report.changes.halt == Halt("Ctrl-C", "between")
    assert "Nothing was changed." in closing_line(last.report)


def test_a_managed_interpreter_is_left_alone(
    knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    managed = interpreter_facts(externally_managed=True, can_make_venv=True)
    recorded = machine(DONE)
    recorded.answers = {
        **recorded.answers,
        ".py interpreter": [managed, interpreter_facts()],
    }
    report, _ = play(recorded, knowledge, tmp_path)
    assert report.outcome == "installed"
    assert report.interpreter == f"{tmp_path}/.venv/bin/python"
    (venv,) = (argv for argv in recorded.ran if argv[1:3] == ("-m", "venv"))
    assert venv[3] == f"{tmp_path}/.venv"


def test_a_managed_interpreter_without_pip_gets_its_environment_first(
    knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: dict[str, Host]
) -> None:
    monkeypatch.chdir(tmp_path)
    alone: dict[str, object] = {"externally_managed": True, "pip": None, "can_make_venv": False}
    owned = replace(INTERPRETER, **alone)  # type: ignore[arg-type]
    host["host"] = replace(TRIXIE, packages=frozenset(), interpreter=owned)
    recorded = machine(DONE)
    facts: list[Answer] = [interpreter_facts(**alone), interpreter_facts()]
    recorded.answers = {**recorded.answers, ".py interpreter": facts}
    report, _ = play(recorded, knowledge, tmp_path)
    assert report.outcome == "installed"
    package, venv, *_ = report.applied
    assert package.packages == ("python3-venv",)
    assert venv.argv[1:] == ("-m", "venv", f"{tmp_path}/.venv")


def test_what_dpkg_was_interrupted_at_is_finished_once(
    knowledge: Knowledge, tmp_path: Path, host: dict[str, Host]
) -> None:
    host["host"] = replace(TRIXIE, interrupted=True)
    recorded = machine(NO_COMPILER, NO_HEADER, DONE)
    journal: dict[str, list[Answer]] = {
        "ls /var/lib/dpkg/updates": [Played()],
        "--configure": [Played()],
    }
    recorded.answers = {**recorded.answers, **journal}
    report, _ = play(recorded, knowledge, tmp_path)
    assert report.outcome == "installed"
    assert [step.argv[0] for step in report.applied] == ["dpkg", "apt-get", "apt-get"]


ENSUREPIP = (PYTHON, "-m", "ensurepip", "--upgrade")


def test_a_virtual_environment_without_pip_gets_one(
    knowledge: Knowledge, tmp_path: Path, host: dict[str, Host]
) -> None:
    bare = replace(INTERPRETER, pip=None, can_make_venv=True)
    host["host"] = TRIXIE.with_interpreter(bare)
    recorded = machine(DONE)
    bare_facts = interpreter_facts(pip=None, can_make_venv=True)
    facts: list[Answer] = [bare_facts, interpreter_facts()]
    recorded.answers = {**recorded.answers, ".py interpreter": facts}
    report, _ = play(recorded, knowledge, tmp_path)
    assert (report.outcome, [step.argv for step in report.applied]) == ("installed", [ENSUREPIP])


def test_on_debian_the_package_with_ensurepip_comes_first(
    knowledge: Knowledge, tmp_path: Path, host: dict[str, Host]
) -> None:
    bare = replace(INTERPRETER, pip=None)
    host["host"] = replace(TRIXIE, packages=frozenset(), interpreter=bare)
    recorded = machine(DONE)
    recorded.answers = {
        **recorded.answers,
        ".py interpreter": [interpreter_facts(pip=None)],
    }
    *_, last = dry_run(REQUEST, recorded, knowledge, tmp_path)
    assert isinstance(last, events.PlanProposed)
    package, step = last.plan.steps
    assert (package.packages, step.argv) == (("python3-venv",), ENSUREPIP)


def test_credentials_are_in_neither_log_nor_event(knowledge: Knowledge, tmp_path: Path) -> None:
    secret = Played("Looking in indexes: https://me:hunter2@index.example/simple\nbad", 1)
    report, story = play(machine(secret), knowledge, tmp_path)
    assert "hunter2" not in Path(report.attempts[0].log).read_text(encoding="utf-8")
    assert "hunter2" not in repr(story)


@pytest.mark.parametrize(
    ("request_", "facts", "told", "code"),
    [
        (Request(()), {}, "Nothing to install", 2),
        (Request(("lxml==",)), {}, "'lxml==' is not a requirement", 2),
        (Request(("x@@",)), {}, "is not a requirement", 2),
        (Request(("./nowhere",)), {}, "./nowhere does not exist", 2),
        (Request(requirement_files=("no.txt",)), {}, "file no.txt does not exist", 2),
        (Request(("cffi",), python="/no/python"), {}, "Interpreter /no/python does not exist", 2),
        (
            Request(("cffi",), installer="uv", installer_args=("--require-hashes",)),
            {},
            "uv is not on PATH, and pip cannot install it",
            1,
        ),
        (Request(("cffi",)), {"pip": None}, "has no pip", 1),
        (Request(("cffi",)), {"pip": None, "prefix": "/usr"}, "has no pip", 1),
    ],
)
def test_invalid_input_is_reported_before_any_change(
    knowledge: Knowledge,
    tmp_path: Path,
    request_: Request,
    facts: dict[str, object],
    told: str,
    code: int,
    host: dict[str, Host],
) -> None:
    recorded = machine(DONE)
    recorded.answers = {**recorded.answers, ".py interpreter": [interpreter_facts(**facts)]}
    described = replace(INTERPRETER, **facts)  # type: ignore[arg-type]
    host["host"] = TRIXIE.with_interpreter(described)
    asked = replace(request_, python=request_.python or PYTHON)
    with pytest.raises(BuildfixError) as caught:
        play(recorded, knowledge, tmp_path, asked)
    assert told in str(caught.value)
    assert code == UsageError.exit_code or "Nothing was changed" in str(caught.value)
    assert caught.value.exit_code == code
    assert not any("install" in one and "--print-uris" not in one for one in recorded.ran)


SETUP_WITH_FFI = """
from setuptools import Extension, setup
setup(name="cffi", ext_modules=[Extension("_ext", ["_ext.c"], libraries=["ffi"])])
"""


def test_what_fetches_a_repository_is_foreseen(knowledge: Knowledge, tmp_path: Path) -> None:
    asked = replace(REQUEST, requirements=("git+https://me:pw@git.example/x.git",))
    asked = replace(asked, requirement_files=("https://files.example/r.txt",))
    unread, listed, proposed = dry_run(asked, machine(), knowledge, tmp_path)
    assert isinstance(listed, events.SourceUnread)
    assert listed.why.startswith("https://files.example/r.txt is a remote requirements file")
    assert isinstance(unread, events.SourceUnread)
    assert unread.why.startswith("git+https://****@git.example/x.git is a repository; a dry")
    assert isinstance(proposed, events.PlanProposed)
    plan = proposed.plan
    told = [*(need for step in plan.steps for need in step.because), *dict(plan.unmet)]
    assert Need("tool-missing", "git") in told


def test_a_dry_run_reads_a_requirements_file_once(
    knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = tmp_path / "r.txt"
    listed.write_text("six\nlxml>=5\n", encoding="utf-8")
    asked = replace(REQUEST, requirements=("cffi", "numpy"), requirement_files=(str(listed),))
    recorded = machine()
    recorded.answers = {".py resolution": [Played('{"rows": []}')], **recorded.answers}
    read = Mock(wraps=requirement_files.decoded)
    monkeypatch.setattr(requirement_files, "decoded", read)
    list(dry_run(asked, recorded, knowledge, tmp_path / "scratch"))
    assert read.call_count == 1


def test_a_dry_run_with_a_wheelhouse_names_no_folder_of_its_own(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    asked = replace(REQUEST, wheelhouse=str(tmp_path / "house"))
    scratch = tmp_path / "scratch"
    recorded = machine()
    recorded.answers = {".py resolution": [Played('{"rows": []}')], **recorded.answers}
    *_, last = dry_run(asked, recorded, knowledge, scratch)
    assert isinstance(last, events.PlanProposed)
    assert str(scratch) not in str(last.plan.install)


def test_a_pip_too_old_to_tell_is_to_be_upgraded(
    knowledge: Knowledge, tmp_path: Path, host: dict[str, Host]
) -> None:
    recorded = machine()
    recorded.answers = {
        **recorded.answers,
        ".py interpreter": [interpreter_facts(pip="19.3.1")],
    }
    host["host"] = TRIXIE.with_interpreter(replace(INTERPRETER, pip="19.3.1"))
    with pytest.raises(
        TargetError, match=r"pip 19\.3\.1 is too old for a dry run\..* --upgrade pip\."
    ):
        list(dry_run(REQUEST, recorded, knowledge, tmp_path))


SILENT = {
    "rows": [{"name": "cffi", "requirement": "cffi", "why": "asked"}],
    "troubles": {"https://me:pw@index.example": "the server says 401 Unauthorized"},
}
TOLD = "https://****@index.example: the server says 401 Unauthorized."


def test_an_index_that_is_silent_is_told_where_pip_does_not(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    """Pip says of a refused login that there is no such version."""
    recorded = machine(Played("ERROR: No matching distribution found for cffi", 1))
    recorded.answers = {".py resolution": [Played(json.dumps(SILENT))], **recorded.answers}
    report, _ = play(recorded, knowledge, tmp_path)
    assert report.outcome == "unfixed"
    assert TOLD in report.reason


MISSING = {"kind": "missing", "causes": [["cffi", ""]], "certain": True}


def test_a_dry_run_says_that_an_index_is_silent_and_plans_nothing(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    recorded = machine(DONE)
    answer = {**SILENT, "refused": MISSING}
    recorded.answers = {".py resolution": [Played(json.dumps(answer))], **recorded.answers}
    *_, found, last = dry_run(REQUEST, recorded, knowledge, tmp_path)
    assert isinstance(found, events.CauseFound) and isinstance(last, events.PlanProposed)
    assert found.diagnosis.cause and found.diagnosis.cause.kind == "network"
    assert found.diagnosis.cause.subject == "index.example"
    assert TOLD in found.diagnosis.says
    assert last.plan.steps == () and last.plan.diagnosis == found.diagnosis


@pytest.mark.parametrize("name", ["dry run", "run"])
def test_project_unknown_to_the_index_is_refused_before_any_change(
    knowledge: Knowledge, tmp_path: Path, name: str
) -> None:
    """The project that lacks is told, and not one that was to be built beside it."""
    recorded = machine(DONE)
    cause = [["lameenc==99", "other 1.0"]]
    answer = {"rows": [], "refused": {**MISSING, "causes": cause}}
    recorded.answers = {".py resolution": [Played(json.dumps(answer))], **recorded.answers}
    asked = replace(REQUEST, from_source=True)
    if name == "run":
        report, _ = play(recorded, knowledge, tmp_path, asked)
        assert (report.outcome, report.attempts, report.applied) == ("unfixed", (), ())
        assert "No index has a distribution that matches lameenc==99" in report.reason
    else:
        *_, last = dry_run(asked, recorded, knowledge, tmp_path)
        assert isinstance(last, events.PlanProposed) and last.plan.diagnosis
        assert last.plan.diagnosis.cause
        assert last.plan.diagnosis.cause.subject == "lameenc==99"
        assert last.plan.steps == ()
    assert not any("apt-get" in argv for argv in recorded.ran)


def test_a_dry_run_reads_the_source_and_builds_nothing(
    knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("buildfix.dependency_kinds.header.Header.is_present", lambda *_: False)
    recorded = machine(NO_COMPILER)
    files = {"setup.py": SETUP_WITH_FFI, "_ext.c": "#include <Python.h>\n#include <ffi.h>\n"}
    sdist = sdist_of(tmp_path, files, "cffi-1.0")
    row = {"name": "cffi", "requirement": "cffi", "why": "asked", "version": "1.0"}
    came = Played(json.dumps({"rows": [{**row, "path": str(sdist)}]}))
    recorded.answers = {".py resolution": [came], **recorded.answers}
    plans: Iterator[Plan] = (
        event.plan
        for event in dry_run(REQUEST, recorded, knowledge, tmp_path)
        if isinstance(event, events.PlanProposed)
    )
    (plan,) = plans
    assert set(plan.steps[0].packages) == {"build-essential", "python3-dev", "libffi-dev"}
    assert plan.install.argv == (PYTHON, "-m", "pip", "install", "--no-cache-dir", "-v", "cffi")
    assert not any("install" in one and "--print-uris" not in one for one in recorded.ran)
    assert not any("apt-get" in one and "--print-uris" not in one for one in recorded.ran)


def test_run_and_dry_run_propose_the_same_first_plan(
    knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("buildfix.dependency_kinds.header.Header.is_present", lambda *_: False)
    files = {"setup.py": SETUP_WITH_FFI, "_ext.c": "#include <Python.h>\n#include <ffi.h>\n"}
    row = {"name": "cffi", "requirement": "cffi", "why": "asked", "version": "1.0"}
    row["path"] = str(sdist_of(tmp_path, files, "cffi-1.0"))
    asked = replace(REQUEST, from_source=True)

    def walked() -> Recorded:
        recorded = machine(DONE)
        recorded.answers = {
            ".py resolution": [Played(json.dumps({"rows": [row]}))],
            **recorded.answers,
        }
        return recorded

    _, story = play(walked(), knowledge, tmp_path, asked)
    done = next(event.plan for event in story if isinstance(event, events.PlanProposed))
    *_, last = dry_run(asked, walked(), knowledge, tmp_path / "scratch")
    assert isinstance(last, events.PlanProposed)
    assert last.plan.steps == done.steps != ()


MOVED_ON = Played(
    "E: Failed to fetch http://x/gcc.deb  404  Not Found\n"
    "E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?",
    100,
)
UNPARSABLE = Played("E: The package lists or status file could not be parsed or opened.", 100)


@pytest.fixture
def worded(knowledge: Knowledge, tmp_path: Path) -> Knowledge:
    """Give the small body of knowledge with what is known of package managers' messages."""
    shutil.copy(shipped_folder() / "managers.toml", tmp_path / "recipes")
    return knowledge


@pytest.mark.parametrize(
    ("first", "renewed"),
    [
        (MOVED_ON, [("apt-get", "update")]),
        (UNPARSABLE, [("rm", "-rf", "--", "/var/lib/apt/lists"), ("apt-get", "update")]),
    ],
)
def test_lists_that_are_at_fault_are_fetched_again_once(
    worded: Knowledge, tmp_path: Path, first: Played, renewed: list[tuple[str, ...]]
) -> None:
    recorded = machine(NO_COMPILER, DONE, apt=[first, Played(), Played()])
    recorded.answers = {"rm -rf": [Played()], **recorded.answers}
    report, story = play(recorded, worded, tmp_path)
    assert report.outcome == "installed"
    system = [argv[:4] for argv in recorded.ran if argv[0] in ("apt-get", "rm")]
    assert [argv for argv in system if argv[1] != "install"] == renewed
    assert sum(isinstance(event, events.Notice) for event in story) == 1


def test_lists_are_fetched_again_no_more_than_once(worded: Knowledge, tmp_path: Path) -> None:
    recorded = machine(NO_COMPILER, DONE, apt=[MOVED_ON, Played(), MOVED_ON])
    report, _ = play(recorded, worded, tmp_path)
    assert report.outcome == "unfixed"
    assert "404  Not Found" in report.reason


def test_failed_refresh_of_lists_does_not_end_the_run(
    knowledge: Knowledge, tmp_path: Path, host: dict[str, Host]
) -> None:
    host["host"] = replace(TRIXIE, lists_fresh=False)
    dead = Played("E: The repository 'http://dead x Release' does not have a Release file.", 100)
    report, story = play(machine(NO_COMPILER, DONE, apt=[dead, Played()]), knowledge, tmp_path)
    assert report.outcome == "installed"
    assert applied(report) == [("build-essential", "python3-dev")]
    (notice,) = (event.text for event in story if isinstance(event, events.Notice))
    assert notice.startswith("Continuing without the package lists: ")


def test_why_lists_could_not_be_fetched_is_told_where_packages_are_missing(
    knowledge: Knowledge, tmp_path: Path, host: dict[str, Host]
) -> None:
    host["host"] = replace(TRIXIE, lists_fresh=False)
    away = Played("E: Temporary failure resolving 'archive.example'", 100)
    missing = Played("E: Package 'gcc' has no installation candidate", 100)
    report, _ = play(machine(NO_COMPILER, apt=[away, missing, away]), knowledge, tmp_path)
    assert report.outcome == "unfixed"
    assert "no installation candidate. Before that, fetching the package lists" in report.reason
    assert "Temporary failure resolving" in report.reason
