"""How many jobs, how the tools are told, and what is done when memory runs out."""

from __future__ import annotations

import json
import subprocess
import zipfile
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildfix import engine
from buildfix.catalog import Knowledge
from buildfix.catalog.parallel import OBJECTS_APART, Shown
from buildfix.catalog.projects import ProjectRecipe
from buildfix.catalog.structure import structure
from buildfix.cli.app import run
from buildfix.core import (
    Cause,
    Diagnosis,
    Need,
    Report,
    Request,
    SetVariables,
    events,
)
from buildfix.core.errors import RecipeError
from buildfix.engine.background_analysis import AnalysisResult
from buildfix.engine.build_settings import programs_lacking, write_files
from buildfix.engine.dry_run import dry_run
from buildfix.engine.executor import record_applied
from buildfix.engine.jobs import (
    Parallelism,
    Settings,
    memory_per_job,
    out_of_reach,
    parallelism,
    settings,
)
from buildfix.engine.memory_history import MemoryHistory
from buildfix.engine.session import RunContext, Session
from buildfix.engine.strategies.out_of_memory import told_by_kernel
from buildfix.engine.strategies.parallel_extensions import shown_here
from buildfix.installers.requirements import parse
from buildfix.platforms.memory import Capacity
from buildfix.platforms.operating_systems import THIS
from tests.unit.machines import (
    INTERPRETER,
    PYTHON,
    TRIXIE,
    Answer,
    Played,
    PlayedStream,
    Recorded,
    distribution,
    interpreter_facts,
)

MIB, GIB = 1 << 20, 1 << 30
SHIPPED = Knowledge()
KILLED = Played("x86_64-linux-gnu-g++: fatal error: Killed signal terminated program cc1plus", 1)
BUILT = Played("Building wheel for cffi (pyproject.toml): started\nSuccessfully installed cffi-1.0")
FETCHED = Played("Successfully installed cffi-1.0")
REQUEST = Request(("cffi",), python=PYTHON, unattended=True)


# --- how many -------------------------------------------------------------------------------


