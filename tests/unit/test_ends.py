"""Every way a run can end: its closing sentence is compared with the machine that it ran on."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest

from buildfix import engine
from buildfix.catalog import Knowledge
from buildfix.cli.story import follow
from buildfix.core import Changes, Plan, Proof, Report, Request, RunCommand, SystemChange, events
from buildfix.core.errors import Interrupted, PersonNeeded, TargetError
from buildfix.core.report import Timing
from buildfix.engine.journal import report_of
from buildfix.engine.journal_file import JOURNAL, read_journal
from buildfix.render.closing import closing_line, system_line
from buildfix.render.documents import report_document
from buildfix.render.plain import PlainView
from tests.unit.machines import (
    NO_COMPILER,
    NO_HEADER,
    PYTHON,
    TRIXIE,
    Played,
    Recorded,
    interpreter_facts,
)

BASE = {"libc6": "ii ", "python3": "ii "}
REQUEST = Request(("cffi",), python=PYTHON, unattended=True)
_UNLOADED = "ImportError: failed to find libmagic.  Check your installation"
BROKEN = Played(json.dumps({"_cffi": _UNLOADED}))
WORKS = Played('{"_cffi": null}')


@dataclass
class Bench:
    """A machine with a package manager and a target whose states a test can look at."""

    site: Path
    pip: list[Callable[[], Played]]
    apt: Callable[[Bench, Sequence[str]], Played] = field(
        default=lambda bench, argv: bench.took(argv)
    )
    packages: dict[str, str] = field(default_factory=lambda: dict(BASE))
    imports: list[Played] = field(default_factory=lambda: [WORKS])
    facts: dict[str, object] = field(default_factory=dict)

    def took(self, argv: Sequence[str]) -> Played:
        """Install what apt-get is told to, with a package that comes with it."""
        if "install" in argv:
            names = argv[argv.index("--") + 1 :]
            self.packages |= dict.fromkeys((*names, "comes-along"), "ii ")
        return Played()

    def install(self, version: str = "1.0") -> Played:
        """Put the distribution into the target, over what is there."""
        for old in self.site.glob("cffi-*"):
            old.rmdir()
        (self.site / f"cffi-{version}.dist-info").mkdir()
        return Played(f"Successfully installed cffi-{version}")

    @property
    def target(self) -> dict[str, int]:
        return {path.name: path.stat().st_mtime_ns for path in self.site.iterdir()}

    def _described(self, _: Sequence[str]) -> Played:
        names = (path.name.removesuffix(".dist-info") for path in self.site.glob("*.dist-info"))
        there = dict(name.split("-") for name in names)
        facts = {
            name: {
                "name": name,
                "version": version,
                "wheel": None,
                "packages": [],
                "compiled": [f"_{name}"],
                "programs": [],
                "binary": True,
                "files": 1,
                "lost": [],
                **self.facts,
            }
            for name, version in there.items()
        }
        return Played(json.dumps(facts))

    def _dpkg(self, _: Sequence[str]) -> Played:
        return Played("\n".join(f"{state} {name}" for name, state in self.packages.items()))

    def machine(self) -> Recorded:
        return Recorded(
            {
                ".py interpreter": [interpreter_facts(site=[str(self.site)])],
                ".py distributions": [self._described],
                ".py imports": list(self.imports),
                "pip install": [partial(_run_pip, one) for one in self.pip],
                "dpkg-query": [self._dpkg],
                "ls /var/lib/apt/lists": [Played("archive_Packages")],
                "stat -c %Y /var/lib/apt/lists": [Played(str(int(time.time())))],
                "apt-get --print-uris": [Played()],
                "apt-get": [lambda argv: self.apt(self, argv)],
            }
        )


def _run_pip(made: Callable[[], Played], _: Sequence[str]) -> Played:
    return made()


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr("buildfix.platforms.host_facts.gather", lambda *_: TRIXIE)
    site = tmp_path / "site-packages"
    site.mkdir()
    made = Bench(site, [])
    made.pip = [made.install]
    return made


def no_compiler() -> Played:
    return NO_COMPILER


def no_header() -> Played:
    return NO_HEADER


def interrupted() -> Played:
    raise KeyboardInterrupt


def half(bench: Bench, argv: Sequence[str]) -> Played:
    """Leave a package unpacked when Ctrl-C strikes."""
    bench.took(argv)
    bench.packages["build-essential"] = "iU "
    raise KeyboardInterrupt


def fails(bench: Bench, argv: Sequence[str]) -> Played:
    bench.took(argv)
    return Played("E: Sub-process /usr/bin/dpkg returned an error code (1)", 100)


def refuses(bench: Bench, _: Sequence[str]) -> Played:
    assert bench
    return Played("E: Unable to locate package", 100)


def run(
    bench: Bench,
    knowledge: Knowledge,
    tmp_path: Path,
    request: Request = REQUEST,
    consent: Callable[[Plan], bool] = lambda _: True,
    strike: type[events.Event] | None = None,
    by: str = "",
) -> tuple[str, str]:
    """Return the outcome and the closing sentence; an interrupt strikes after an event."""
    before, there = dict(bench.packages), bench.target
    story = engine.repair(request, bench.machine(), knowledge, consent, tmp_path / "logs")
    end = None
    for event in story:
        if strike and isinstance(event, strike):
            event = story.throw(KeyboardInterrupt(*filter(None, (by,))))
            strike = None
        if isinstance(event, events.Finished):
            end = event
    assert end is not None
    told = closing_line(end.report)
    compare(told, bench, before, there)
    return end.report.outcome, told


def compare(told: str, bench: Bench, before: dict[str, str], there: dict[str, int]) -> None:
    """Compare what a sentence says with the machine."""
    new = {name for name, state in bench.packages.items() if state == "ii " and name not in before}
    half_done = {name for name, state in bench.packages.items() if state not in ("ii ", "un ")}
    if "Nothing was changed." in told or "Nothing to do" in told:
        assert (bench.packages, bench.target) == (before, there)
    if "No system packages were installed." in told:
        assert not new
    elif new and "Installed cffi" not in told:
        assert all(name in told for name in new if name != "comes-along")
        assert "and 1 more package" in told
    assert ("Left unfinished" in told) == bool(half_done)
    assert all(name in told for name in half_done)
    if "before cffi was installed" in told:
        assert bench.target == {}
    if "cffi 1.0 is installed in" in told or told.startswith("Installed cffi"):
        assert "cffi-1.0.dist-info" in bench.target


def test_new_install_is_said_with_its_target(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    outcome, told = run(bench, knowledge, tmp_path)
    assert outcome == "installed"
    assert re.match(r"Installed cffi into /v/bin/python, \d", told)


def test_existing_install_is_nothing_to_do(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    bench.install()
    bench.pip = [lambda: Played("Requirement already satisfied: cffi")]
    outcome, told = run(bench, knowledge, tmp_path)
    assert outcome == "installed"
    assert told.startswith(
        "Nothing to do: cffi 1.0 is already installed in /v/bin/python, import verified, "
    )


def test_reinstall_of_the_same_version_counts_as_installed(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    bench.install()
    (bench.site / "cffi-1.0.dist-info").touch()
    time.sleep(0.01)
    outcome, told = run(bench, knowledge, tmp_path)
    assert outcome == "installed"
    assert told.startswith("Installed cffi into")


def test_replaced_version_counts_as_installed(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    bench.install("0.9")
    outcome, told = run(bench, knowledge, tmp_path)
    assert (outcome, told.startswith("Installed cffi into")) == ("installed", True)


def test_failed_builds_and_failed_imports_are_counted_apart(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    bench.pip = [no_compiler, no_header, bench.install]
    bench.imports = [BROKEN, WORKS]
    outcome, told = run(bench, knowledge, tmp_path)
    assert outcome == "installed"
    assert " after 2 failed builds and 1 failed import, " in told


NO_PROJECT = "ERROR: No matching distribution found for cffi"
NO_NETWORK = (
    "ERROR: Could not install packages due to an OSError: HTTPSConnectionPool(host='index.example',"
    " port=443): Max retries exceeded with url: /cffi (Caused by NewConnectionError('Connection "
    "refused'))"
)
DENIED = (
    "ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/v/lib/x'"
)


@pytest.mark.parametrize("said", [NO_PROJECT, NO_NETWORK, DENIED, "ERROR: out of luck"])
def test_no_build_is_counted_where_nothing_was_built(
    said: str, bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    bench.pip = [lambda: Played(said, 1)]
    outcome, told = run(bench, knowledge, tmp_path)
    assert outcome in ("unfixed", "person-needed")
    assert told.startswith(("Could not install cffi. ", "cffi needs your input. "))
    assert "failed build" not in told


@pytest.mark.parametrize(
    ("seconds", "told"), [(1.24, "1.2 s"), (41.3, "41 s"), (130.9, "2 min 11 s")]
)
def test_time_is_told_as_people_read_it(seconds: float, told: str) -> None:
    proof = Proof("six", "1.17.0", None, ("six",))
    report = Report("installed", ("six",), proofs=(proof,), timing=Timing(total=seconds))
    assert f", {told}." in closing_line(report)


def test_attempt_that_failed_before_a_build_is_no_failed_build(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    bench.pip = [no_compiler, lambda: Played(NO_PROJECT, 1)]
    told = run(bench, knowledge, tmp_path)[1]
    assert told.startswith("Could not install cffi after 1 failed build and 1 failed attempt. ")


def test_requirement_excluded_by_marker_is_nothing_to_do(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    bench.pip = [lambda: Played("Ignoring cffi: markers don't match your environment")]
    request = replace(REQUEST, requirements=("cffi; sys_platform == 'win32'",))
    outcome, told = run(bench, knowledge, tmp_path, request)
    assert outcome == "installed"
    assert told.startswith("Nothing to do: the environment markers of cffi;")


def test_installer_that_installed_nothing_is_not_verified(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    bench.pip = [lambda: Played("Would install cffi-1.0")]
    outcome, told = run(bench, knowledge, tmp_path)
    assert outcome == "unfixed"
    assert (
        "/v/bin/python does not have cffi: the install was not verified. Nothing was changed."
        in told
    )


@pytest.mark.parametrize("words", [("--target", "d"), ("--prefix=/p",), ("-td",), ("--dry-run",)])
def test_install_into_another_location_is_not_verified(
    words: tuple[str, ...], bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    bench.install()
    bench.pip = [lambda: Played("Successfully installed cffi-1.0")]
    request = replace(REQUEST, installer_args=words)
    outcome, told = run(bench, knowledge, tmp_path, request)
    assert outcome == "unfixed"
    assert "told to install into another location (-" in told
    assert "the install was not verified. cffi 1.0 is still installed in /v/bin/python." in told


def test_distribution_without_module_is_verified_by_its_files(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    bench.facts = {"compiled": [], "files": 3}
    outcome, told = run(bench, knowledge, tmp_path)
    assert outcome == "installed"
    assert "cffi is installed; it has no module to import, its 3 files are present." in told


def test_distribution_without_module_and_with_missing_file_fails(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    bench.facts = {"compiled": [], "files": 2, "lost": ["data/a.txt"]}
    outcome, told = run(bench, knowledge, tmp_path)
    assert outcome == "unfixed"
    assert "cffi 1.0 is installed in /v/bin/python, but does not work." in told


def test_same_cause_after_its_fix_ends_the_run(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    bench.pip = [no_compiler]
    outcome, told = run(bench, knowledge, tmp_path)
    assert outcome == "unfixed"
    assert told.startswith("Could not install cffi after 2 failed builds. The fix was applied")
    assert "Installed on the system: build-essential, python3-dev and 1 more package." in told


def test_failed_step_that_changed_nothing_says_so(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    bench.pip, bench.apt = [no_compiler], refuses
    outcome, told = run(bench, knowledge, tmp_path)
    assert outcome == "unfixed"
    assert told.endswith("E: Unable to locate package. Nothing was changed.")


def test_failed_step_names_what_it_had_installed(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    bench.pip, bench.apt = [no_compiler], fails
    outcome, told = run(bench, knowledge, tmp_path)
    assert outcome == "unfixed"
    assert "Installed on the system: build-essential, python3-dev" in told


def test_module_that_never_imports_is_said_not_to_work(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    bench.imports = [Played('{"_cffi": "ImportError: nobody knows this"}')]
    outcome, told = run(bench, knowledge, tmp_path)
    assert outcome == "unfixed"
    assert told.startswith("Could not install cffi after 1 failed import.")
    assert "cffi 1.0 is installed in /v/bin/python, but does not work." in told


def test_declined_plan_changes_nothing(bench: Bench, knowledge: Knowledge, tmp_path: Path) -> None:
    bench.pip = [no_compiler]
    request = replace(REQUEST, unattended=False)
    outcome, told = run(bench, knowledge, tmp_path, request, consent=lambda _: False)
    assert outcome == "person-needed"
    assert told.startswith("Cancelled.")
    assert told.endswith("Nothing was changed.")


def test_declined_second_plan_names_what_the_first_changed(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    answers = iter([True, False])
    bench.pip = [no_compiler, no_header]
    request = replace(REQUEST, unattended=False)
    outcome, told = run(bench, knowledge, tmp_path, request, consent=lambda _: next(answers))
    assert outcome == "person-needed"
    assert "Installed on the system: build-essential" in told
    assert "Nothing was" not in told


def test_second_plan_without_consent_needs_a_person(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    answers = iter([True])

    def consent(_: Plan) -> bool:
        if next(answers, False):
            return True
        raise PersonNeeded("The plan needs consent.", do="Use --yes.")

    bench.pip = [no_compiler, no_header]
    outcome, told = run(
        bench, knowledge, tmp_path, replace(REQUEST, unattended=False), consent=consent
    )
    assert outcome == "person-needed"
    assert "Nothing was changed" not in told
    assert "Installed on the system: build-essential" in told


@pytest.mark.parametrize("privilege", ["none", "sudo-password"])
def test_missing_privileges_change_nothing(
    privilege: str,
    bench: Bench,
    knowledge: Knowledge,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    poor = replace(TRIXIE, privilege=privilege)  # type: ignore[arg-type]
    monkeypatch.setattr("buildfix.platforms.host_facts.gather", lambda *_: poor)
    bench.pip = [no_compiler]
    outcome, told = run(bench, knowledge, tmp_path)
    assert outcome == "person-needed"
    assert told.endswith("Nothing was changed.")


def test_interrupted_while_the_installer_runs(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    bench.pip = [interrupted]
    outcome, told = run(bench, knowledge, tmp_path)
    assert outcome == "interrupted"
    assert told == (
        "Stopped before installing cffi: Ctrl-C while the installer ran (attempt 1). "
        "Nothing was changed."
    )


def test_interrupted_after_the_install_and_before_the_import(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    outcome, told = run(bench, knowledge, tmp_path, strike=events.VerifyStarted, by="SIGTERM")
    assert outcome == "interrupted"
    assert told == (
        "Stopped while installing cffi: SIGTERM while verifying the import. "
        "cffi 1.0 is installed in /v/bin/python, but not verified. "
        "No system packages were installed."
    )


def test_interrupt_after_the_import_says_installed_and_verified(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    outcome, told = run(bench, knowledge, tmp_path, strike=events.AttemptFinished)
    assert outcome == "interrupted"
    assert told.startswith(
        "Stopped after cffi was installed and verified: Ctrl-C after the import was verified."
    )
    assert "is installed and verified in /v/bin/python. No system packages were installed." in told


def test_interrupted_at_the_question_of_the_clean_up(
    bench: Bench, knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --clean, after all was installed and verified."""

    def ask(*_: object) -> Generator[events.Event, None, str]:
        yield events.StepFinished(RunCommand("Remove"), 0)
        raise KeyboardInterrupt

    monkeypatch.setattr("buildfix.engine.cleanup.clean", ask)
    outcome, told = run(bench, knowledge, tmp_path, replace(REQUEST, clean=True))
    assert outcome == "interrupted"
    assert told.startswith("Stopped after cffi was installed and verified: Ctrl-C between")


