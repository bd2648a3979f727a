"""`--clean`, on a recorded Debian whose packages come and go."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from buildfix import engine
from buildfix.catalog import Knowledge
from buildfix.core import (
    InstallPackages,
    Need,
    Plan,
    RemovePackages,
    Report,
    Request,
    SetVariables,
    events,
)
from buildfix.engine.step_changes import cleaning_to_come
from buildfix.package_managers import can_remove, manager_of
from buildfix.package_managers.file_queries import owning
from buildfix.platforms.elf import linked_libraries
from buildfix.render.documents import report_document
from tests.unit.machines import (
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

NO_MAGIC = Played(json.dumps({"_cffi": "ImportError: failed to find libmagic.  Check it"}))
WORKS = Played('{"_cffi": null}')
REQUEST = Request(("cffi",), python=PYTHON, unattended=True, clean=True)


@dataclass
class Debian:
    """Packages that come with what they need, and go with what needs them."""

    there: set[str] = field(default_factory=lambda: {"python3", "dpkg-dev", "orphan"})
    needs: dict[str, set[str]] = field(
        default_factory=lambda: {
            "build-essential": {"gcc", "dpkg-dev"},
            "python3-dev": set(),
            "libffi-dev": {"libffi8"},
            "libffi8": {"libffi-data"},
            "python3": set(),
        }
    )
    files: dict[str, list[str]] = field(
        default_factory=lambda: {
            "libffi8": ["/usr/lib/x/libffi.so.8"],
            "python3-dev": ["/usr/include/python3.13"],
        }
    )

    def closure(self, names: Sequence[str]) -> set[str]:
        found, pending = set(names), list(names)
        while pending:
            new = self.needs.get(pending.pop(), set()) - found
            found |= new
            pending += new
        return found

    def going(self, names: Sequence[str]) -> set[str]:
        return {one for one in self.there if self.closure([one]) & set(names)}

    def installs(self, argv: Sequence[str]) -> Played:
        self.there |= self.closure(_named(argv))
        return Played()

    def simulates(self, argv: Sequence[str]) -> Played:
        options, _, named = " ".join(argv).partition(" -- ")
        assert "pkgcache=" in options  # after --, apt would take it for a package
        assert "pkgcache=" not in named
        return Played("".join(f"Purg {one} [1]\n" for one in self.going(_named(argv))))

    def purges(self, argv: Sequence[str]) -> Played:
        self.there -= self.going(_named(argv))
        return Played()

    def lists(self, argv: Sequence[str]) -> Played:
        if "--listfiles" in argv:
            return Played("\n".join(self.files.get(argv[-1], [])))
        return Played("".join(f"ii  {one}\n" for one in sorted(self.there)))

    def depends(self, argv: Sequence[str]) -> Played:
        return Played("".join(f"{one}\n  Depends: x\n" for one in self.closure(_named(argv))))

    def machine(self, *attempts: Answer, imports: Sequence[Answer] = (WORKS,)) -> Recorded:
        files, required = ["/v/lib/_cffi.so"], ["pycparser"]
        facts = {"files": files, "required": required, "program": "/usr/bin/python3.13"}
        return Recorded(
            {
                ".py binary-files": [Played(json.dumps(facts))],
                ".py interpreter": [interpreter_facts()],
                ".py distributions": [distribution("cffi", "_cffi")],
                ".py imports": list(imports),
                "pip install": list(attempts),
                "dpkg-query": [self.lists],
                "ls /var/lib/apt/lists": [Played("archive_Packages")],
                "stat -c %Y /var/lib/apt/lists": [Played(str(int(time.time())))],
                "apt-cache depends": [self.depends],
                "apt-mark": [Played()],
                "apt-get --simulate": [self.simulates],
                "apt-get purge": [self.purges],
                "apt-get install": [self.installs],
            },
        )


def _named(argv: Sequence[str]) -> list[str]:
    return list(argv[list(argv).index("--") + 1 :])


@pytest.fixture(autouse=True)
def recorded_host(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("buildfix.platforms.host_facts.gather", lambda *_: TRIXIE)
    monkeypatch.setattr(
        "buildfix.engine.removal.linked_libraries", lambda _: ("libffi.so.8", "libc.so.6")
    )
    yield


def play(
    machine: Recorded,
    knowledge: Knowledge,
    tmp_path: Path,
    request: Request = REQUEST,
    answers: Sequence[bool] = (True,),
) -> tuple[Report, list[Plan]]:
    agreed = list(answers)
    consent = lambda _: agreed.pop(0) if len(agreed) > 1 else agreed[0]  # noqa: E731
    story = list(engine.repair(request, machine, knowledge, consent, tmp_path / "logs"))
    last = story[-1]
    assert isinstance(last, events.Finished)
    return last.report, [one.plan for one in story if isinstance(one, events.PlanProposed)]


def test_build_only_packages_are_removed(knowledge: Knowledge, tmp_path: Path) -> None:
    debian = Debian()
    before = set(debian.there)
    machine = debian.machine(NO_COMPILER, NO_HEADER, Played("done"))
    report, plans = play(machine, knowledge, tmp_path)
    assert report.outcome == "installed"
    assert debian.there == before | {"libffi8", "libffi-data"}
    removed = _removed(report)
    assert removed == ("build-essential", "gcc", "libffi-dev", "python3-dev")
    assert report_document(report)["applied"][-1]["removes"] == list(removed)
    assert ("apt-mark", "manual", "--", "libffi8") in machine.ran
    assert plans[-1].install.argv == (PYTHON, "-c", "import _cffi")
    assert "Removed 4 build-only packages" in report.reason
    assert report.degraded == ()


def _removed(report: Report) -> tuple[str, ...]:
    """Return the packages that the last step removed."""
    last = report.applied[-1]
    return last.removes if isinstance(last, RemovePackages) else ()


def test_nothing_is_removed_without_the_option(knowledge: Knowledge, tmp_path: Path) -> None:
    debian = Debian()
    request = replace(REQUEST, clean=False)
    report, _ = play(debian.machine(NO_COMPILER, Played()), knowledge, tmp_path, request)
    assert "gcc" in debian.there
    assert not _removed(report)


def test_clean_up_without_installed_packages_plans_nothing(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    report, plans = play(Debian().machine(Played()), knowledge, tmp_path)
    assert (report.outcome, report.reason, plans) == ("installed", "", [])


def test_declined_clean_up_is_no_failure(knowledge: Knowledge, tmp_path: Path) -> None:
    debian = Debian()
    report, plans = play(
        debian.machine(NO_COMPILER, Played()), knowledge, tmp_path, answers=(True, False)
    )
    assert (report.outcome, len(plans)) == ("installed", 2)
    assert "Cleanup cancelled" in report.reason
    assert "gcc" in debian.there


def test_package_that_an_earlier_one_now_needs_is_kept(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    debian = Debian()
    debian.needs["dpkg-dev"] = {"gcc"}  # there before; another program has changed what it needs
    report, _ = play(debian.machine(NO_COMPILER, Played()), knowledge, tmp_path)
    assert {"dpkg-dev", "gcc"} <= debian.there
    assert _removed(report) == ("build-essential", "python3-dev")


def test_package_that_the_import_needed_is_kept(knowledge: Knowledge, tmp_path: Path) -> None:
    debian = Debian()
    machine = debian.machine(NO_COMPILER, Played(), imports=[NO_MAGIC, WORKS])
    report, _ = play(machine, knowledge, tmp_path)
    assert report.outcome == "installed"
    assert "libmagic1t64" in debian.there
    assert "gcc" not in debian.there


def test_package_missing_after_clean_up_is_reinstalled(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    debian = Debian()
    broken = Played(json.dumps({"_cffi": "ImportError: libquite.so.1: cannot open"}))
    machine = debian.machine(NO_COMPILER, Played(), imports=[WORKS, broken, WORKS])
    report, _ = play(machine, knowledge, tmp_path)
    assert report.outcome == "installed"
    assert {"gcc", "build-essential"} <= debian.there
    assert "were reinstalled" in report.reason


def test_packages_are_kept_where_the_manager_cannot_remove_them_safely(
    knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("buildfix.engine.step_changes.can_remove", lambda _: False)
    debian = Debian()
    report, _ = play(debian.machine(NO_COMPILER, Played()), knowledge, tmp_path)
    assert "gcc" in debian.there
    assert "Kept: Install build-essential, python3-dev." in report.reason


def test_dry_run_announces_the_clean_up() -> None:
    because = (Need("compiler-missing", "c"),)
    gcc = InstallPackages("Install gcc", because, manager="apt", packages=("gcc",))
    (last,) = cleaning_to_come([replace(gcc, privileged=True)], TRIXIE)
    assert (last.afterwards, last.argv, last.because) == (True, (), because)
    assert "gcc" in last.summary
    assert cleaning_to_come([SetVariables("Tell", because)], TRIXIE) == ()
    assert cleaning_to_come([gcc], TRIXIE) == ()
    assert cleaning_to_come([replace(gcc, manager="brew")], TRIXIE) == ()


@pytest.mark.parametrize(
    ("name", "removes"),
    [
        ("apt", True),
        ("dnf", True),
        ("yum", True),
        ("tdnf", True),
        ("zypper", True),
        ("pacman", True),
        ("termux", False),
        ("brew", False),
        ("conda", False),
        ("winget", False),
    ],
)
def test_only_supported_managers_remove_packages(name: str, removes: bool) -> None:
    found = manager_of(name)
    assert found
    assert found.removes is removes
    if can_remove(found):
        nothing = Recorded({})
        assert found.present(nothing) == frozenset()
        assert found.would_go(nothing, ["gcc"]) is None
        assert found.remove(["one", "two"]).argv[-2:] == ("one", "two")


def test_a_package_owns_what_is_called_so_in_any_folder() -> None:
    files = {
        "libopenblas0": ["/usr/lib/x/openblas/libblas.so.3"],
        "libblas-dev": ["/usr/lib/x/libblas.so"],
        "python3.12-minimal": ["/usr/bin/python3.12"],
        "python3.12-dev": ["/usr/include/python3.12"],
    }
    found = owning(files, ["libblas.so.3"], "/usr/bin/python3.12")
    assert found == {"libopenblas0", "python3.12-minimal"}


def test_rpm_packages_are_asked_for_what_they_need() -> None:
    remover = manager_of("dnf")
    assert can_remove(remover)
    machine = Recorded(
        {
            "--requires libxslt": [Played("libxml2.so.2()(64bit)\n(a if b)\nrtld(GNU_HASH)\n")],
            "--requires": [Played()],
            "--whatprovides": [Played("libxml2\nglibc\nno package provides x\n")],
            "--erase --test": [Played("x is needed by (installed) y", 1)],
            "dnf --version": [Played("dnf5 version 5.2.12")],
        }
    )
    assert remover.needed_by(machine, ["libxslt"]) == {"libxslt", "libxml2", "glibc"}
    assert remover.would_go(machine, ["libxml2"]) is None
    hold = remover.hold(machine, ["libxslt"])
    assert hold and hold.argv == ("dnf", "mark", "user", "libxslt")


def test_pacman_keeps_packages_that_others_need() -> None:
    remover = manager_of("pacman")
    assert can_remove(remover)
    machine = Recorded({"--unneeded --print": [Played("gcc\nlibmpc\n")]})
    gone = remover.would_go(machine, ["gcc", "libmpc", "libxml2"])
    assert gone == frozenset({"gcc", "libmpc"})


def test_file_without_elf_header_links_to_nothing(tmp_path: Path) -> None:
    text = tmp_path / "tool"
    text.write_text("#!/bin/sh\n", encoding="utf-8")
    assert linked_libraries(text) == linked_libraries(tmp_path / "absent") == ()