@given(
    cores=st.integers(1, 512),
    free=st.integers(0, 1 << 42) | st.none(),
    per_job=st.integers(1, 1 << 36),
    asked=st.integers(1, 64) | st.none(),
)
def test_jobs_are_limited_by_cores_and_memory(
    cores: int, free: int | None, per_job: int, asked: int | None
) -> None:
    amount = parallelism(Request(jobs=asked), Capacity(cores, free, free), per_job)
    if asked:
        assert amount.jobs == asked
    else:
        assert amount.jobs == max(1, min(cores, cores if free is None else free // per_job))
        assert amount.jobs * amount.threads <= cores
    assert 1 <= amount.threads <= 4
    assert 1 <= amount.builds <= cores
    if free is not None and amount.builds > 1:
        assert amount.builds * amount.jobs * per_job <= free
    if free is not None and amount.threads > 1:
        assert amount.threads * amount.jobs * per_job <= free


def test_halving_of_jobs_ends_at_one() -> None:
    amount: Parallelism | None = Parallelism(6, threads=4, builds=2)
    seen = []
    while amount:
        seen.append(amount)
        amount = amount.halved()
    assert [one.jobs for one in seen] == [6, 3, 1]
    assert {(one.threads, one.builds) for one in seen[1:]} == {(1, 1)}


def test_a_job_takes_what_was_seen_here_else_what_the_recipe_says(tmp_path: Path) -> None:
    def needed(*words: str, seen: Mapping[str, int] | None = None) -> int:
        return memory_per_job(Request(words), SHIPPED, seen or {})

    flash = SHIPPED.project("flash-attn")
    assert flash
    assert needed("flash-attn>=2") == flash.memory_per_job == 5 * GIB
    assert needed("flash_attn", seen={"flash-attn": 7 * GIB}) == 7 * GIB
    assert needed("flash-attn", "nobodys-project") == 5 * GIB
    assert needed("nobodys-project") == SHIPPED.parallel.otherwise.memory == GIB
    listed = tmp_path / "r.txt"
    listed.write_text("flash_attn==2.8\nsix\n", encoding="utf-8")
    assert memory_per_job(Request(requirement_files=(str(listed),)), SHIPPED, {}) == 5 * GIB
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a.c").touch()
    assert needed(str(tmp_path)) == 256 * MIB
    (tmp_path / "src/b.cu").touch()
    assert needed(f"{tmp_path}[extra]") == 4 * GIB


@pytest.mark.parametrize("text", ["2", "2GB", "-1 GiB", "0 GiB", "2 gib"])
def test_invalid_size_in_a_recipe_names_its_key(text: str) -> None:
    with pytest.raises(RecipeError, match=r"x\.toml, key `memory-per-job`: must be a size"):
        structure({"name": "x", "source": "", "memory-per-job": text}, ProjectRecipe, "x.toml")


@pytest.mark.parametrize(("word", "code"), [("0", 2), ("-1", 2), ("many", 2), ("²", 2)])
def test_jobs_is_a_number_or_auto(word: str, code: int) -> None:
    assert run(["--jobs", word, "--python", "/nowhere", "six"]) == code


# --- how the tools are told -----------------------------------------------------------------


def told(
    *words: str,
    environ: Mapping[str, str] | None = None,
    pip: str = "25.1.1",
    system: str = "linux",
    shown: Container[str] = get_args(Shown),
    **more: Any,
) -> Settings:
    return settings(
        Parallelism(3, threads=2, builds=5),
        replace(Request(words), **more),
        replace(INTERPRETER, pip=pip),
        SHIPPED,
        environ or {},
        Path("/l"),
        system,
        {"ninja"},
        shown,
    )


def test_every_job_variable_is_set() -> None:
    found = told("lxml")
    values = dict(found.variables)
    assert values["MAX_JOBS"] == values["CMAKE_BUILD_PARALLEL_LEVEL"] == "3"
    assert (values["MAKEFLAGS"], values["NVCC_THREADS"]) == ("-j3", "2")
    assert values["UV_CONCURRENT_BUILDS"] == "5"
    config = Path(values["DIST_EXTRA_CONFIG"])
    assert found.files[config] == "[build_ext]\nparallel = 3\n"
    assert set(dict(found.lasting)) == set(values) - {"DIST_EXTRA_CONFIG", "NINJA"}
    assert len(SHIPPED.parallel.knobs) == len(values)
    assert all(knob.source for knob in SHIPPED.parallel.knobs)


def test_what_sources_must_show_first_is_not_turned_unshown() -> None:
    every = set(dict(told("lxml").variables))
    assert every - set(dict(told("lxml", shown=()).variables)) == {"DIST_EXTRA_CONFIG", "MAKEFLAGS"}
    apart = dict(told("lxml", shown=["objects-apart"]).variables)
    assert every - set(apart) == {"MAKEFLAGS"}
    assert not told("lxml", shown=()).files.keys() - {Path("/l/ninja")}


def test_job_variables_of_the_user_are_kept() -> None:
    theirs = {"MAX_JOBS": "9", "DIST_EXTRA_CONFIG": "/mine.cfg", "NINJA": "/my/ninja"}
    found = told("lxml", environ=theirs)
    assert not set(theirs) & set(dict(found.variables))
    assert (found.files, found.programs) == ({}, frozenset())


def test_windows_gets_its_own_job_variables() -> None:
    found = told("lxml", system="win32")
    assert not {"MAKEFLAGS", "NINJA"} & set(dict(found.variables))


def ninja_of_ours(folder: Path) -> str:
    found = settings(
        Parallelism(3), Request(("lxml",)), INTERPRETER, SHIPPED, {}, folder, "linux", {"samu"}
    )
    used = dict(write_files(found).variables)["NINJA"]
    assert Path(used).parent == folder
    return used


def test_the_ninja_that_is_here_is_run_and_told(tmp_path: Path) -> None:
    used = ninja_of_ours(tmp_path / "run of today")
    there = tmp_path / "bin"
    there.mkdir()
    asked = [used, "--version", "-j7", "two words"]
    alone = subprocess.run(asked, env={"PATH": str(there)}, check=False)
    assert alone.returncode == 127
    for name in ("samu", "ninja"):  # the first of the recipe's goes before the others
        program = there / name
        program.write_text(f"""#!/bin/sh\nprintf '%s|' {name} "$@"\n""", encoding="utf-8")
        program.chmod(0o755)
        done = subprocess.run(asked, env={"PATH": str(there)}, capture_output=True, text=True)
        assert done.stdout == f"{name}|-j3|--version|-j7|two words|"


def test_without_a_ninja_meson_python_is_left_to_fetch_one() -> None:
    found = settings(Parallelism(3), Request(), INTERPRETER, SHIPPED, {}, Path("/l"), "linux")
    assert "NINJA" not in dict(found.variables)


def test_a_program_that_may_not_be_run_is_not_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("buildfix.engine.build_settings.os.access", lambda *_: False)
    with pytest.raises(KeyError, match="NINJA"):
        ninja_of_ours(tmp_path)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("", "-j3"),
        ("-k", "-k -j3"),
        ("k -- CC=gcc -j", "k -j3 -- CC=gcc -j"),
        ("k -- CFLAGS=-O2", "k -j3 -- CFLAGS=-O2"),
        ("-j8", None),
        ("-kj8", None),
        ("kj", None),
        ("-k --jobs=8", None),
        ("-s --jobserver-auth=3,4", None),
        ("V=1", "V=1 -j3"),
    ],
)
def test_make_gets_jobs_in_its_existing_flags(theirs: str, ours: str | None) -> None:
    assert dict(told("lxml", environ={"MAKEFLAGS": theirs}).variables).get("MAKEFLAGS") == ours


