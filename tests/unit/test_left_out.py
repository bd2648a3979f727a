"""What a build left out is told once, by its name, where it is missed; programs are found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from buildfix.analysis import Reading
from buildfix.analysis.findings import Finding
from buildfix.catalog import Knowledge
from buildfix.core import (
    Attempt,
    Command,
    MissingFeature,
    Need,
    Proof,
    Request,
    events,
    learned,
)
from buildfix.engine.background_analysis import AnalysisResult
from buildfix.engine.machine_changes import missing_features
from buildfix.engine.session import RunContext, Session
from buildfix.engine.verify import verify
from buildfix.forecast.builds import Forecast
from buildfix.forecast.requested import Build
from buildfix.installers.requirements import parse
from tests.unit.archives import sdist_of
from tests.unit.machines import INTERPRETER, TRIXIE, Answer, Played, Recorded, distribution

SHIPPED = Knowledge()
TIFF = (Need("header-missing", "tiff.h"), Need("library-missing", "tiff"))
WEBP = Need("header-missing", "webp/encode.h")


def test_missing_library_is_reported_once(tmp_path: Path) -> None:
    """Pillow's setup.py looks for some by several headers, pkg-config and library each."""
    request = parse(Request(("pillow",)))
    session = Session(
        RunContext(request, Recorded({}), SHIPPED, tmp_path, INTERPRETER, TRIXIE, local=False)
    )
    seen = AnalysisResult(optional={"pillow": (*TIFF, WEBP)})
    session.analysis.begin(lambda: seen, at_once=True)
    proofs = (Proof("pillow", "12.0", None, compiled=True),)
    session.journal.add(learned.InstallVerified(proofs))
    assert [(one.missing, one.packages[0]) for one in missing_features(session)] == [
        ("TIFF", "libtiff-dev"),
        ("WebP", "libwebp-dev"),
    ]


def test_a_project_that_spells_its_name_otherwise_is_told_of_too(tmp_path: Path) -> None:
    """As MarkupSafe does, whose build goes on without a compiler."""
    setup = (
        "from setuptools import Extension, setup\n"
        'setup(name="MarkUp_Safe", ext_modules=[Extension("_speedups", ["s.c"])])\n'
    )
    files = {"setup.py": setup, "s.c": "", "PKG-INFO": "Name: MarkUp_Safe\nVersion: 1\n"}
    source = sdist_of(tmp_path, files, "MarkUp_Safe-1")
    log = tmp_path / "log"
    log.write_text("  Building wheel for MarkUp_Safe (setup.py): started\n", encoding="utf-8")
    request = parse(Request((str(source),)))
    answer: dict[str, list[Answer]] = {".py project-files": [Played('{"rows": []}')]}
    session = Session(
        RunContext(
            request, Recorded(answer), SHIPPED, tmp_path, INTERPRETER, host=TRIXIE, local=False
        )
    )
    session.forecast_builds()
    made = Attempt(Command(("pip",)), str(log), 0, 1.0, None)
    proofs = (Proof("markup-safe", "1", None, compiled=False),)
    missing = (MissingFeature("markup-safe", "module _speedups does not import"),)
    session.journal.add(events.AttemptFinished(made))
    session.journal.add(learned.InstallVerified(proofs, parts_missing=missing))
    (told,) = missing_features(session)
    assert told.distribution == "markup-safe"
    assert told.missing.startswith("only as pure Python")
    assert told.packages == ()


def test_alternative_tls_backend_is_not_reported_missing() -> None:
    """Pycurl is built with one TLS library."""
    needs = (Need("library-missing", "mbedtls"), Need("header-missing", "zlib.h"))
    findings = tuple(Finding(need, "setup.py:1", sure=False) for need in needs)
    reading = Reading("pycurl", "", "setuptools.build_meta", (), None, (), (), optional=findings)
    outlook = Forecast(builds=(Build("pycurl", reading),))
    assert outlook.optional(SHIPPED) == {"pycurl": (Need("header-missing", "zlib.h"),)}


def test_a_program_that_setup_py_puts_down_itself_is_found_beside_the_interpreter(
    tmp_path: Path,
) -> None:
    """As uWSGI's by the `setup.py install` of pip 23.0, which notes no such file."""
    target = replace(INTERPRETER, path=str(tmp_path / "python"))
    machine = Recorded(
        {
            ".py distributions": [distribution("uwsgi", packages=["uwsgidecorators"])],
            str(tmp_path / "uwsgi"): [Played("2.0.31")],
        }
    )
    absent = verify(machine, target, ["uwsgi"], SHIPPED)
    assert [one.message for one in absent.failures] == ["The program uwsgi was not found."]
    (tmp_path / "uwsgi").touch()
    assert verify(machine, target, ["uwsgi"], SHIPPED).proofs[0].programs == (
        f"{tmp_path}/uwsgi --version",
    )
