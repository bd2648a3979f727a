"""Strategies by themselves: what each answers to what it reads."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from packaging.tags import Tag
from packaging.version import Version

from buildfix.analysis import Obstacle
from buildfix.catalog import Knowledge
from buildfix.catalog.projects import ProjectRecipe
from buildfix.core import (
    Cause,
    Diagnosis,
    FetchOptions,
    Interpreter,
    Need,
    Phase,
    PlanDraft,
    Request,
    SetVariables,
    Variables,
    learned,
)
from buildfix.engine.jobs import Parallelism
from buildfix.engine.outcome import Answer, GiveUp, Remedy
from buildfix.engine.session import Session
from buildfix.engine.strategies import (
    alternative_index,
    alternative_release,
    alternatives,
    impossible,
    known_fix,
    missing_pip,
    out_of_memory,
    parallel_extensions,
    upgrade_pip,
)
from buildfix.engine.strategies.alternative_release import OldLibrary, older_pythons
from buildfix.engine.strategies.out_of_memory import Memory
from buildfix.engine.strategies.preflight import PreflightContext, refusal
from buildfix.forecast.releases import Files
from buildfix.forecast.resolution import ResolvedDistribution
from buildfix.installers.requirements import ParsedRequest, parse
from buildfix.platforms.pythons import Installed
from buildfix.wheels.recipe_index import Offer
from tests.unit.machines import INTERPRETER, TRIXIE, Played, Recorded

GIB = 1 << 30
SHIPPED = Knowledge()
PROJ = Need("build", "dep:generic/proj", ">=9.9")
UNMET = PlanDraft(unmet=((PROJ, "the system has an older one"),))


@pytest.mark.parametrize(
    ("version", "kind"), [("9.1.1", "library-too-old"), ("9.9.0", None), (None, None)]
)
def test_preflight_refuses_a_library_that_is_known_to_be_too_old(
    version: str | None, kind: str | None
) -> None:
    here = PreflightContext(TRIXIE, None, SHIPPED, lambda _: version)
    found = refusal({PROJ: "pyproj"}, UNMET, here)
    assert (found.cause.kind if found and found.cause else None) == kind


def test_preflight_refuses_nothing_that_no_build_asked_for() -> None:
    here = PreflightContext(TRIXIE, None, SHIPPED, lambda _: "9.1.1")
    assert refusal({}, UNMET, here) is None


def test_preflight_trusts_a_user_who_says_where_a_library_is() -> None:
    machine = Recorded({"pkg-config": [Played("", 1)]})
    here = PreflightContext(TRIXIE, machine, SHIPPED, lambda _: "9.1.1")
    assert refusal({PROJ: "pyproj"}, UNMET, here) is not None
    machine.environ = {**machine.environ, "PROJ_DIR": "/opt/proj"}
    assert refusal({PROJ: "pyproj"}, UNMET, here) is None


def failure(kind: str, subject: str = "-", required: str | None = None) -> Diagnosis:
    cause = Cause(kind, subject, 1, "", required)
    return Diagnosis(True, "demo", "build", cause, says="It failed.")


def reason(answer: Answer) -> str:
    return answer.ending.reason if isinstance(answer, GiveUp) else ""


def asked(*words: str, **more: bool) -> ParsedRequest:
    return parse(replace(Request(words), **more))  # type: ignore[arg-type]


# --- out of memory, and builds side by side -------------------------------------------------


def told(amount: Parallelism) -> Variables:
    return (("MAX_JOBS", str(amount.jobs)),)


def answer_to(failed: Diagnosis, jobs: int, memory: Memory) -> Answer:
    ninja = (Need("tool-missing", "ninja"),)
    amount = Parallelism(jobs)
    return out_of_memory.handle(failed, amount, lambda: memory, ("demo",), told, lambda: ninja)


def test_half_as_many_jobs_are_run_where_memory_ran_out() -> None:
    answer = answer_to(failure("out-of-memory", "cc1plus"), 4, Memory(7 * GIB, 8 * GIB, GIB))
    assert isinstance(answer, Remedy)
    (step,) = answer.steps
    assert isinstance(step, SetVariables)
    assert step.variables == (("MAX_JOBS", "2"),)
    assert step.summary == "Build with 2 jobs instead of 4: the system ran out of memory"
    assert answer.records == (learned.MemoryShort(2 * GIB, "demo"), learned.JobsReduced(2, True))
    assert answer.needs() == (Need("tool-missing", "ninja"),)


def test_one_job_with_several_compiler_threads_goes_on_with_one() -> None:
    nvcc, amount = failure("out-of-memory", "nvcc"), Parallelism(1, threads=4)
    memory = Memory(7 * GIB, 8 * GIB, GIB)
    answer = out_of_memory.handle(nvcc, amount, lambda: memory, ("demo",), told, tuple)
    assert isinstance(answer, Remedy)
    (step,) = answer.steps
    assert step.summary == "Build with one compiler thread at a time: the system ran out of memory"
    assert answer.records[1] == learned.JobsReduced(1, True)


def test_hidden_memory_limit_is_inferred_from_the_peak() -> None:
    answer = answer_to(failure("out-of-memory", "cc1plus"), 2, Memory(GIB, 8 * GIB, GIB))
    assert isinstance(answer, Remedy)
    assert answer.records[0] == learned.MemoryShort(GIB // 2, "demo")


def test_one_job_that_took_too_much_needs_a_person() -> None:
    answer = answer_to(failure("out-of-memory"), 1, Memory(3 * GIB, 4 * GIB, GIB))
    assert isinstance(answer, GiveUp)
    assert answer.ending.outcome == "person-needed"
    assert "about 4.5 GiB" in answer.ending.todo[0].summary
    assert answer.records == (learned.MemoryShort(4 * GIB, "demo"),)


def test_other_failures_are_not_handled_as_out_of_memory() -> None:
    assert answer_to(failure("header-missing", "a.h"), 4, Memory(None, None, GIB)) is None


@pytest.mark.parametrize(
    ("kind", "lines", "builds", "doubts"),
    [
        ("unknown", 2, {"demo": "1.0"}, True),
        ("unknown", 1, {"demo": "1.0"}, False),
        ("unknown", 2, {}, False),
        ("header-missing", 2, {"demo": "1.0"}, False),
    ],
)
def test_an_unknown_failure_of_builds_side_by_side_is_tried_one_by_one(
    kind: str, lines: int, builds: dict[str, str], doubts: bool, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    log.write_text("building 'x' extension\n" * lines, encoding="utf-8")
    patterns = [re.compile("building '.*' extension")]
    answer = parallel_extensions.handle(
        failure(kind), log, builds, patterns, Parallelism(4), told, tuple
    )
    if not doubts:
        assert answer is None
        return
    assert isinstance(answer, Remedy)
    records = (learned.ParallelBuildDoubted(), learned.JobsReduced(1, False))
    assert answer.records == records


# --- known fixes ----------------------------------------------------------------------------


def test_limit_of_attempts_ends_the_run() -> None:
    assert known_fix.too_many_attempts(2, 3) is None
    assert reason(known_fix.too_many_attempts(3, 3)) == "Still failing after 3 attempts."


def test_unknown_cause_ends_the_run() -> None:
    assert known_fix.unknown_cause(failure("header-missing")) is None
    assert "does not recognize" in reason(known_fix.unknown_cause(failure("unknown")))


def test_recurring_cause_ends_the_run() -> None:
    failed = failure("header-missing", "a.h")
    assert known_fix.same_cause(failed, frozenset()) is None
    answer = known_fix.same_cause(failed, {Need("header-missing", "a.h")})
    assert reason(answer).endswith("the same error came back: header-missing: a.h.")


def test_a_known_cause_is_met_with_all_that_was_foreseen_unless_it_was_an_import() -> None:
    failed, foreseen = failure("header-missing", "a.h"), (Need("tool-missing", "swig"),)
    needs = (Need("header-missing", "a.h"),)
    answer = known_fix.handle(failed, lambda: foreseen)
    assert isinstance(answer, Remedy) and answer.needs() == (*needs, *foreseen)
    answer = known_fix.handle(replace(failed, phase="import"), lambda: foreseen)
    assert isinstance(answer, Remedy) and answer.needs() == needs


@pytest.mark.parametrize(
    ("kind", "subject", "surprise"),
    [
        ("header-missing", "zlib.h", False),
        ("header-missing", "ffi.h", True),
        ("network", "example.org", False),
        ("header-missing", "what-nobody-knows.h", False),
    ],
)
def test_a_surprise_is_a_known_library_that_was_not_foreseen(
    kind: str, subject: str, surprise: bool
) -> None:
    foreseen = [Need("library-missing", "z")]
    assert known_fix.is_surprise(failure(kind, subject), foreseen, Knowledge()) is surprise


@pytest.mark.parametrize(
    ("draft", "brings", "said"),
    [
        (UNMET, True, "No known fix: the system has an older one."),
        (PlanDraft(), False, "It failed."),
        (PlanDraft(), True, "but the build still fails (header-missing: a.h)."),
    ],
)
def test_missing_remedy_is_explained(draft: PlanDraft, brings: bool, said: str) -> None:
    failed = failure("header-missing", "a.h")
    assert reason(known_fix.no_known_fix(failed, lambda: draft, lambda _: brings)).endswith(said)


# --- other versions, other Pythons ----------------------------------------------------------


def test_nothing_is_asked_about_a_failure_that_wheels_would_have_too() -> None:
    found = alternatives.handle(
        failure("disk-full"), asked("demo"), lambda _: True, lambda _: pytest.fail(), tuple
    )
    assert found is None


@pytest.mark.parametrize(
    ("words", "from_source", "in_index", "questions"),
    [
        (("demo>1", "six"), False, True, ["demo>1"]),
        (("six",), False, True, ["demo"]),
        (("six",), False, False, []),
        (("demo",), True, True, []),
    ],
)
def test_the_index_is_asked_about_the_project_that_failed(
    words: tuple[str, ...], from_source: bool, in_index: bool, questions: list[str]
) -> None:
    seen: list[str] = []
    request = asked(*words, from_source=from_source)
    failed = failure("source-error")
    assert not alternatives.handle(failed, request, lambda _: in_index, seen.append, tuple)
    assert seen == questions


def release(version: str, *tags: Tag, has_sdist: bool = True) -> Files:
    return Files(Version(version), has_sdist, frozenset(tags))


RELEASES = (release("1.0"), release("1.5"), release("2.0"), release("2.5", has_sdist=False))


def test_the_newest_release_that_does_with_an_old_library_is_taken() -> None:
    library = OldLibrary("PROJ 9.1", lambda version: version < Version("2"))
    found = alternative_release.handle(
        failure("library-too-old", "proj"),
        lambda _: Version("2.0"),
        lambda _: RELEASES,
        "3.13",
        list,
        lambda *_: library,
    )
    assert found and found.pin
    assert found.pin.names == ("demo==1.5",)
    assert found.pin.summary.endswith("it is the newest release that works with PROJ 9.1")
    assert found.reason.endswith("allow it with --allow-version-change.")


def test_no_older_release_is_taken_where_this_one_does_with_the_library() -> None:
    library = OldLibrary("PROJ 9.1", lambda _: True)
    found = alternative_release.handle(
        failure("library-too-old", "proj"),
        lambda _: Version("2.0"),
        lambda _: RELEASES,
        "3.13",
        list,
        lambda *_: library,
    )
    assert found is None


def test_the_next_release_that_was_made_for_this_python_is_taken() -> None:
    tag = Tag("cp313", "cp313", "linux_x86_64")
    found = alternative_release.handle(
        failure("python-unsupported", "3.13"),
        lambda _: Version("1.0"),
        lambda _: (release("1.0"), release("1.5"), release("2.0", tag)),
        "3.13",
        lambda: [tag],
        lambda *_: None,
    )
    assert found and found.pin and found.pin.names == ("demo==2.0",)


@pytest.mark.parametrize("kind", ["header-missing", "out-of-memory", "unknown"])
def test_other_causes_lead_to_no_other_release(kind: str) -> None:
    found = alternative_release.handle(
        failure(kind), lambda _: pytest.fail(), lambda _: (), "3.13", list, lambda *_: None
    )
    assert found is None


def test_what_is_none_of_the_index_has_no_other_release() -> None:
    found = alternative_release.handle(
        failure("source-error"), lambda _: None, lambda _: pytest.fail(), "3", list, lambda *_: None
    )
    assert found is None


def test_older_pythons_are_named_newest_first_within_what_is_supported() -> None:
    pythons = [Installed(f"/usr/bin/python3.{minor}", (3, minor)) for minor in (8, 10, 11, 13)]
    failed = failure("python-unsupported", "3.13", required=">=3.9")
    found = older_pythons(failed, "3.13", lambda: pythons)
    assert found and found.pin is None
    told = [step.summary for step in found.told]
    assert ["3.11" in told[0], "3.10" in told[1], len(told)] == [True, True, 2]
    assert older_pythons(failure("source-error"), "3.13", lambda: pythons) is None


# --- before the first build -----------------------------------------------------------------


def test_a_target_without_pip_needs_one_only_where_pip_installs() -> None:
    bare = replace(INTERPRETER, pip=None)
    here = Path("here")
    assert missing_pip.handle(asked("demo"), bare, here) == (missing_pip.PIP,)
    assert missing_pip.handle(asked("demo"), INTERPRETER, here) == ()
    assert missing_pip.handle(parse(Request(("demo",), installer="uv")), bare, here) == ()


def test_a_missing_program_of_an_installer_is_installed_by_pip() -> None:
    wanted, uv = parse(Request(("demo",), installer="uv")), Need("installer", "uv")
    bare, here = replace(INTERPRETER, pip=None), Path("here")

    def lacks(target: Interpreter) -> tuple[Need, ...]:
        return missing_pip.handle(wanted, target, here, lambda _: False)

    assert lacks(INTERPRETER) == (uv,)
    assert lacks(bare) == (missing_pip.PIP, uv)
    assert missing_pip.handle(asked("demo"), INTERPRETER, here, lambda _: False) == ()


def test_where_the_system_owns_a_target_without_pip_an_environment_comes_first() -> None:
    owned = replace(INTERPRETER, pip=None, externally_managed=True)
    (need,) = missing_pip.handle(asked("demo"), owned, Path("/here"))
    assert (need.kind, need.required) == ("externally-managed", "/here/.venv")


def test_no_index_is_asked_where_pip_is_new_enough_for_all_wheels() -> None:
    target = replace(INTERPRETER, pip="999")
    step = upgrade_pip.handle(
        asked("demo"),
        target,
        SHIPPED.wheel_kinds,
        list,
        lambda: iter(()),
        lambda _: pytest.fail(),
        lambda: TRIXIE,
    )
    assert step is None


@pytest.mark.parametrize(
    ("pip", "wheel", "required"),
    [
        ("19.0", "demo-2-cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", ">=19.3"),
        ("20.0", "demo-2-cp38-abi3-manylinux_2_28_x86_64.whl", ">=20.3"),
        ("20.3", "demo-2-cp312-cp312-manylinux_2_28_x86_64.whl", ">=20.3.2"),
        ("19.0", "demo-2-py3-none-any.whl", None),
        ("25.1", "demo-2-cp312-cp312-manylinux_2_28_x86_64.whl", None),
        (None, "demo-2-cp312-cp312-manylinux_2_28_x86_64.whl", None),
    ],
)
def test_the_pip_of_a_described_host_is_upgraded_for_wheels_that_it_does_not_support(
    pip: str | None, wheel: str, required: str | None
) -> None:
    target = replace(INTERPRETER, pip=pip)
    kinds = SHIPPED.wheel_kinds
    step = upgrade_pip.for_wheels(asked("demo"), target, kinds, [wheel], TRIXIE)
    assert (step.because[0].required if step else None) == required


OFFER = Offer("demo==2.0", "demo-2.0.whl", "https://wheels.example", links=True, own=False)


@pytest.mark.parametrize(
    ("fetch", "unattended", "own", "found"),
    [
        (FetchOptions(), False, False, 1),
        (FetchOptions(), True, False, 0),
        (FetchOptions(), True, True, 1),
        (FetchOptions(closed="hashes are required"), False, True, 0),
        (FetchOptions(folders=("/wheels",)), False, True, 0),
    ],
)
def test_a_third_partys_wheel_is_offered_to_a_person_only(
    fetch: FetchOptions, unattended: bool, own: bool, found: int
) -> None:
    known = next(one for one in SHIPPED.projects.values() if one.indexes)
    request = asked(known.name, unattended=unattended)

    def offer(_text: str, _recipe: ProjectRecipe) -> Offer:
        return replace(OFFER, own=own)

    offers = alternative_index.handle(request, fetch, (), (), SHIPPED.project, offer)
    assert len(offers) == found


def test_each_project_is_asked_about_once_and_none_that_comes_from_a_path() -> None:
    known = next(one for one in SHIPPED.projects.values() if one.indexes)
    coming = [ResolvedDistribution(known.name, f"{known.name}>1", "asked", "2.0")]
    seen: list[str] = []

    def offer(text: str, _recipe: ProjectRecipe) -> None:
        seen.append(text)

    def ask(*words: str, direct: tuple[str, ...] = ()) -> None:
        request = asked(*words)
        alternative_index.handle(request, FetchOptions(), coming, direct, SHIPPED.project, offer)

    ask(known.name)
    ask("six", direct=(known.name,))
    assert seen == [known.name]
    ask("six")
    assert seen[1:] == [f"{known.name}==2.0"]


@pytest.mark.parametrize(
    ("kind", "phase", "subject", "says"),
    [
        ("python-unsupported", "build", "3.13", "built with Python 3.13.2: it is old"),
        (
            "python-unsupported",
            "import",
            "3.13",
            "imported with Python 3.13.2: it is old",
        ),
        ("platform-unsupported", "build", "-", "built on this system: it is old"),
    ],
)
def test_an_obstacle_in_a_source_is_a_refusal(
    kind: str, phase: Phase, subject: str, says: str
) -> None:
    obstacle = Obstacle(kind, "it is old", "setup.py:1", phase=phase)
    found = impossible.refusal({"a 1.0": obstacle}, "3.13.2", lambda _: True, {})
    assert found and found.cause and (found.cause.kind, found.cause.subject) == (kind, subject)
    assert (found.phase, found.says) == (phase, f"a 1.0 cannot be {says} (setup.py:1).")
    assert impossible.refusal({}, "3.13.2", lambda _: True, {}) is None


def test_a_replacement_that_is_there_removes_an_obstacle() -> None:
    obstacle = Obstacle("python-unsupported", "it imports imp", "a.py:1", replaced_by=("zombie",))
    assert (
        impossible.refusal({"a 1": obstacle}, "3.13.2", lambda name: name == "zombie", {}) is None
    )
    assert impossible.refusal({"a 1": obstacle}, "3.13.2", lambda _: False, {}) is not None


def test_a_setting_of_the_user_removes_an_obstacle() -> None:
    obstacle = Obstacle("python-unsupported", "it is old", "Cargo.lock", unless=("FORWARD=1",))
    refused = partial(impossible.refusal, {"a 1": obstacle}, "3.13.2", lambda _: False)
    assert refused({"FORWARD": "1"}) is None
    assert refused({"FORWARD": "0"}) is not None


@pytest.mark.parametrize(
    ("words", "environ", "here", "refused"),
    [
        ((), {}, "3.1.0", True),
        (("--no-build-isolation",), {}, "3.1.0", False),
        (("--no-build-isolation",), {}, "0.29.37", True),
        (("--no-build-isolation",), {}, None, True),
        ((), {"PIP_NO_BUILD_ISOLATION": "0"}, "3.1.0", False),
        ((), {"UV_NO_BUILD_ISOLATION": "1"}, "3.1.0", False),
    ],
)
def test_without_isolation_the_cython_of_the_environment_counts(
    words: tuple[str, ...],
    environ: dict[str, str],
    here: str | None,
    refused: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    why = "it is built with Cython<3"
    one = Obstacle("python-unsupported", why, "pyproject.toml", isolated_without="Cython>=3.0.11")
    monkeypatch.setattr(impossible, "installed_version", lambda *_: here)
    session: dict[str, Any] = {
        "foreseen": lambda: SimpleNamespace(obstacles={"a 1": one}, coming=()),
        "request": parse(Request(("a",), installer_args=words)),
        "interpreter": INTERPRETER,
        "machine": None,
        "local": True,
        "environ": {"PIP_CONFIG_FILE": os.devnull, **environ},
        "state": SimpleNamespace(unisolated=()),
    }
    found = impossible.handle(cast(Session, SimpleNamespace(**session)))
    assert (found is not None) is refused