def test_a_config_setting_goes_only_where_all_heed_it(tmp_path: Path) -> None:
    setting = ("--config-settings", "compile-args=-j3")
    assert told("scipy>=1.15").arguments == setting
    assert told("scipy", "pandas").arguments == setting
    assert told("scipy", "lxml").arguments == ()
    assert told("scipy", "scikit-learn @ https://h.example/x.tar.gz").arguments == setting
    assert told("scipy", "https://h.example/x.tar.gz").arguments == ()
    assert told("scipy", pip="21.3").arguments == ()
    assert told("scipy", installer="uv").arguments == ()
    assert told("scipy", installer_args=("-Ccompile-args=-v",)).arguments == ()
    project = tmp_path / "pyproject.toml"
    project.write_text('[build-system]\nbuild-backend = "mesonpy"\n', encoding="utf-8")
    assert told(str(tmp_path)).arguments == setting
    project.write_text('[build-system]\nbuild-backend = "hatchling.build"\n', encoding="utf-8")
    assert told(str(tmp_path)).arguments == ()


def test_config_settings_do_not_reach_the_builds_of_dependencies(tmp_path: Path) -> None:
    (knob,) = (knob for knob in SHIPPED.parallel.knobs if knob.programs)
    builds = {
        "SciPy": ["meson_python>=0.15", "Cython"],
        "numpy": ["meson-python"],
        "lxml": ["setuptools"],
    }

    def left(*words: str, pip: str = "25.1.1") -> tuple[str, ...]:
        request = Request(words)
        return out_of_reach(knob, told(*words, pip=pip), request, builds)

    assert left("lxml") == ("SciPy", "numpy")
    assert left("scipy") == ("numpy",)
    assert left("scipy", "numpy") == ()
    assert left("scipy", pip="21.3") == ("SciPy", "numpy")
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nbuild-backend = "mesonpy"\n[project]\nname = "Num.Py"\n', encoding="utf-8"
    )
    builds = {"num-py": ["meson-python"]}
    assert left(str(tmp_path)) == ()


@pytest.mark.parametrize(
    ("cores", "free", "asked", "must"),
    [
        (2, 4 * GIB, None, False),
        (2, 4 * GIB - 1, None, True),
        (8, None, None, False),
        (8, 64 * GIB, 4, True),
        (8, 1 * GIB, 10, False),
    ],
)
def test_builder_that_would_run_too_many_jobs_gets_a_limit(
    cores: int, free: int | None, asked: int | None, must: bool
) -> None:
    beyond = SHIPPED.parallel.beyond_cores
    amount = parallelism(Request(jobs=asked), Capacity(cores, free, free), GIB, beyond)
    assert amount.must_be_told == must
    assert Parallelism(2).halved() == Parallelism(1, must_be_told=True)


def test_a_ninja_is_brought_where_memory_bears_fewer_jobs_than_it_would_run(tmp_path: Path) -> None:
    def lacking(builds: dict[str, tuple[str, ...]], jobs: int, **changes: Any) -> tuple[Need, ...]:
        machine = Recorded({}, **changes)
        request = Request(("lxml",), jobs=jobs)
        session = Session(
            RunContext(parse(request), machine, SHIPPED, tmp_path, INTERPRETER, host=TRIXIE)
        )
        return programs_lacking(session, builds)

    builds: dict[str, tuple[str, ...]] = {"numpy": ("meson-python",)}
    assert lacking(builds, 1) == (Need("tool-missing", "ninja"),)
    assert lacking(builds, 500) == ()
    assert lacking({"lxml": ("setuptools",)}, 1) == ()
    assert lacking(builds, 1, on_path={"ninja-build": "/usr/bin/ninja-build"}) == ()
    assert lacking(builds, 1, environ={"NINJA": "/my/ninja"}) == ()


