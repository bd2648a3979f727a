"""Sources that are built at once before an install, on recorded machines and as real processes."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from buildfix import engine
from buildfix.catalog import Knowledge
from buildfix.core import (
    Attempt,
    Cause,
    Command,
    CreateEnvironment,
    Diagnosis,
    Host,
    InstallPackages,
    Need,
    Rebuild,
    Report,
    Request,
    Step,
    events,
    learned,
)
from buildfix.engine import loop, running_builds
from buildfix.engine.attempt_log import log_of
from buildfix.engine.background_analysis import AnalysisResult
from buildfix.engine.builds_at_once import Budget, Source, cache_of, sources_meanwhile, sources_of
from buildfix.engine.running_builds import build_at_once, built_meanwhile
from buildfix.engine.session import RunContext, Session
from buildfix.engine.strategies.parallel_extensions import forget_doubtful
from buildfix.forecast.builds import Forecast
from buildfix.forecast.requested import Build
from buildfix.forecast.resolution import ResolvedDistribution
from buildfix.installers.requirements import parse
from buildfix.machines.local import LocalMachine
from buildfix.render.documents import report_document
from buildfix.target_scripts.answers import Why
from tests.document_schema import errors_in
from tests.unit.machines import (
    INTERPRETER,
    NO_HEADER,
    PYTHON,
    TRIXIE,
    Answer,
    Played,
    PlayedStream,
    Recorded,
    distribution,
    interpreter_facts,
)
from tests.unit.sources import read

REQUEST = Request(("a", "b"), python=PYTHON, unattended=True)
BUILT = Played("Successfully built")


def coming(name: str, why: Why = "asked", requirement: str = "") -> ResolvedDistribution:
    """Return a distribution that is built."""
    text = requirement or name
    return ResolvedDistribution(name, text, why, "1.0", path=Path(f"/{name}-1.0.tar.gz"))


TWO = AnalysisResult(coming=(coming("a"), coming("b")))


def session(
    folder: Path,
    request: Request = REQUEST,
    forecast: AnalysisResult = TWO,
    host: Host = TRIXIE,
    machine: Recorded | LocalMachine | None = None,
) -> Session:
    here = machine or Recorded({})
    given = RunContext(parse(request), here, Knowledge(), folder / "logs", INTERPRETER, host=host)
    found = Session(given, cache=folder / "cache")
    found.analysis.begin(lambda: forecast, at_once=True)
    return found


@pytest.mark.parametrize(
    ("jobs", "running", "ready", "share"),
    [
        (2, (), 2, 1),
        (2, (1,), 1, 1),
        (2, (1, 1), 1, 0),
        (2, (), 1, 2),
        (8, (), 3, 2),
        (8, (2, 2), 1, 4),
        (1, (), 3, 1),
        (2, (2,), 1, 0),
    ],
)
def test_cores_are_shared_among_the_builds(
    jobs: int, running: Sequence[int], ready: int, share: int
) -> None:
    taken = [(Source(f"x{number}", "1"), count) for number, count in enumerate(running)]
    assert Budget(jobs).share(Source("a", "1"), taken, ready) == share


def test_a_build_waits_for_memory_unless_it_is_alone() -> None:
    budget, large = Budget(4, memory=3 << 30), Source("a", "1", memory=2 << 30)
    assert budget.share(large, [], 2) == 1
    assert budget.share(large, [(large, 1)], 1) == 0
    assert budget.share(replace(large, memory=8 << 30), [], 1) == 1


def test_what_builds_require_is_built_before_them(tmp_path: Path) -> None:
    forecast = AnalysisResult(coming=(coming("a"), coming("tool", "build"), coming("b")))
    found = {one.name: one.after for one in sources_of(session(tmp_path, forecast=forecast))}
    assert found == {"tool": frozenset(), "a": {"tool==1.0"}, "b": {"tool==1.0"}}


@pytest.mark.parametrize(
    ("request_", "forecast", "host"),
    [
        (REQUEST, AnalysisResult(coming=(coming("a"),)), TRIXIE),
        (replace(REQUEST, installer="uv"), TWO, TRIXIE),
        (replace(REQUEST, installer_args=("--config-settings", "x=y")), TWO, TRIXIE),
        (REQUEST, TWO, replace(TRIXIE, cores=1)),
        (replace(REQUEST, jobs=1), TWO, TRIXIE),
        (
            REQUEST,
            AnalysisResult(coming=(coming("a"), coming("b", requirement="b @ https://h/b.zip"))),
            TRIXIE,
        ),
    ],
    ids=["one source", "uv", "an option of its own", "one core", "one job", "a URL"],
)
def test_pip_builds_as_usual(
    tmp_path: Path, request_: Request, forecast: AnalysisResult, host: Host
) -> None:
    assert sources_of(session(tmp_path, request_, forecast, host)) == ()


def test_pip_that_reads_other_settings_for_install_builds_as_usual(tmp_path: Path) -> None:
    config = tmp_path / "pip.conf"
    config.write_text("[install]\nno-binary = a\n", encoding="utf-8")
    recorded = Recorded({}, environ={"PATH": "/usr/bin", "PIP_CONFIG_FILE": str(config)})
    assert sources_of(session(tmp_path, machine=recorded)) == ()


def test_an_old_pip_builds_as_usual(tmp_path: Path) -> None:
    found = session(tmp_path)
    found.journal.add(learned.TargetChosen(replace(INTERPRETER, pip="23.0.1"), None))
    assert sources_of(found) == ()


def test_options_of_requirements_in_a_file_are_left_to_pip(tmp_path: Path) -> None:
    file = tmp_path / "r.txt"
    file.write_text('a==1.0 --config-settings="x=y"\nb\n', encoding="utf-8")
    request = Request(requirement_files=(str(file),), python=PYTHON)
    assert sources_of(session(tmp_path, request)) == ()


def test_wheels_are_built_with_the_options_of_the_install(tmp_path: Path) -> None:
    file = tmp_path / "r.txt"
    file.write_text("--extra-index-url https://h/simple\na\n", encoding="utf-8")
    words = ("--no-index", "--user", "--no-build-isolation", "--upgrade")
    request = replace(REQUEST, requirement_files=(str(file),), installer_args=words)
    recorded = Recorded({"pip wheel": [BUILT]})
    found = session(tmp_path, replace(request, from_source=True), machine=recorded)
    with log_of(tmp_path / "logs/attempt-1.log") as log:
        assert list_of(build_at_once(found, sources_of(found), log))[1] is None
    argv = recorded.ran[0]
    assert argv[:4] == (PYTHON, "-m", "pip", "wheel")
    assert argv[-1] in ("a==1.0", "b==1.0")
    text = " ".join(argv)
    assert f"--cache-dir {tmp_path / 'cache'} -v --no-deps" in text
    assert "--no-binary a,b" in text
    assert "--no-index --no-build-isolation --extra-index-url https://h/simple" in text
    assert "--user" not in argv
    assert dict(recorded.variables[0])["PIP_CACHE_DIR"] == str(tmp_path / "cache")


@pytest.mark.skipif(os.name == "nt", reason="modes of files")
def test_with_hashes_only_the_file_of_that_hash_is_built(tmp_path: Path) -> None:
    before = os.umask(0o077)
    file = tmp_path / "r.txt"
    one, two = "0" * 64, "1" * 64
    file.write_text(f"a==1.0 --hash=sha256:{one}\nb==1.0 --hash=sha256:{two}\n", encoding="utf-8")
    request = Request(requirement_files=(str(file),), python=PYTHON)
    recorded = Recorded({"pip wheel": [BUILT]})
    found = session(tmp_path, request, machine=recorded)
    with log_of(tmp_path / "logs/attempt-1.log") as log:
        list(build_at_once(found, sources_of(found), log))
    os.umask(before)
    for argv in recorded.ran:  # the target's owner can read it
        assert Path(argv[-1]).stat().st_mode & 0o777 == 0o644
        assert Path(argv[-1]).parent.stat().st_mode & 0o777 == 0o755
    texts = [Path(argv[-1]).read_text(encoding="utf-8") for argv in recorded.ran]
    assert sorted(texts) == [f"a==1.0 --hash=sha256:{one}\n", f"b==1.0 --hash=sha256:{two}\n"]
    assert all(argv[-2] == "-r" for argv in recorded.ran)


def test_with_hashes_what_has_none_is_left_to_pip_and_all_of_a_project_count(
    tmp_path: Path,
) -> None:
    file = tmp_path / "r.txt"
    file.write_text(
        "--require-hashes\n"
        "a==1.0 ; python_version >= '3.8' --hash=sha256:00\n"
        "a==0.9 ; python_version < '3.8' --hash=sha256:11\n"
        "b==1.0 --hash=sha256:22\n",
        encoding="utf-8",
    )
    request = Request(requirement_files=(str(file),), python=PYTHON)
    forecast = AnalysisResult(coming=(coming("tool", "build"), coming("a"), coming("b")))
    found = {one.name: one.hashes for one in sources_of(session(tmp_path, request, forecast))}
    assert found == {"a": ("sha256:00", "sha256:11"), "b": ("sha256:22",)}


def test_a_short_option_of_a_requirement_is_one_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "r.txt"
    file.write_text("a==1.0 -C x=y\nb\n", encoding="utf-8")
    request = Request(requirement_files=(str(file),), python=PYTHON)
    assert sources_of(session(tmp_path, request)) == ()
    assert [one.name for one in parse(request).items] == ["a", "b"]


@pytest.mark.parametrize(
    ("line", "stopped"),
    [
        ("Collecting a", True),
        ("  Installing collected packages: setuptools", True),
        ("Installing collected packages: a, b", False),
        ("  Building wheel for a (pyproject.toml): started", False),
    ],
)
def test_pip_is_not_stopped_while_it_builds_or_changes_the_target(
    tmp_path: Path, line: str, stopped: bool
) -> None:
    stop = loop._stop(session(tmp_path), ())
    assert (stop(line) is not None) is stopped
    assert (stop("Successfully installed") is not None) is False


def test_an_interrupt_while_builds_are_ended_does_not_leave_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []

    class Machine(LocalMachine):
        @contextmanager
        def stream(self, *args: Any, **options: Any) -> Iterator[Any]:
            with super().stream(*args, **options) as found:
                try:
                    yield found
                finally:
                    ended.append(args[0][-1])
            raise KeyboardInterrupt

    code = "import time; print('begun', flush=True); time.sleep(60)"
    commands(monkeypatch, a=code, b=code)
    with log_of(tmp_path / "logs/attempt-1.log") as log:
        story = build_at_once(session(tmp_path, machine=Machine()), sources("a", "b"), log)
        begun: set[str] = set()
        while begun != {"a", "b"}:
            event = next(story)
            begun |= {event.project} if isinstance(event, events.LogLine) else set()
        with pytest.raises(KeyboardInterrupt):
            story.throw(KeyboardInterrupt())
    assert len(ended) == 2


def list_of(story: Iterator[events.Event]) -> tuple[list[events.Event], object]:
    """Return what a generator yields, and its result."""
    found: list[events.Event] = []
    while True:
        try:
            found.append(next(story))
        except StopIteration as end:
            return found, end.value


# --- whole runs ------------------------------------------------------------------------------


def play(
    folder: Path,
    knowledge: Knowledge,
    monkeypatch: pytest.MonkeyPatch,
    forecast: AnalysisResult = TWO,
    **wheels: list[Answer],
) -> tuple[Report, Recorded]:
    monkeypatch.setattr("buildfix.platforms.host_facts.gather", lambda *_: TRIXIE)
    monkeypatch.setattr("buildfix.engine.session.analyze", lambda *_, **__: forecast)
    recorded = Recorded(
        {
            ".py interpreter": [interpreter_facts()],
            ".py distributions": [distribution("a")],
            ".py imports": [Played('{"a": null}')],
            "a==1.0": wheels["a"],
            "b==1.0": wheels["b"],
            "pip install": [Played("Successfully installed a-1.0 b-1.0")],
            "dpkg-query": [Played("ii  libffi-dev\n")],
            "ls /var/lib/apt/lists": [Played("archive_Packages")],
            "stat -c %Y /var/lib/apt/lists": [Played(str(int(time.time())))],
            "apt-get": [Played()],
        }
    )
    request = replace(REQUEST, requirements=("a",))
    story = list(engine.repair(request, recorded, knowledge, lambda _: True, folder / "logs"))
    last = story[-1]
    assert isinstance(last, events.Finished)
    assert errors_in(report_document(last.report, last.journal)) == []
    return last.report, recorded


def ran(recorded: Recorded, word: str) -> list[tuple[str, ...]]:
    return [argv for argv in recorded.ran if word in argv]


def test_a_retry_builds_only_what_failed(
    tmp_path: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, recorded = play(tmp_path, knowledge, monkeypatch, a=[BUILT], b=[NO_HEADER, BUILT])
    assert report.outcome == "installed"
    assert [one.returncode for one in report.attempts] == [1, 0]
    assert "b==1.0" in report.attempts[0].command.argv
    assert report.attempts[0].diagnosis
    assert str(report.attempts[0].diagnosis.cause) == "header-missing: ffi.h"
    assert ["libffi-dev" in step.packages for step in report.applied] == [True]
    assert (len(ran(recorded, "a==1.0")), len(ran(recorded, "b==1.0"))) == (1, 2)
    assert sum("pip install" in " ".join(argv) for argv in recorded.ran) == 1
    caches = {argv[argv.index("--cache-dir") + 1] for argv in recorded.ran if "pip" in argv}
    assert len(caches) == 1
    assert not Path(caches.pop()).exists()


def test_the_log_of_an_attempt_has_all_failures_or_all_builds(
    tmp_path: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = Played("built: config.h: fatal error: x.h: No such file or directory")
    report, _ = play(tmp_path, knowledge, monkeypatch, a=[built], b=[NO_HEADER, BUILT])
    log = Path(report.attempts[0].log)
    assert log.read_text(encoding="utf-8") == f"{NO_HEADER.output}\n"
    assert (log.with_suffix("") / "a.log").read_text(encoding="utf-8") == f"{built.output}\n"
    last = Path(report.attempts[1].log).read_text(encoding="utf-8")
    assert last == f"{built.output}\n{BUILT.output}\nSuccessfully installed a-1.0 b-1.0\n"


def test_one_failure_does_not_stop_the_others(
    tmp_path: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = Played("it went wrong", 1)
    report, recorded = play(tmp_path, knowledge, monkeypatch, a=[unknown], b=[BUILT])
    assert (report.outcome, len(report.attempts)) == ("unfixed", 1)
    assert len(ran(recorded, "b==1.0")) == 1
    assert not any("pip install" in " ".join(argv) for argv in recorded.ran)


def test_what_needs_nothing_is_built_while_packages_are_installed(
    tmp_path: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = frozenset({"a"})
    need = Need("header-missing", "ffi.h")
    forecast = replace(TWO, needs=(need,), self_sufficient=alone)
    report, recorded = play(tmp_path, knowledge, monkeypatch, forecast, a=[BUILT], b=[BUILT])
    assert (report.outcome, len(report.attempts)) == ("installed", 1)
    assert (len(ran(recorded, "a==1.0")), len(ran(recorded, "b==1.0"))) == (1, 1)
    (apt,) = (n for n, argv in enumerate(recorded.ran) if argv[:2] == ("apt-get", "install"))
    (last,) = (n for n, argv in enumerate(recorded.ran) if "b==1.0" in argv)
    assert apt < last
    text = Path(report.attempts[0].log).read_text(encoding="utf-8")
    assert text.count(BUILT.output) == 2


def test_what_fails_while_packages_are_installed_is_built_again(
    tmp_path: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    need = Need("header-missing", "ffi.h")
    forecast = replace(TWO, needs=(need,), self_sufficient=frozenset({"a"}))
    wheels: list[Answer] = [NO_HEADER, BUILT]
    report, recorded = play(tmp_path, knowledge, monkeypatch, forecast, a=wheels, b=[BUILT])
    assert (report.outcome, len(report.attempts)) == ("installed", 1)
    assert len(ran(recorded, "a==1.0")) == 2


# --- real processes --------------------------------------------------------------------------


def commands(monkeypatch: pytest.MonkeyPatch, **codes: str) -> None:
    """Let each build be a Python program."""

    def command(_: Session, source: Source, jobs: int) -> Command:
        return Command((sys.executable, "-c", codes[source.name], str(jobs)))

    monkeypatch.setattr(running_builds, "_command", command)


def sources(*names: str) -> list[Source]:
    return [Source(name, "1.0") for name in names]


def test_builds_really_run_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meet = (
        "import pathlib, sys, time\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        "own, other = folder / 'NAME', folder / 'OTHER'\n"
        "own.touch()\n"
        "end = time.monotonic() + 30\n"
        "while not other.exists() and time.monotonic() < end: time.sleep(0.02)\n"
        "print('met' if other.exists() else 'alone', sys.argv[1])\n"
    )
    a, b = (meet.replace("NAME", one).replace("OTHER", two) for one, two in ("ab", "ba"))
    commands(monkeypatch, a=a, b=b)
    found = session(tmp_path, machine=LocalMachine())
    with log_of(tmp_path / "logs/attempt-1.log") as log:
        told, failed = list_of(build_at_once(found, sources("a", "b"), log))
    assert failed is None
    lines = {(one.project, one.text) for one in told if isinstance(one, events.LogLine)}
    assert lines == {("a", "met 1"), ("b", "met 1")}


def test_the_last_build_gets_all_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import sys; print(sys.argv[1])"
    commands(monkeypatch, a=code, b=code, c=code)
    found = session(tmp_path, machine=LocalMachine())
    last = replace(Source("c", "1.0"), after=frozenset({"a==1.0", "b==1.0"}))
    with log_of(tmp_path / "logs/attempt-1.log") as log:
        told, _ = list_of(build_at_once(found, [*sources("a", "b"), last], log))
    lines = {one.project: one.text for one in told if isinstance(one, events.LogLine)}
    assert lines == {"a": "1", "b": "1", "c": "2"}


def test_what_needs_a_failed_build_is_not_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands(monkeypatch, a="raise SystemExit(1)", b="print('ran')", c="print('ran')")
    found = session(tmp_path, machine=LocalMachine())
    last = replace(Source("c", "1.0"), after=frozenset({"a==1.0"}))
    with log_of(tmp_path / "logs/attempt-1.log") as log:
        told, failed = list_of(build_at_once(found, [*sources("a", "b"), last], log))
    ended = {one.project: one.returncode for one in told if isinstance(one, events.BuildFinished)}
    assert ended == {"a": 1, "b": 0}
    assert failed is not None


def test_an_interrupt_ends_all_builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    commands(monkeypatch, a=code, b=code)
    found = session(tmp_path, machine=LocalMachine())
    with log_of(tmp_path / "logs/attempt-1.log") as log:
        story = build_at_once(found, sources("a", "b"), log)
        numbers: list[int] = []
        while len(numbers) < 2:
            event = next(story)
            if isinstance(event, events.LogLine):
                numbers.append(int(event.text))
        with pytest.raises(KeyboardInterrupt):
            story.throw(KeyboardInterrupt())
    for number in numbers:
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)


def test_a_build_that_made_no_progress_is_diagnosed_as_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = PlayedStream(-15, ["compiling"], given_up=True)
    recorded = Recorded({})
    monkeypatch.setattr(recorded, "stream", lambda *_, **__: contextlib.nullcontext(stopped))
    found = session(tmp_path, machine=recorded)
    with log_of(tmp_path / "logs/attempt-1.log") as log:
        failed = list_of(build_at_once(found, sources("a"), log))[1]
    assert isinstance(failed, Attempt)
    assert failed.diagnosis
    assert failed.diagnosis.cause
    assert failed.diagnosis.cause.kind == "out-of-memory"


def test_wheels_of_a_doubtful_attempt_are_discarded(tmp_path: Path) -> None:
    found = session(tmp_path)
    wheel = tmp_path / "cache/wheels/ab/a-1.0-py3-none-any.whl"
    wheel.parent.mkdir(parents=True)
    wheel.touch()
    command = Command(("pip",))
    unknown = Diagnosis(failed=True, cause=Cause("unknown", "-", 1, ""))
    found.journal.add(events.AttemptStarted(1, command, "log", {}))
    forget_doubtful(found, unknown)
    assert wheel.exists()
    found.journal.add(events.AttemptStarted(1, command, "log", {"a": "1.0"}))
    forget_doubtful(found, unknown)
    assert not wheel.exists()


def test_what_is_doubtful_or_rebuilt_does_not_come_from_the_cache(tmp_path: Path) -> None:
    found = session(tmp_path)
    assert cache_of(found) == tmp_path / "cache"
    found.journal.add(learned.StepApplied(Rebuild("Rebuild a", names=("a",))))
    assert cache_of(found) is None
    other = session(tmp_path)
    other.journal.add(learned.ParallelBuildDoubted())
    assert cache_of(other) is None


@pytest.mark.parametrize(
    ("steps", "attempts", "found"),
    [
        ((InstallPackages("apt", packages=("x",)),), 0, ["a"]),
        ((InstallPackages("apt"), Rebuild("Rebuild", names=("a",))), 0, []),
        ((CreateEnvironment("venv", argv=("python", "-m", "venv")),), 0, []),
        ((InstallPackages("apt"),), 1, []),
    ],
)
def test_only_packages_are_installed_meanwhile(
    tmp_path: Path, steps: tuple[Step, ...], attempts: int, found: list[str]
) -> None:
    given = session(tmp_path, forecast=replace(TWO, self_sufficient=frozenset({"a"})))
    for _ in range(attempts):
        made = Attempt(Command(("pip",)), "log", 1, 1.0, None)
        given.journal.add(events.AttemptFinished(made))
    assert [one.name for one in sources_meanwhile(given, steps)] == found


def test_builds_meanwhile_end_with_what_interrupts_the_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "number"
    commands(
        monkeypatch,
        a=f"import os, time; open({str(file)!r}, 'w').write(str(os.getpid())); time.sleep(60)",
    )
    found = session(tmp_path, machine=LocalMachine())
    with pytest.raises(KeyboardInterrupt), built_meanwhile(found, sources("a")):
        end = time.monotonic() + 20
        while not (file.exists() and file.read_text()) and time.monotonic() < end:
            time.sleep(0.02)
        raise KeyboardInterrupt
    with pytest.raises(ProcessLookupError):
        os.kill(int(file.read_text()), 0)


@pytest.mark.parametrize(
    ("setup", "alone"),
    [
        ("from setuptools import setup\nsetup(name='demo')\n", True),
        (
            "from setuptools import setup, Extension\n"
            "setup(name='demo', ext_modules=[Extension('demo', ['a.c'])])\n",
            False,
        ),
        (
            "from setuptools import setup, Extension\n"
            "setup(name='demo', ext_modules=[Extension('demo', ['a.c'], optional=True)])\n",
            False,
        ),
        ("from setuptools import setup\nfrom x import y\nsetup(**y())\n", False),
    ],
    ids=["pure", "compiled", "compiled if it can", "not understood"],
)
def test_only_builds_that_use_nothing_of_the_system_are_self_sufficient(
    setup: str, alone: bool
) -> None:
    reading = read({"setup.py": setup, "a.c": "int x;\n"})
    forecast = Forecast(builds=(Build("demo", reading),))
    assert ("demo" in forecast.self_sufficient(Knowledge())) is alone


def test_no_build_is_left_running_if_the_steps_beside_them_are_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = list[str](), list[str]()

    class Machine(LocalMachine):
        @contextmanager
        def stream(self, *args: Any, **options: Any) -> Iterator[Any]:
            with super().stream(*args, **options) as found:
                begun.append("")
                try:
                    yield found
                finally:
                    time.sleep(0.3)
                    ended.append("")

    monkeypatch.setattr("buildfix.machines.stoppable._PATIENCE", 0.01)
    code = "import time; time.sleep(60)"
    commands(monkeypatch, a=code, b=code)
    given = session(tmp_path, machine=Machine())
    with pytest.raises(KeyboardInterrupt), built_meanwhile(given, sources("a", "b")):
        while len(begun) < 2:
            time.sleep(0.01)
        raise KeyboardInterrupt
    assert len(ended) == 2