def test_unreadable_package_lists_do_not_hide_the_install(
    bench: Bench, knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise TargetError("The lists cannot be read.")

    monkeypatch.setattr("buildfix.engine.machine_changes.missing_features", fail)
    outcome, told = run(bench, knowledge, tmp_path)
    assert outcome == "installed"
    assert told.startswith("Installed cffi into")


def test_interrupt_in_a_package_step_names_what_it_changed(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    bench.pip, bench.apt = [no_compiler], half
    outcome, told = run(bench, knowledge, tmp_path)
    assert outcome == "interrupted"
    assert "Ctrl-C during the step: Install build-essential, python3-dev." in told
    assert "Installed on the system: python3-dev and 1 more package." in told
    assert "Left unfinished by the package manager: build-essential." in told


def test_interrupted_while_waiting_for_a_lock(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    locked = "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (apt)"
    bench.pip, bench.apt = [no_compiler], lambda *_: Played(locked, 100)
    outcome, told = run(bench, knowledge, tmp_path, strike=events.Waiting)
    assert outcome == "interrupted"
    assert told == (
        "Stopped before installing cffi: Ctrl-C while waiting: apt is locked by "
        "process 7 (apt). Nothing was changed."
    )


def test_interrupt_at_the_consent_prompt_changes_nothing(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    def consent(_: Plan) -> bool:
        raise KeyboardInterrupt

    bench.pip = [no_compiler]
    outcome, told = run(bench, knowledge, tmp_path, consent=consent)
    assert outcome == "interrupted"
    assert "Ctrl-C before the plan was applied. Nothing was changed." in told


def test_interrupted_between_a_failed_build_and_its_remedy(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    bench.pip = [no_compiler]
    outcome, told = run(bench, knowledge, tmp_path, strike=events.CauseFound)
    assert outcome == "interrupted"
    assert "Ctrl-C between steps. Nothing was changed." in told


def test_a_program_that_goes_missing_midway_does_not_say_that_nothing_was_changed(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    from buildfix.core.errors import CommandNotFound

    def gone() -> Played:
        raise CommandNotFound("The program /v/bin/python was not found.", do="Install it.")

    bench.pip = [no_compiler, gone]
    outcome, told = run(bench, knowledge, tmp_path)
    assert outcome == "unfixed"
    assert "The program /v/bin/python was not found. Install it. Installed on the system:" in told


class Silent(PlainView):
    """A view that is struck by Ctrl-C at chosen events."""

    def __init__(self, *strikes: type) -> None:
        self._strikes = list(strikes)

    def show(self, event: events.Event) -> None:
        if self._strikes and isinstance(event, self._strikes[0]):
            self._strikes.pop(0)
            raise KeyboardInterrupt


def test_an_interrupt_while_a_view_shows_is_told_to_the_story(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    story = engine.repair(REQUEST, bench.machine(), knowledge, lambda _: True, tmp_path / "logs")
    end = follow(story, Silent(events.LogLine))
    assert end.report.outcome == "interrupted"
    assert "Ctrl-C while the installer ran" in closing_line(end.report)


def test_interrupt_after_the_last_event_keeps_the_outcome(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    story = engine.repair(REQUEST, bench.machine(), knowledge, lambda _: True, tmp_path / "logs")
    assert follow(story, Silent(events.Finished)).report.outcome == "installed"


def test_a_second_interrupt_does_not_say_that_nothing_was_changed(
    bench: Bench, knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def strike_again(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("buildfix.engine.conclusion.conclude", strike_again)
    story = engine.repair(REQUEST, bench.machine(), knowledge, lambda _: True, tmp_path / "logs")
    with pytest.raises(Interrupted, match=r"Earlier changes were kept\."):
        follow(story, Silent(events.LogLine))


def test_a_script_gets_the_journal_and_what_was_changed(
    bench: Bench, knowledge: Knowledge, tmp_path: Path
) -> None:
    bench.pip = [no_compiler, bench.install]
    request = replace(REQUEST, installer_args=("-i", "https://me:secret@index.example/simple"))
    story = engine.repair(request, bench.machine(), knowledge, lambda _: True, tmp_path / "logs")
    end = follow(story, Silent())
    document = json.loads(json.dumps(report_document(end.report, end.journal)))
    assert [one["record"] for one in document["journal"]] == [
        "run-started",
        "attempt-started",
        "attempt-finished",
        "cause-found",
        "plan-proposed",
        "plan-answered",
        "step-started",
        "step-finished",
        "system-change",
        "step-applied",
        "needs-settled",
        "attempt-started",
        "verify-started",
        "install-verified",
        "verified",
        "attempt-finished",
        "run-ended",
    ]
    written = report_of(read_journal(tmp_path / "logs" / JOURNAL)[:-1])
    assert report_document(written) == report_document(end.report)
    assert closing_line(written) == closing_line(end.report)
    times = [one["at"] for one in document["journal"]]
    assert times == sorted(times)
    assert document["changes"]["installed"] == ["cffi 1.0"]
    assert document["changes"]["system"][0]["asked"] == ["build-essential", "python3-dev"]
    assert document["changes"]["system"][0]["added"] == sorted(set(bench.packages) - set(BASE))
    assert "secret" not in json.dumps(document)


def test_what_an_earlier_step_left_unfinished_is_said_until_it_is_finished() -> None:
    left = SystemChange("apt", unfinished=("libx", "liby"))
    mended = SystemChange("apt", added=("libx",))
    assert "Left unfinished by the package manager: liby." in system_line(Changes((left, mended)))