# --- when memory runs out -------------------------------------------------------------------


@pytest.fixture(autouse=True)
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the recorded machine have eight cores and 6 GiB, and no counter of kills."""
    roomy = replace(TRIXIE, cores=8, memory_total=8 * GIB, memory_available=6 * GIB)
    monkeypatch.setattr("buildfix.platforms.host_facts.gather", lambda *_: roomy)
    room = Capacity(8, 8 * GIB, 6 * GIB)
    monkeypatch.setattr(type(THIS), "capacity", lambda *_: room)
    monkeypatch.setattr("buildfix.engine.attempt.oom_kills", lambda: None)
    yield


def play(
    knowledge: Knowledge, tmp_path: Path, *attempts: Answer, request: Request = REQUEST
) -> tuple[Report, Recorded]:
    recorded = Recorded(
        {
            ".py interpreter": [interpreter_facts()],
            ".py distributions": [distribution("cffi", "_cffi")],
            ".py imports": [Played('{"_cffi": null}')],
            "pip install": list(attempts),
            "dpkg-query": [Played()],
        }
    )
    story = engine.repair(
        request, recorded, knowledge, lambda _: False, tmp_path / "logs", tmp_path / "peaks.json"
    )
    (last,) = (event for event in story if isinstance(event, events.Finished))
    return last.report, recorded


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be shown of cffi 1.0 that its extensions may be built side by side."""
    builds = {OBJECTS_APART: {"cffi": "1.0"}}
    monkeypatch.setattr("buildfix.engine.build_settings.shown_here", lambda _: builds)
    monkeypatch.setattr(
        "buildfix.engine.strategies.parallel_extensions.shown_here", lambda _: builds
    )


def jobs_of(report: Report) -> list[str]:
    return [dict(attempt.command.env)["MAX_JOBS"] for attempt in report.attempts]


@pytest.mark.usefixtures("apart")
def test_jobs_are_halved_without_consent_prompt(knowledge: Knowledge, tmp_path: Path) -> None:
    report, _ = play(knowledge, tmp_path, KILLED, KILLED, BUILT)
    assert (report.outcome, jobs_of(report)) == ("installed", ["6", "3", "1"])
    assert [step.summary.split(":")[0] for step in report.applied] == [
        "Build with 3 jobs instead of 6",
        "Build with 1 job instead of 3",
    ]
    assert dict(report.applied[-1].variables)["MAX_JOBS"] == "1"
    assert (tmp_path / "logs/setuptools.cfg").read_text() == "[build_ext]\nparallel = 1\n"
    # The next run begins with fewer at once.
    report, _ = play(knowledge, tmp_path, BUILT)
    assert int(jobs_of(report)[0]) <= 2


def test_a_build_that_stands_still_goes_on_with_fewer_jobs(
    knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PlayedStream.__init__, "__defaults__", (5 * GIB, True))
    stuck = Played("building 'a' extension", -15)
    report, _ = play(knowledge, tmp_path, stuck, BUILT)
    assert (report.outcome, jobs_of(report)) == ("installed", ["6", "3"])
    assert report.applied[0].summary.endswith("memory was too low to make progress")
    report, _ = play(knowledge, tmp_path, stuck, request=replace(REQUEST, jobs=1))
    assert report.outcome == "person-needed"
    assert "made no progress for 30 seconds" in report.reason
    assert "it was using 5.0 GiB when it was stopped" in report.reason


