"""The Python side of builds: what they import, what holds them, which release would do."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.tags import Tag
from packaging.version import Version

from buildfix import engine
from buildfix.analysis import Surroundings
from buildfix.catalog import Knowledge
from buildfix.core import (
    Cause,
    ConstrainBuild,
    Diagnosis,
    DisableIsolation,
    FetchOptions,
    Host,
    Need,
    Pin,
    Proof,
    Report,
    Request,
    events,
    learned,
    names_of,
    needs_of,
)
from buildfix.diagnosis.missing_features import uncompiled
from buildfix.engine.local_diagnosis import refine
from buildfix.engine.session import RunContext, Session
from buildfix.forecast.releases import asked_of, defined_in, headers_in, names_in, releases_of
from buildfix.installers import InstallOptions, install_command
from buildfix.installers.requirements import parse, pinned
from buildfix.platforms.binaries import locate, read_binary
from buildfix.platforms.headers import header_of, in_libc, installed_like, mentions
from buildfix.platforms.pythons import Installed
from buildfix.providers import Builds, draft_plan
from buildfix.providers.isolation import pinned_backend
from buildfix.providers.release_choice import nearest_supporting, newest_accepted
from tests.unit.archives import sdist_of
from tests.unit.machines import (
    INTERPRETER,
    PYTHON,
    TRIXIE,
    Answer,
    Played,
    Recorded,
    distribution,
    interpreter_facts,
)

KNOWLEDGE = Knowledge()
LINUX = Surroundings("linux", "x86_64", "glibc", "3.13.5")
PIKEPDF = (
    "/tmp/b/pikepdf/src/core/acroform.cpp:143:26: error: "
    "‘class QPDFAcroFormDocumentHelper’ has no member named ‘validate’"
)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    """Let the recorded machine be a trixie with all that C needs."""
    there = replace(
        TRIXIE,
        packages=TRIXIE.packages | {"build-essential", "python3-dev"},
        commands=frozenset({"gcc", "cc"}),
        interpreter=replace(INTERPRETER, has_headers=True),
    )
    monkeypatch.setattr("buildfix.platforms.host_facts.gather", lambda *_: there)
    return there


# ---- without isolation


def test_modules_come_in_one_install_with_what_is_declared_and_held() -> None:
    needs = [Need("python-module-missing", name) for name in ("numpy", "Cython")]
    builds = Builds({"lap": ("setuptools>=61",)}, held=("setuptools<81",))
    steps = draft_plan(needs, TRIXIE, KNOWLEDGE, builds=builds).steps
    assert [step.kind for step in steps] == ["command", "installer"]
    assert steps[0].argv[4:] == (
        "setuptools",
        "wheel",
        "setuptools>=61",
        "numpy",
        "Cython",
        "setuptools<81",
    )
    assert names_of(steps[1:], DisableIsolation) == ("lap",)


def test_what_holds_a_build_is_put_where_an_unisolated_one_looks() -> None:
    cause = Cause("python-module-missing", "pkg_resources", 1, "", recipe="pkg-resources-gone")
    needs = needs_of([cause])
    isolated = draft_plan(needs, TRIXIE, KNOWLEDGE, [cause], builds=Builds()).steps
    assert names_of(isolated, ConstrainBuild) == ("setuptools<81",)
    open_ = draft_plan(needs, TRIXIE, KNOWLEDGE, [cause], builds=Builds(unisolated=True)).steps
    assert open_[-1].argv[-1] == "setuptools<81"


def test_what_is_imported_at_run_time_is_installed_and_not_held_for_a_build() -> None:
    """As webrtcvad 2.0.10 does with pkg_resources; its metadata name no setuptools."""
    cause = Cause("python-module-missing", "pkg_resources", 3, "", recipe="pkg-resources-gone")
    broken = Builds(broken="webrtcvad==2.0.10")
    (step,) = draft_plan(needs_of([cause]), TRIXIE, KNOWLEDGE, [cause], builds=broken).steps
    assert step.argv[-4:] == ("-m", "pip", "install", "setuptools<81")
    assert not names_of((step,), ConstrainBuild)
    bare = TRIXIE.with_interpreter(replace(INTERPRETER, pip=None))
    bare = replace(bare, fetch=FetchOptions("uv"))
    (by_uv,) = draft_plan(needs_of([cause]), bare, KNOWLEDGE, [cause], builds=broken).steps
    assert by_uv.argv == ("uv", "pip", "install", "--python", PYTHON, "setuptools<81")
    (held,) = draft_plan(needs_of([cause]), TRIXIE, KNOWLEDGE, [cause], builds=Builds()).steps
    assert names_of((held,), ConstrainBuild) == ("setuptools<81",)


def test_modules_come_by_the_installer_that_the_user_named() -> None:
    bare = TRIXIE.with_interpreter(replace(INTERPRETER, pip=None))
    bare = replace(bare, fetch=FetchOptions("uv"))
    steps = draft_plan([Need("python-module-missing", "numpy")], bare, KNOWLEDGE).steps
    assert steps[0].argv[:5] == ("uv", "pip", "install", "--python", PYTHON)


@pytest.mark.parametrize(
    ("declared", "held", "told"),
    [
        (("setuptools<49.2.0",), (), "setuptools<49.2.0"),
        (("Setuptools==58",), (), "Setuptools==58"),
        (("setuptools>=61",), ("setuptools<58",), "setuptools<58"),
        (("setuptools>=61", "wheel<1"), (), None),
    ],
)
def test_a_backend_that_is_declared_is_not_missing(
    declared: tuple[str, ...], held: tuple[str, ...], told: str | None
) -> None:
    assert pinned_backend("setuptools", Builds({"demo": declared}, held)) == told


def test_constraints_reach_old_pips_only_through_pep_517() -> None:
    request = Request(("demjson",))
    old = replace(INTERPRETER, pip="23.0.1")
    assert "--use-pep517" in install_command(request, old, InstallOptions(constraints="/c")).argv
    new = install_command(
        request, replace(INTERPRETER, pip="26.0"), InstallOptions(constraints="/c")
    ).argv
    assert "--use-pep517" not in new
    assert "--build-constraint" in new


# ---- declarations of local projects


def test_a_local_project_with_an_undeclared_backend_is_built_without_isolation() -> None:
    text = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "flit_core.buildapi"\n'
    builds = Builds(local={"/mine/pyproject.toml": text})
    need = Need("backend-missing", "flit_core.buildapi")
    for attended in (True, False):
        found = draft_plan([need], TRIXIE, KNOWLEDGE, builds=builds, attended=attended)
        assert [step.kind for step in found.steps] == ["command", "installer"]
        assert 'add "flit-core" to `requires`' in found.notes[0]
        assert "/mine/pyproject.toml" in found.notes[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        '[project]\nname = "x"\n',
        '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n',
    ],
)
def test_a_backend_that_is_declared_or_another_projects_is_no_advice(text: str) -> None:
    builds = Builds(local={"/mine/pyproject.toml": text})
    need = Need("backend-missing", "flit_core.buildapi")
    assert draft_plan([need], TRIXIE, KNOWLEDGE, builds=builds).notes == ()


# ---- other releases


@given(st.integers(1, 200), st.integers(0, 220))
def test_the_newest_accepted_is_found_by_asking_about_few(count: int, first: int) -> None:
    candidates = [Version(str(count - place)) for place in range(count)]
    asked: list[Version] = []

    def accepts(candidate: Version) -> bool:
        asked.append(candidate)
        return candidates.index(candidate) >= first

    expected = candidates[first] if first < count else None
    assert newest_accepted(candidates, accepts) == expected
    assert len(asked) <= 2 * count.bit_length() + 2


def test_the_next_release_made_for_this_python_is_told_by_its_wheels() -> None:
    tags = {"1.19.5": "cp39", "1.26.4": "cp312", "2.1.0": "cp313", "2.2.0": "cp313"}
    releases = [
        (Version(version), frozenset({Tag(python, python, "macosx_11_0_arm64")}))
        for version, python in tags.items()
    ]
    taken = [Tag("cp313", "cp313", "manylinux_2_28_x86_64"), Tag("py3", "none", "any")]
    assert nearest_supporting(releases, Version("1.19.5"), taken) == Version("2.1.0")
    assert nearest_supporting(releases, Version("2.2.0"), taken) is None


def test_releases_that_this_python_may_not_have_are_left_out() -> None:
    files = [
        {"filename": "demo-1.0.tar.gz", "requires-python": ">=3.8"},
        {"filename": "demo-2.0.tar.gz", "requires-python": "<3.12"},
        {"filename": "demo-3.0-cp313-cp313-win_amd64.whl"},
        {"filename": "demo-4.0.tar.gz", "yanked": True},
        {"filename": "demo-5.0rc1.tar.gz"},
        {"filename": "demo-1.0.exe"},
    ]
    recorded = Recorded({"files": [Played(json.dumps({"files": files}))]})
    found = releases_of(recorded, INTERPRETER, "demo")
    assert [(str(one.version), one.has_sdist) for one in found] == [("1.0", True), ("3.0", False)]


def test_a_pin_stands_in_the_place_of_what_was_asked() -> None:
    request = Request(("Demo[x]>=2; python_version > '3'", "other"))
    assert pinned(request, ["demo==1.5", "more==1"]).requirements == (
        'Demo[x]==1.5; python_version > "3"',
        "other",
        "more==1",
    )


@pytest.mark.parametrize(
    ("files", "asked"),
    [
        ({"a.c": '#if V\n#error "demo requires librdkafka v2.16.0 or later."\n#endif'}, ">=2.16.0"),
        ({"a.c": "int main(void) { return 0; }"}, None),
    ],
)
def test_sources_tell_the_version_that_they_ask_for(
    tmp_path: Path, files: dict[str, str], asked: str | None
) -> None:
    capability = KNOWLEDGE.capability("library-too-old", "librdkafka")
    assert capability is not None
    assert asked_of(sdist_of(tmp_path, files), capability, LINUX, KNOWLEDGE) == asked


def test_a_constant_of_setup_py_tells_it_too(tmp_path: Path) -> None:
    capability = KNOWLEDGE.capability("library-too-old", "proj")
    assert capability is not None
    path = sdist_of(tmp_path, {"setup.py": "PROJ_MIN_VERSION = (9, 4, 0)\n"})
    assert asked_of(path, capability, LINUX, KNOWLEDGE) == ">=9.4.0"


def test_names_are_found_late_in_large_sources(tmp_path: Path) -> None:
    late = "// filler\n" * 20_000 + "acroform.validate(repair);\n"
    path = sdist_of(tmp_path, {"src/a.cpp": late, "README": "other_name"})
    assert names_in(path, ["validate", "other_name"]) == {"validate"}
    zipped = tmp_path / "demo.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("demo/a.c", "validate();")
    assert names_in(zipped, ["validate"]) == {"validate"}


def test_a_projects_own_functions_are_no_librarys(tmp_path: Path) -> None:
    code = "int own(int a,\n        int b)\n{\n  return their(a);\n}\n#define MACRO 1\n"
    path = sdist_of(tmp_path, {"a.c": code})
    assert defined_in(path, ["own", "their", "MACRO"]) == {"own", "MACRO"}


def test_what_cython_made_includes_what_its_declarations_say(tmp_path: Path) -> None:
    files = {
        "src/_mssql.pyx": "from .sqlfront cimport *\n",
        "src/_mssql.c": '#include "Python.h"\n',
        "src/sqlfront.pxd": 'cdef extern from "sqlfront.h":\n    pass\n',
        "other/x.pxd": 'cdef extern from "zlib.h":\n    pass\n',
    }
    assert headers_in(sdist_of(tmp_path, files), "src/_mssql.c") == ("Python.h", "sqlfront.h")


# ---- headers and libraries


def test_header_that_declares_a_type_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "usr/include/qpdf"
    folder.mkdir(parents=True)
    (folder / "QPDF.hh").write_text("class QPDF_DLL QPDF { };\nclass QPDFForward;\n")
    (folder / "Other.hh").write_text("typedef struct x { int a; } qpdf_data;\nint validate;\n")
    assert header_of("ns::QPDF", TRIXIE, tmp_path) == "qpdf/QPDF.hh"
    assert header_of("qpdf_data", TRIXIE, tmp_path) == "qpdf/Other.hh"
    assert header_of("QPDFForward", TRIXIE, tmp_path) is None
    assert mentions("qpdf/QPDF.hh", "validate", TRIXIE, tmp_path)
    assert not mentions("qpdf/QPDF.hh", "revalidate", TRIXIE, tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="ELF")
def test_a_binary_says_what_it_takes_from_where() -> None:
    modules = sorted(Path(sys.base_prefix).glob("lib/python3*/lib-dynload/*.so"))
    binary = next(filter(None, map(read_binary, modules)), None)
    assert binary is not None
    libc = locate(
        "libc.so.6", binary, ("/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib64")
    )
    assert libc is not None
    library = read_binary(libc)
    assert library is not None
    assert any(name.startswith("GLIBC_2.") for name in library.versions)
    assert "malloc" in library.defined
    versioned = {name: one for name, one in binary.undefined.items() if one.version}
    assert all(
        one.version in library.versions for one in versioned.values() if one.library == "libc.so.6"
    )
    assert read_binary(Path(__file__)) is None
    assert in_libc("malloc")
    assert not in_libc("DBSETLENCRYPTION")


# ---- what a diagnosis means on this machine


def session_of(tmp_path: Path, host: Host, *held: str) -> Session:
    request = Request(("pikepdf",), python=PYTHON, unattended=True)
    session = Session(
        RunContext(parse(request), Recorded({}), KNOWLEDGE, tmp_path, INTERPRETER, host=host)
    )
    session.journal.add(learned.StepApplied(ConstrainBuild("Constrain", names=held)))
    return session


def test_a_member_that_a_librarys_type_lacks_means_the_library(
    tmp_path: Path, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = "qpdf/QPDFAcroFormDocumentHelper.hh"
    monkeypatch.setattr("buildfix.diagnosis.refine_diagnosis.header_of", lambda *_: owner)
    session = session_of(tmp_path, host)
    cause = Cause("source-error", "acroform.cpp", 1, PIKEPDF)
    told = refine(session, Diagnosis(True, "pikepdf", "build", cause), [PIKEPDF])
    assert told.cause is not None
    assert (told.cause.kind, told.cause.subject) == ("library-too-old", "qpdf")
    assert told.says.startswith("The source uses names that QPDF")
    assert session.state.too_old is not None
    assert session.state.too_old.names == ("validate",)


@pytest.mark.parametrize(
    ("installed", "there", "kind"),
    [
        (True, ("git2.h", "git2/blob.h"), "library-too-old"),
        (True, ("git2.h", "elsewhere/git2/sys/errors.h"), "header-missing"),
        (True, (), "header-missing"),
        (False, ("git2.h",), "header-missing"),
    ],
)
def test_a_header_that_an_installed_library_lacks_means_that_it_is_too_old(
    tmp_path: Path,
    host: Host,
    monkeypatch: pytest.MonkeyPatch,
    installed: bool,
    there: tuple[str, ...],
    kind: str,
) -> None:
    """As pygit2 1.16 on bookworm, whose libgit2 1.5 has no git2/sys/errors.h."""
    for name in there:
        path = tmp_path / "usr/include" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    look = partial(installed_like, root=tmp_path)
    monkeypatch.setattr("buildfix.diagnosis.refine_diagnosis.installed_like", look)
    packages = host.packages | ({"libgit2-dev"} if installed else frozenset())
    session = session_of(tmp_path, replace(host, packages=packages))
    cause = Cause("header-missing", "git2/sys/errors.h", 1, "")
    told = refine(session, Diagnosis(True, "pygit2", "build", cause), [])
    assert told.cause is not None
    assert told.cause.kind == kind
    if kind == "library-too-old":
        assert told.cause.subject == "libgit2"
        assert told.says.startswith("The source includes git2/sys/errors.h, which libgit2")


def test_a_held_backend_that_does_not_import_means_the_python(tmp_path: Path, host: Host) -> None:
    cause = Cause("backend-missing", "setuptools.build_meta", 1, "")
    failed = Diagnosis(True, "demjson", "metadata", cause)
    told = refine(session_of(tmp_path, host, "setuptools<58"), failed, [])
    assert told.cause is not None
    assert (told.cause.kind, told.cause.subject) == ("python-unsupported", "3.13")
    assert refine(session_of(tmp_path, host), failed, []) == failed


# ---- through the loop

RunLoop = Callable[[Recorded], Report]


@pytest.fixture
def run(tmp_path: Path, host: Host) -> Callable[..., Report]:  # noqa: ARG001
    """Return what plays a recorded machine to its end."""

    def play(recorded: Recorded, request: Request) -> Report:
        story = list(engine.repair(request, recorded, KNOWLEDGE, lambda _: True, tmp_path / "logs"))
        last = story[-1]
        assert isinstance(last, events.Finished)
        return last.report

    return play


def machine(name: str, *attempts: Played, imports: list[Answer], **more: object) -> Recorded:
    row = {"name": name, "requirement": name, "why": "asked", "version": "1.0"}
    files = [
        {"filename": f"{name}-1.0.tar.gz"},
        {"filename": f"{name}-2.0.tar.gz"},
        {"filename": f"{name}-2.0-cp313-cp313-win_amd64.whl"},
    ]
    told: dict[str, object] = {"files": files, "pip": [], "tags": [], "python": INTERPRETER.version}
    told |= {"no-binary": None, "prereleases": False, "constraint": "", "troubles": {}}
    return Recorded(
        {
            ".py project-files": [Played(json.dumps(told))],
            ".py resolution": [Played(json.dumps({"rows": [row]}))],
            ".py interpreter": [interpreter_facts(has_headers=True)],
            ".py distributions": [distribution(name, **more)],
            ".py imports": imports,
            "pip install": list(attempts),
            "apt-cache": [Played()],
        }
    )


def test_a_private_shim_that_does_not_import_is_degraded_not_failed(
    run: Callable[..., Report],
) -> None:
    shim = "ModuleNotFoundError: No module named '_yaml'"
    imports: list[Answer] = [Played(json.dumps({"yaml": None, "_yaml": shim}))]
    recorded = machine(
        "pyyaml", Played("Successfully installed"), imports=imports, packages=["_yaml", "yaml"]
    )
    report = run(recorded, Request(("pyyaml",), python=PYTHON, unattended=True))
    assert report.outcome == "installed"
    assert [one.missing for one in report.degraded] == ["its module _yaml cannot be imported"]
    alone: list[Answer] = [Played(json.dumps({"yaml": shim, "_yaml": shim}))]
    broken = replace(recorded, answers={**recorded.answers, ".py imports": alone})
    assert run(broken, Request(("pyyaml",), python=PYTHON, unattended=True)).outcome == "unfixed"


def test_distribution_that_lost_its_compiled_part_is_reported() -> None:
    """As google-crc32c's and pyrsistent's, whose setup.py go on in pure Python."""
    fallen = Proof("google-crc32c", "1.9.0", "google_crc32c-1.9.0-py3-none-any.whl")
    too_old = Proof("pyrsistent", "0.20.0", "pyrsistent-0.20.0-cp313-cp313-linux_x86_64.whl")
    whole = Proof("uwsgi", "2.0", "uwsgi-2.0-cp313-cp313-linux_x86_64.whl", compiled=True)
    pure = Proof("click", "8.3", "click-8.3-py3-none-any.whl")
    compiled = {"google-crc32c", "pyrsistent", "uwsgi"}
    told = list(uncompiled((fallen, too_old, whole, pure), compiled))
    assert [one.distribution for one in told] == ["google-crc32c", "pyrsistent"]
    assert {one.missing.partition(":")[0] for one in told} == {"only as pure Python"}


def test_another_release_is_taken_only_where_that_is_allowed(run: Callable[..., Report]) -> None:
    said = "Collecting demo==1.0\n  Building wheel for demo (pyproject.toml): started\n"
    said += "demo.c:1:1: fatal error: longintrepr.h: No such file or directory"
    refused = Played(said, 1)
    works = Played("Successfully installed")
    good: list[Answer] = [Played(json.dumps({"demo": None}))]
    asked = Request(("demo==1.0",), python=PYTHON, unattended=True)
    report = run(machine("demo", refused, works, imports=good), asked)
    assert report.outcome == "unfixed"
    assert "demo==2.0" in report.reason
    assert names_of(report.todo[-1:], Pin) == ("demo==2.0",)
    allowed = replace(asked, allow_version_change=True)
    report = run(machine("demo", refused, works, imports=good), allowed)
    assert report.outcome == "installed"
    assert report.attempts[-1].command.argv[-1] == "demo==2.0"


def test_an_older_python_that_is_installed_is_told(
    run: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = (Installed("/usr/bin/python3.10", (3, 10)), Installed("/usr/bin/python3.12", (3, 12)))
    monkeypatch.setattr("buildfix.platforms.pythons.installed_pythons", lambda _: there)
    said = "Collecting demo==2.0\n  Building wheel for demo (pyproject.toml): started\n"
    said += "demo.c:1:1: fatal error: longintrepr.h: No such file or directory"
    recorded = machine("demo", Played(said, 1), imports=[], version="2.0")
    row = {"name": "demo", "requirement": "demo", "why": "asked", "version": "2.0"}
    recorded.answers = {
        **recorded.answers,
        ".py resolution": [Played(json.dumps({"rows": [row]}))],
    }
    report = run(recorded, Request(("demo==2.0",), python=PYTHON, unattended=True))
    assert [step.summary[:11] for step in report.todo] == ["Python 3.10"]


def test_what_was_built_against_something_else_is_built_anew_alone(
    run: Callable[..., Report],
) -> None:
    lost = "ImportError: /v/x/_demo.so: undefined symbol: _ZN3c104cuda9SetDeviceEi"
    imports: list[Answer] = [Played(json.dumps({"demo": lost})), Played(json.dumps({"demo": None}))]
    recorded = machine("demo", Played("Successfully installed"), imports=imports)
    both = (distribution("demo"), distribution("other", packages=[]))
    there = {name: facts for one in both for name, facts in json.loads(one.output).items()}
    described: list[Answer] = [Played(json.dumps(there))]
    recorded.answers = {**recorded.answers, ".py distributions": described}
    report = run(recorded, Request(("demo", "other"), python=PYTHON, unattended=True))
    assert report.outcome == "installed"
    again = ("--force-reinstall", "--no-deps", "--no-binary", "demo", "demo==1.0")
    assert report.attempts[-1].command.argv[6:] == again


def python(version: str) -> Played:
    return interpreter_facts(has_headers=True, version=version)


def test_module_built_for_numpy_1_gets_numpy_1(run: Callable[..., Report]) -> None:
    lost = "ImportError: numpy.core.multiarray failed to import"
    imports: list[Answer] = [Played(json.dumps({"demo": lost})), Played(json.dumps({"demo": None}))]
    done = Played("Successfully installed")

    def two(_: object) -> Played:
        return distribution("demo", version="2.2.0")

    recorded = machine("demo", done, imports=imports)
    recorded.answers = {**recorded.answers, ".py distributions": [two]}
    asked = Request(("demo",), python=PYTHON, unattended=True)
    old = replace(recorded, answers={**recorded.answers, ".py interpreter": [python("3.12.3")]})
    report = run(old, asked)
    assert report.outcome == "installed"
    assert report.applied[-1].argv[-1] == "numpy<2"


def test_a_module_for_an_absent_numpy_is_not_called_built_for_another_one(
    run: Callable[..., Report],
) -> None:
    """As pyopengl-accelerate: Cython says the same of a numpy that is not there at all."""
    lost = (
        "ImportError: numpy.core.multiarray failed to import (auto-generated because you didn't "
        "call 'numpy.import_array()' after cimporting numpy)."
    )

    def there(command: object) -> Played:
        return Played("{}") if "numpy" in str(command) else distribution("demo", "demo.arrays")

    def outcome(**said: str | None) -> Report:
        imports = {f"demo{name}": message for name, message in said.items()}
        imported: list[Answer] = [Played(json.dumps(imports))]
        recorded = machine("demo", Played("Successfully installed"), imports=imported)
        recorded.answers = {**recorded.answers, ".py distributions": [there]}
        return run(recorded, Request(("demo",), python=PYTHON, unattended=True))

    without = outcome(**{"": None, ".arrays": lost})
    assert (without.outcome, len(without.attempts)) == ("installed", 1)
    needs = outcome(**{"": lost, ".arrays": lost})
    assert needs.attempts[0].diagnosis is not None
    assert needs.attempts[0].diagnosis.cause is not None
    assert needs.attempts[0].diagnosis.cause.kind == "python-module-missing"
