"""`undo`: what goes and what stays, on a recorded Debian and in folders of a target."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from buildfix import engine
from buildfix.catalog import Knowledge
from buildfix.core import (
    CreateEnvironment,
    Installed,
    RemovePackages,
    Report,
    Request,
    RunCommand,
    TargetChange,
    events,
    learned,
)
from buildfix.core.errors import UsageError
from buildfix.core.events import Record
from buildfix.engine.journal import Journal
from buildfix.engine.journal_file import JOURNAL
from buildfix.engine.past_runs import PastRun, past_runs
from buildfix.engine.undo import Undo, plan_undo, undo
from buildfix.engine.undo_target import TargetUndo, target_steps, target_undo
from buildfix.platforms.site_packages import snapshot
from buildfix.render.closing import closing_line
from tests.unit.machines import (
    INTERPRETER,
    NO_COMPILER,
    PYTHON,
    TRIXIE,
    Played,
    Recorded,
    interpreter_facts,
)
from tests.unit.test_clean import WORKS, Debian

GONE = 1 << 30
"""No process has this number."""


@dataclass
class Target:
    """The folders of a virtual environment."""

    folder: Path

    @property
    def site(self) -> Path:
        return self.folder / ".venv" / "site-packages"

    @property
    def python(self) -> Path:
        return self.folder / ".venv" / "bin" / "python"

    def put(self, name: str, version: str = "1.0") -> Installed:
        for old in self.site.glob(f"{name}-*"):
            old.rmdir()
        (self.site / f"{name}-{version}.dist-info").mkdir()
        return Installed(name, version)

    def chosen(self) -> learned.TargetChosen:
        interpreter = replace(INTERPRETER, path=str(self.python), site=(str(self.site),))
        return learned.TargetChosen(interpreter, snapshot([str(self.site)]))

    def machine(self, *required: str) -> Recorded:
        facts = {"files": [], "required": list(required), "program": "/usr/bin/python3"}
        return Recorded({".py binary-files": [Played(json.dumps(facts))]})


@pytest.fixture
def target(tmp_path: Path) -> Target:
    made = Target(tmp_path / "home")
    made.site.mkdir(parents=True)
    made.python.parent.mkdir()
    made.python.touch()
    (made.folder / ".venv" / "pyvenv.cfg").touch()
    return made


def past(target: Target, number: int, *records: Record, undoes: str = "") -> PastRun:
    started = events.RunStarted(("lxml",), GONE, str(target.folder), undoes)
    journal = Journal()
    for record in (started, *records):
        journal.add(record)
    return PastRun(number, target.folder / str(number), started, journal.entries)


def concluded(*added: Installed, asked: Sequence[Installed] = ()) -> learned.RunConcluded:
    return learned.RunConcluded("installed", target=TargetChange(added, asked=tuple(asked)))


def test_new_distributions_go_and_older_ones_stay(target: Target) -> None:
    target.put("pip")
    target.put("six", "1.0")
    chosen = target.chosen()
    added = target.put("lxml"), target.put("six", "2.0")
    run = past(target, 1, chosen, concluded(*added))
    found = target_undo(run, [], target.machine())
    assert found.going == (Installed("lxml", "1.0"),)
    assert found.kept == ("six 2.0 stays: it replaced six 1.0; to go back, install six==1.0.",)
    (step,) = target_steps(found, str(target.python), INTERPRETER, None)
    assert step.argv == (str(target.python), "-m", "pip", "uninstall", "--yes", "lxml")
    without_pip = replace(INTERPRETER, pip=None)
    (step,) = target_steps(found, str(target.python), without_pip, "/usr/bin/uv")
    assert step.argv[:3] == ("uv", "pip", "uninstall")


def test_distribution_of_an_externally_managed_python_can_be_uninstalled() -> None:
    found = TargetUndo((Installed("lxml", "1.0"),))
    managed = replace(INTERPRETER, externally_managed=True)
    (step,) = target_steps(found, "/usr/bin/python3", managed, None)
    assert step.env == (("PIP_BREAK_SYSTEM_PACKAGES", "1"),)


def test_what_another_distribution_needs_stays(target: Target) -> None:
    run = past(target, 1, target.chosen(), concluded(target.put("numpy"), target.put("lxml")))
    found = target_undo(run, [], target.machine("numpy"))
    assert [one.name for one in found.going] == ["lxml"]
    assert found.kept == ("numpy 1.0 stays: another distribution may need it.",)


def test_what_was_installed_again_or_asked_for_later_stays(target: Target) -> None:
    chosen = target.chosen()
    lxml, six, attrs = target.put("lxml"), target.put("six"), target.put("attrs")
    run = past(target, 2, chosen, concluded(lxml, six, attrs))
    later = past(target, 1, target.chosen(), concluded(Installed("x", "1"), asked=[six]))
    os.utime(target.site / "lxml-1.0.dist-info", (run.ended_at + 60,) * 2)
    target.put("attrs", "2.0")
    found = target_undo(run, [later], target.machine())
    assert found.going == ()
    assert [line.split(" stays")[0] for line in found.kept] == ["lxml 1.0", "six 1.0", "attrs 2.0"]
    assert "run 1 also asked for it" in found.kept[1]


def test_environment_of_the_run_goes_unless_others_installed_into_it(target: Target) -> None:
    target.put("pip")
    create = CreateEnvironment("Create .venv", argv=("python3",), creates=".venv/bin/python")
    records = (learned.StepApplied(create), target.chosen(), concluded(target.put("lxml")))
    run = past(target, 1, *records)
    found = target_undo(run, [], target.machine())
    assert found.folder == str(target.folder / ".venv")
    (step,) = target_steps(found, str(target.python), INTERPRETER, None)
    assert step.argv[-1] == found.folder
    target.put("mine")
    found = target_undo(run, [], target.machine())
    assert (found.folder, len(found.going)) == ("", 1)


def test_target_that_is_gone_needs_nothing(target: Target) -> None:
    run = past(target, 1, target.chosen(), concluded(Installed("lxml", "1.0")))
    target.python.unlink()
    assert target_undo(run, [], target.machine()) == TargetUndo()


REQUEST = Request(("cffi",), python=PYTHON, unattended=True)


@pytest.fixture
def debian(monkeypatch: pytest.MonkeyPatch) -> Debian:
    monkeypatch.setattr("buildfix.platforms.host_facts.gather", lambda *_: TRIXIE)
    monkeypatch.setattr("buildfix.engine.removal.linked_libraries", lambda _: ("libffi.so.8",))
    monkeypatch.setattr("buildfix.engine.past_runs.is_running", lambda _: False)
    return Debian()


@dataclass
class Bench:
    """Runs on a recorded machine, with their journals."""

    runs: Path
    machine: Recorded
    knowledge: Knowledge

    def fix(self, name: str, request: Request = REQUEST) -> Report:
        logs = self.runs / name
        return _report(engine.repair(request, self.machine, self.knowledge, lambda _: True, logs))

    def plan(self, number: int = 1) -> Undo:
        runs = list(past_runs(self.runs))
        (run,) = (one for one in runs if one.number == number)
        others = [one for one in runs if one is not run]
        return plan_undo(
            run, others, self.machine, self.knowledge, self.runs / "x", unattended=True
        )

    def undo(self, found: Undo, name: str, agreed: Callable[..., bool] = lambda _: True) -> Report:
        return _report(undo(found, self.runs / name, agreed))


def _report(story: object) -> Report:
    last = list(story)[-1]  # type: ignore[call-overload]
    assert isinstance(last, events.Finished)
    return last.report


def test_packages_of_the_run_go(debian: Debian, knowledge: Knowledge, tmp_path: Path) -> None:
    before = set(debian.there)
    machine = debian.machine(NO_COMPILER, Played("done"))
    bench = Bench(tmp_path, machine, knowledge)
    assert bench.fix("1").outcome == "installed"
    assert "gcc" in debian.there
    found = bench.plan()
    (step,) = (one for one in found.plan.steps if isinstance(one, RemovePackages))
    assert step.removes == ("build-essential", "gcc", "python3-dev")
    report = bench.undo(found, "2")
    assert (report.outcome, report.undoes) == ("undone", "1")
    assert debian.there == before
    told = closing_line(report)
    assert told.startswith("Undone: cffi")
    assert "build-essential, gcc and python3-dev" in told
    assert not bench.plan(2).plan.steps
    with pytest.raises(UsageError, match="is itself an undo"):
        bench.plan(1)


def test_package_that_another_target_is_linked_with_stays(
    debian: Debian, knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    debian.needs["build-essential"].add("libffi8")
    machine = debian.machine(NO_COMPILER, Played("done"))
    bench = Bench(tmp_path, machine, knowledge)
    bench.fix("1")
    monkeypatch.setattr("buildfix.engine.undo._targets", lambda *_: [_linked_with_libffi()])
    found = bench.plan()
    assert any("libffi-data, libffi8" in line for line in found.kept)
    report = bench.undo(found, "2")
    assert {"libffi8", "libffi-data"} <= debian.there
    assert "gcc" not in debian.there
    assert ("apt-mark", "manual", "--", "libffi8") in machine.ran
    assert "libffi8" in report.reason


def _linked_with_libffi() -> object:
    from buildfix.engine.removal import Facts

    return Facts(frozenset({"libffi.so.8"}), frozenset(), "/usr/bin/python3")


def test_package_that_something_else_needs_now_stays(
    debian: Debian, knowledge: Knowledge, tmp_path: Path
) -> None:
    bench = Bench(tmp_path, debian.machine(NO_COMPILER, Played("done")), knowledge)
    bench.fix("1")
    debian.needs["orphan"] = {"gcc"}
    found = bench.plan()
    bench.undo(found, "2")
    assert {"orphan", "gcc"} <= debian.there
    assert "build-essential" not in debian.there
    assert any("gcc" in line for line in found.kept)


def test_packages_of_a_killed_run_go_as_far_as_it_came(
    debian: Debian, knowledge: Knowledge, tmp_path: Path
) -> None:
    before = set(debian.there)

    def killed(argv: Sequence[str]) -> Played:
        debian.installs(argv)
        raise SystemExit

    machine = debian.machine(NO_COMPILER, Played("done"))
    machine.answers["apt-get install"][:] = [killed]
    bench = Bench(tmp_path, machine, knowledge)
    with pytest.raises(SystemExit):
        bench.fix("1")
    journal = tmp_path / "1" / JOURNAL
    lines = journal.read_text().splitlines()
    last = max(number for number, line in enumerate(lines) if '"step-started"' in line)
    journal.write_text("".join(f"{line}\n" for line in lines[: last + 1]))
    assert "gcc" in debian.there
    bench.undo(bench.plan(), "2")
    assert debian.there == before


def test_declined_undo_changes_nothing(
    debian: Debian, knowledge: Knowledge, tmp_path: Path
) -> None:
    bench = Bench(tmp_path, debian.machine(NO_COMPILER, Played("done")), knowledge)
    bench.fix("1")
    report = bench.undo(bench.plan(), "2", lambda _: False)
    assert report.outcome == "person-needed"
    assert "gcc" in debian.there
    assert "Nothing was changed." in closing_line(report)


def test_packages_come_back_if_another_install_stops_working(
    debian: Debian, knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Played(json.dumps({"_cffi": "ImportError: libquite.so.1: cannot open"}))
    imports = [WORKS, WORKS, broken]
    machine = debian.machine(NO_COMPILER, Played("done"), imports=imports)
    bench = Bench(tmp_path, machine, knowledge)
    bench.fix("1")
    monkeypatch.setattr("buildfix.engine.undo.installs_of", lambda *_: {PYTHON: ["cffi"]})
    report = bench.undo(bench.plan(), "2")
    assert report.outcome == "unfixed"
    assert "cffi stopped working" in closing_line(report)
    assert {"gcc", "build-essential"} <= debian.there


def test_toolchain_goes_if_the_run_installed_it(
    debian: Debian, knowledge: Knowledge, tmp_path: Path
) -> None:
    rustup = tmp_path / "rustup"
    rust = RunCommand("Install Rust", undo=(str(rustup), "self", "uninstall", "-y"))
    fetched = learned.StepBrought(RunCommand("Download rustup-init"))
    journal = Journal(tmp_path / "runs" / "1" / JOURNAL)
    for record in (
        events.RunStarted(("cryptography",), GONE),
        learned.StepBrought(rust, undoable=True),
        fetched,
        learned.RunConcluded("installed"),
        events.RunEnded("installed"),
    ):
        journal.add(record)
    bench = Bench(tmp_path / "runs", debian.machine(), knowledge)
    assert not bench.plan().plan.steps
    rustup.touch()
    found = bench.plan()
    assert [one.argv for one in found.plan.steps] == [rust.undo]
    assert found.kept == ("Not undone: Download rustup-init.",)


PIP_SAYS = (
    "Collecting cffi\n  Installing collected packages: setuptools\n"
    "Installing collected packages: pycparser, cffi\n"
    "Successfully installed cffi-1.0 pycparser-2.0"
)
UV_SAYS = (
    "Installed 2 packages in 3ms\n \x1b[32m+\x1b[39m \x1b[1mcffi\x1b[0m==1.0\n + pycparser==2.0"
)


@pytest.mark.parametrize(
    ("said", "claimed"),
    [
        (PIP_SAYS, {"cffi", "pycparser"}),
        (UV_SAYS, {"cffi", "pycparser"}),
        ("", {"cffi", "pycparser", "setuptools", "alien"}),
    ],
    ids=["pip", "uv", "silenced"],
)
def test_run_claims_only_what_its_installer_reports(
    said: str, claimed: set[str], debian: Debian, knowledge: Knowledge, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    for gone in ("old-1.0", "setuptools-1.0"):
        (site / f"{gone}.dist-info").mkdir(parents=True)

    def pip(_: Sequence[str]) -> Played:
        """Install two distributions while another process installs and removes others."""
        (site / "old-1.0.dist-info").rmdir()
        for name in ("cffi-1.0", "pycparser-2.0", "setuptools-80.0", "alien-1.0"):
            (site / f"{name}.dist-info").mkdir()
        return Played(said)

    machine = debian.machine(pip)
    machine.answers[".py interpreter"][:] = [interpreter_facts(site=(str(site),))]
    bench = Bench(tmp_path / "runs", machine, knowledge)
    target = bench.fix("1").changes.target
    assert {one.name for one in target.added} == claimed
    assert [one.name for one in target.removed] == ([] if said else ["old"])


@pytest.mark.parametrize(
    ("args", "environ"), [(("-qq",), {}), (("--quiet",), {}), ((), {"PIP_QUIET": "2"})]
)
def test_run_claims_all_that_is_new_if_the_user_silenced_its_installer(
    args: tuple[str, ...],
    environ: dict[str, str],
    debian: Debian,
    knowledge: Knowledge,
    tmp_path: Path,
) -> None:
    """A warning is in the log even so."""
    site = tmp_path / "site"
    site.mkdir()

    def pip(_: Sequence[str]) -> Played:
        for name in ("cffi-1.0", "pycparser-2.0"):
            (site / f"{name}.dist-info").mkdir()
        return Played("WARNING: The directory is not owned by the current user.")

    machine = debian.machine(pip)
    machine.environ = {**machine.environ, **environ}
    machine.answers[".py interpreter"][:] = [interpreter_facts(site=(str(site),))]
    bench = Bench(tmp_path / "runs", machine, knowledge)
    target = bench.fix("1", replace(REQUEST, installer_args=args)).changes.target
    assert {one.name for one in target.added} == {"cffi", "pycparser"}