def test_out_of_memory_at_one_job_says_how_much_is_needed(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    report, _ = play(knowledge, tmp_path, KILLED, request=replace(REQUEST, jobs=1))
    assert (report.outcome, len(report.attempts)) == ("person-needed", 1)
    assert "Only one job was running; 6.0 GiB was free" in report.reason
    assert report.todo[0].kind == "manual"
    assert "about 9.0 GiB of memory or swap" in report.todo[0].summary


@pytest.mark.usefixtures("apart")
def test_an_unknown_failure_side_by_side_is_tried_with_one_job(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    strange = "building 'a' extension\nbuilding 'b' extension\nerror: something strange"
    report, _ = play(knowledge, tmp_path, Played(strange, 1), BUILT)
    assert (report.outcome, jobs_of(report)) == ("installed", ["6", "1"])
    assert "extensions were built in parallel" in report.applied[0].summary
    assert "--force-reinstall" not in report.attempts[0].command.argv
    assert "--force-reinstall" in report.attempts[1].command.argv
    report, _ = play(knowledge, tmp_path, Played(strange, 1))
    assert (report.outcome, jobs_of(report)) == ("unfixed", ["6", "1"])
    alone = Played(strange.replace("building 'b'", "built 'b'"), 1)
    report, _ = play(knowledge, tmp_path, alone)
    assert (report.outcome, jobs_of(report)) == ("unfixed", ["6"])


WHEEL = "cffi-1.0-cp313-cp313-linux_x86_64.whl"
STARTED = "Building wheel for cffi (pyproject.toml): started\n"
MADE = "  Created wheel for cffi: filename=cffi-{}-cp313-cp313-linux_x86_64.whl size=1\n"
COMPILED = "gcc -O2 -DWHO={} -c src/shared.c -o build/temp/src/shared.o\n"


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize(
    ("log", "says"),
    [
        (STARTED + COMPILED.format(0) + COMPILED.format(1), "shared.o was compiled twice"),
        (STARTED + MADE.format("1.1"), "cffi 1.1 was built in parallel, but 1.0 was checked"),
        ("Building wheel for pycparser (setup.py): started", "pycparser was built in parallel"),
        ("Running setup.py install for other: started", "other was built in parallel"),
        ("Building editable for mine (pyproject.toml): started", "mine was built in parallel"),
    ],
)
def test_a_log_that_contradicts_what_was_read_is_built_again_one_by_one(
    log: str, says: str, knowledge: Knowledge, tmp_path: Path
) -> None:
    report, _ = play(knowledge, tmp_path, Played(log), BUILT)
    assert (report.outcome, jobs_of(report)) == ("installed", ["6", "1"])
    diagnosis = report.attempts[0].diagnosis
    assert diagnosis
    assert says in diagnosis.says
    assert "--force-reinstall" in report.attempts[1].command.argv


@pytest.mark.usefixtures("apart")
def test_a_log_that_agrees_with_what_was_read_is_trusted(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    twice = 2 * (STARTED + COMPILED.format(0) + MADE.format("1.0"))
    report, _ = play(knowledge, tmp_path, Played(twice))
    assert (report.outcome, jobs_of(report)) == ("installed", ["6"])


@pytest.mark.usefixtures("apart")
def test_nothing_of_a_doubtful_attempt_enters_the_wheelhouse(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    def fails(argv: Sequence[str], said: str = "error: something strange") -> Played:
        wheel = Path(argv[argv.index("--cache-dir") + 1]) / "wheels/aa" / WHEEL
        wheel.parent.mkdir(parents=True)
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("cffi/__init__.py", "")
        return Played(f"building 'a' extension\nbuilding 'b' extension\n{said}", 1)

    house = tmp_path / "house"
    request = replace(REQUEST, wheelhouse=str(house), max_rounds=2)
    report, _ = play(knowledge, tmp_path, fails, BUILT, request=request)
    assert (report.outcome, report.kept, list(house.glob("*.whl"))) == ("installed", (), [])
    known = "a.c:1:10: fatal error: ffi.h: No such file or directory"
    play(knowledge, tmp_path, lambda argv: fails(argv, known), request=request)
    assert [path.name for path in house.glob("*.whl")] == [WHEEL]


@pytest.mark.parametrize(
    "group", ["distutils.commands", "setuptools.finalize_distribution_options"]
)
def test_a_plugin_of_setuptools_in_the_target_has_extensions_built_one_by_one(
    group: str, knowledge: Knowledge, tmp_path: Path
) -> None:
    target = replace(INTERPRETER, site=(str(tmp_path),))
    session = Session(RunContext(parse(REQUEST), Recorded({}), knowledge, tmp_path, target))
    found = AnalysisResult(shown={OBJECTS_APART: {"cffi": "1.0"}})
    session.analysis.begin(lambda: found, at_once=True)
    points = tmp_path / "setuptools_rust-1.0.dist-info/entry_points.txt"
    points.parent.mkdir()
    assert OBJECTS_APART in shown_here(session)
    points.write_text(f"[{group}]\nbuild_ext = setuptools_rust:build_ext\n", encoding="utf-8")
    assert OBJECTS_APART not in shown_here(session)
    points.parent.rename(tmp_path / "wheel-1.0.dist-info")
    assert OBJECTS_APART in shown_here(session)
    record_applied(session, SetVariables("Set", variables=(("CFLAGS", "-O2 -save-temps"),)))
    assert OBJECTS_APART not in shown_here(session)


def test_what_a_job_wants_is_learned_from_the_limit_that_was_met(
    knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def next_jobs(peak: int) -> str:
        monkeypatch.setattr(PlayedStream.__init__, "__defaults__", (peak, False))
        (tmp_path / "peaks.json").unlink(missing_ok=True)
        play(knowledge, tmp_path, KILLED, request=replace(REQUEST, max_rounds=2, jobs=4))
        report, _ = play(knowledge, tmp_path, FETCHED)
        return jobs_of(report)[0]

    assert next_jobs(5 * GIB) == "3"  # a job takes more than a fourth of 6 GiB
    assert next_jobs(1 * GIB) == "8"  # stopped at 1 GiB, by what nobody sees


def test_round_limit_ends_the_halving_of_jobs(knowledge: Knowledge, tmp_path: Path) -> None:
    request = replace(REQUEST, jobs=64, max_rounds=3)
    report, _ = play(knowledge, tmp_path, KILLED, request=request)
    assert (report.outcome, jobs_of(report)) == ("unfixed", ["64", "32", "16"])


def test_a_dry_run_learns_and_leaves_nothing(knowledge: Knowledge, tmp_path: Path) -> None:
    peaks = tmp_path / "peaks.json"
    peaks.write_text(
        json.dumps({"schema": "buildfix.peaks/1", "projects": {"cffi": [2 * GIB]}}),
        encoding="utf-8",
    )
    before = peaks.read_text(encoding="utf-8")
    rows = Played(json.dumps({"rows": []}))
    answers: dict[str, list[Answer]] = {
        ".py resolution": [rows],
        ".py interpreter": [interpreter_facts()],
    }
    recorded = Recorded(answers)
    story = dry_run(REQUEST, recorded, knowledge, tmp_path / "scratch", peaks=peaks)
    (plan,) = (event.plan for event in story if isinstance(event, events.PlanProposed))
    assert dict(plan.install.env)["MAX_JOBS"] == "3"
    assert "DIST_EXTRA_CONFIG" not in dict(plan.install.env)
    assert peaks.read_text(encoding="utf-8") == before


def test_peak_of_a_download_is_not_learned(knowledge: Knowledge, tmp_path: Path) -> None:
    play(knowledge, tmp_path, FETCHED)
    assert not (tmp_path / "peaks.json").exists()


def test_memory_history_keeps_the_last_few_builds(tmp_path: Path) -> None:
    peaks = MemoryHistory(tmp_path / "new/peaks.json")
    for size in (9, 5, 4, 3, 2, 1):
        peaks.learn("x", size)
    assert MemoryHistory(tmp_path / "new/peaks.json").per_job() == {"x": 5}
    MemoryHistory(tmp_path / "new/peaks.json", learns=False).learn("x", 99)
    assert peaks.per_job() == {"x": 5}


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"schema": "other/1", "projects": {"x": [1]}}', '{"schema": 1}']
)
def test_unreadable_memory_history_is_ignored(tmp_path: Path, text: str) -> None:
    path = tmp_path / "peaks.json"
    path.write_text(text, encoding="utf-8")
    peaks = MemoryHistory(path)
    assert peaks.per_job() == {}
    peaks.learn("x", 7)
    assert peaks.per_job() == {"x": 7}
    unwritable = MemoryHistory(Path("/proc/nowhere/peaks.json"))
    unwritable.learn("x", 7)
    assert unwritable.per_job() == {}


def test_the_kernels_counter_explains_only_what_the_log_does_not() -> None:
    def of(kind: str, before: int | None, after: int | None) -> str:
        diagnosis = Diagnosis(failed=True, cause=Cause(kind, "-", 3, "error: exit status 1"))
        cause = told_by_kernel(diagnosis, before, after).cause
        assert cause
        assert (cause.line, cause.text) == (3, "error: exit status 1")
        return cause.kind

    assert of("unknown", 4, 5) == "out-of-memory"
    assert of("unknown", 4, 4) == "unknown"
    assert of("unknown", None, 5) == "unknown"
    assert of("header-missing", 4, 5) == "header-missing"
