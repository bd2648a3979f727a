"""The documents of the contract."""

from __future__ import annotations

from dataclasses import replace

from buildfix.core import (
    Arrival,
    Attempt,
    Cause,
    Command,
    Diagnosis,
    InstallPackages,
    Need,
    Plan,
    Proof,
    Report,
    Transaction,
    events,
    learned,
)
from buildfix.render.documents import diagnosis_document, plan_document, report_document
from tests.unit.machines import TRIXIE

STEP = InstallPackages(
    "Install libmagic1t64",
    (Need("run", "dep:generic/libmagic"),),
    argv=("apt-get", "install", "--yes", "--", "libmagic1t64"),
    env=(("DEBIAN_FRONTEND", "noninteractive"),),
    privileged=True,
    manager="apt",
    packages=("libmagic1t64",),
)
INSTALL = Command(("python", "-m", "pip", "install", "-i", "https://me:pw@index.example/", "x"))
CAUSE = Cause("header-missing", "ffi.h", 3, "a.c:1: fatal error", recipe="gcc-header")
DIAGNOSIS = Diagnosis(failed=True, project="x", phase="build", cause=CAUSE)


def test_plan_document_has_steps_and_redacted_commands() -> None:
    plan = plan_document(Plan(("x",), TRIXIE, (STEP,), INSTALL, ("x.y",)))
    assert plan["schema"] == "buildfix.plan/1"
    assert plan["steps"] == [
        {
            "kind": "packages",
            "summary": "Install libmagic1t64",
            "manager": "apt",
            "packages": ["libmagic1t64"],
            "argv": ["apt-get", "install", "--yes", "--", "libmagic1t64"],
            "env": {"DEBIAN_FRONTEND": "noninteractive"},
            "privileged": True,
            "because": [{"kind": "runtime-library-missing", "subject": "dep:generic/libmagic"}],
            "reasons": ["What is installed needs libmagic at run time."],
        }
    ]
    assert plan["install"]["argv"][-2:] == ["https://****@index.example/", "x"]
    assert plan["verify"] == {"modules": ["x.y"]}
    assert plan["host"]["id"] == "debian"


def test_plan_document_tells_what_would_come_and_how_large_it_is() -> None:
    need = Need("header-missing", "ffi.h")
    transaction = Transaction(3, 1000, None)
    step = InstallPackages("Install x", (need,), packages=("x",), transaction=transaction)
    arrivals = (
        Arrival("cffi", "2.0", "build", "cffi-2.0.tar.gz", needs=(need,), estimate=12.34),
        Arrival("six", "1.17", "present"),
    )
    plan = plan_document(Plan(("cffi",), TRIXIE, (step,), INSTALL, arrivals=arrivals))
    cause = {"kind": "header-missing", "subject": "ffi.h"}
    assert plan["builds"] == [
        {
            "name": "cffi",
            "version": "2.0",
            "how": "build",
            "file": "cffi-2.0.tar.gz",
            "needs": [cause],
            "estimate_s": 12.3,
        },
        {
            "name": "six",
            "version": "1.17",
            "how": "present",
            "file": None,
            "needs": [],
            "estimate_s": None,
        },
    ]
    assert (plan["download_bytes"], plan["disk_bytes"]) == (1000, None)
    assert plan["steps"][0]["because"] == [cause]
    assert plan["steps"][0]["reasons"] == ["The build of cffi needs ffi.h."]


def test_report_document_has_evidence_for_each_remedy() -> None:
    need = Need("header-missing", "ffi.h")
    step = InstallPackages("Install libffi-dev", (need,), packages=("libffi-dev",))
    applied, found = learned.StepApplied(step), events.CauseFound(DIAGNOSIS)
    entries = [events.Entry(1.0, one) for one in (found, applied)]
    (row,) = report_document(Report("installed", ("x",)), entries)["evidence"]
    assert row == {
        "remedy": "Install libffi-dev",
        "cause": {"kind": "header-missing", "subject": "ffi.h"},
        "came_back": False,
        "outcome": "installed",
    }
    again = [*entries, events.Entry(2.0, found)]
    (row,) = report_document(Report("unfixed", ("x",)), again)["evidence"]
    assert (row["came_back"], row["outcome"]) == (True, "unfixed")


def test_diagnosis_document_has_cause_and_remedies() -> None:
    told = diagnosis_document(replace(DIAGNOSIS, remedies=(STEP,)))
    assert told["cause"] == {
        "kind": "header-missing",
        "subject": "ffi.h",
        "line": 3,
        "text": "a.c:1: fatal error",
        "required": None,
        "confidence": 1.0,
        "by": "pattern",
    }
    assert (told["failed"], told["project"], told["phase"]) == (True, "x", "build")
    assert told["remedies"][0]["packages"] == ["libmagic1t64"]
    assert told["remedies"][0]["command"] == "apt-get install --yes -- libmagic1t64"


def test_report_document_has_attempts_proof_and_seconds() -> None:
    attempt = Attempt(INSTALL, "/log", 1, 1.2345, 7 << 20, DIAGNOSIS)
    proof = Proof("x", "1.0", "x-1.0-py3-none-any.whl", ("x.y",))
    report = report_document(
        Report("installed", ("x",), (attempt,), (STEP,), (proof,), interpreter="/v/bin/python")
    )
    assert report["schema"] == "buildfix.report/1"
    assert report["attempts"][0]["seconds"] == 1.234
    assert report["attempts"][0]["peak_rss"] == 7 << 20
    assert "pw" not in str(report["attempts"][0]["argv"])
    assert report["verified"]
    assert report["verified"]["modules"] == ["x.y"]
    assert (report["verified"]["version"], report["verified"]["wheel"]) == (
        "1.0",
        "x-1.0-py3-none-any.whl",
    )
    assert set(report["seconds"]) == {"total", "foresee", "apply", "install", "verify"}
    assert report_document(Report("unfixed", ("x",)))["verified"] is None
