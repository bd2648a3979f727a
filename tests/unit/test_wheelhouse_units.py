"""Targets, keys, locks, the engine: what makes a wheelhouse build repeatable."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from buildfix.catalog.evidence import EVIDENCE, read_records
from buildfix.cli.wheelhouse_worker import index_options
from buildfix.core.errors import MachineError, UsageError
from buildfix.machines.interrupts import Interrupts
from buildfix.machines.remote_run import fetch_files
from buildfix.machines.this_machine import ThisMachine
from buildfix.package_managers import manager_of
from buildfix.wheelhouse.build import Run, Site, check_names, tasks_of
from buildfix.wheelhouse.local_engine import Ended, Task, run_tasks
from buildfix.wheelhouse.order import Order, read_order
from buildfix.wheelhouse.store import UNIT, Store, place
from buildfix.wheelhouse.target import Distribution, ResolvedTarget, Target, parse_target, resolved
from buildfix.wheelhouse.unit import Unit, keep
from tests.unit.machines import Played, Recorded

FACTS: dict[str, Any] = {
    "system": "linux",
    "id": "debian",
    "version": "13",
    "arch": "x86_64",
    "cores": 2,
    "memory": 8 << 30,
    "python": {"version": "3.13.5", "implementation": "CPython"},
}
ONE = Distribution("demo", "1.0", False, "demo-1.0.tar.gz", "u", "ab", ("compiler-missing c",))


def target_of(*distributions: Distribution, **facts: Any) -> ResolvedTarget:
    return ResolvedTarget(Target("local"), {**FACTS, **facts}, distributions)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("local", Target("local")),
        ("chroot:/srv/a,b", Target("chroot:/srv/a,b")),
        ("ssh://root@h:22,python=/o/bin/python", Target("ssh://root@h:22", "/o/bin/python")),
    ],
)
def test_a_target_is_read_and_written(text: str, expected: Target) -> None:
    assert parse_target(text) == expected
    assert str(expected) == text


@pytest.mark.parametrize(
    ("text", "python"),
    [
        ("local,python=v/bin/python", "/here/v/bin/python"),
        ("local,python=/v/bin/python", "/v/bin/python"),
        ("local,python=python3.12", "python3.12"),
        ("chroot:/srv,python=v/bin/python", "v/bin/python"),
    ],
)
def test_only_a_relative_path_of_this_machine_becomes_absolute(
    text: str, python: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "cwd", lambda: Path("/here"))
    assert parse_target(text).python == python


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({}, "debian13-x86_64-cp313"),
        ({"id": "ubuntu", "version": "24.04", "arch": "aarch64"}, "ubuntu24_04-aarch64-cp313"),
        ({"python": {"version": "3.10.2", "implementation": "PyPy"}}, "debian13-x86_64-pp310"),
        ({"id": "", "version": ""}, "linux-x86_64-cp313"),
    ],
)
def test_a_target_is_named_by_what_decides_about_wheels(facts: dict[str, Any], name: str) -> None:
    assert target_of(**facts).name == name


def test_two_targets_of_one_name_are_refused() -> None:
    other = ResolvedTarget(Target("chroot:/srv/b"), FACTS, ())
    sites = [Site(target_of(), copied=False), Site(target_of(version="12"), copied=True)]
    check_names(sites)
    with pytest.raises(UsageError, match="local and --target chroot:/srv/b are both debian13"):
        check_names([*sites, Site(other, copied=True)])


def test_a_key_changes_with_source_target_and_needs_only() -> None:
    target = target_of()
    key = target.key(ONE)
    same = Distribution("demo", "1.0", False, "other", "other", "ab", ONE.needs, ("six",))
    assert target.key(same) == key
    others = [
        target.key(Distribution("demo", "1.0", False, "", "", "cd", ONE.needs)),
        target.key(Distribution("demo", "1.0", False, "", "", "ab", ())),
        target_of(version="12").key(ONE),
    ]
    assert len({key, *others}) == 4


def test_a_resolved_target_is_read_from_its_document() -> None:
    rows = [
        {
            "name": "demo",
            "version": "1.0",
            "wheel": False,
            "file": "f",
            "url": "",
            "sha256": "ab",
            "needs": ["x"],
            "requires": ["Six>=1", "six", "numpy ; os_name=='z'"],
        },
        {"name": "six", "version": "2", "wheel": True, "file": "w", "url": "", "sha256": ""},
    ]
    found = resolved(Target("local"), {"target": FACTS, "distributions": rows})
    assert found.builds[0].requires == ("numpy", "six")
    assert found.pins == ("demo==1.0", "six==2")


def test_an_order_arrives_as_it_was_given(tmp_path: Path) -> None:
    wheel = tmp_path / "six.whl"
    wheel.write_bytes(b"w")
    order = Order("build", ("a==1",), "/p", 2, ("a==1", "b==2"), (wheel,), ("libx",))
    for name, content in order.files():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        data = content if isinstance(content, bytes) else content.read_bytes()
        (tmp_path / name).write_bytes(data)
    got = read_order(tmp_path)
    assert (got.do, got.requirements, got.python, got.jobs) == ("build", ("a==1",), "/p", 2)
    assert (got.wheels, got.packages) == (("six.whl",), ("libx",))
    assert (tmp_path / "pins.txt").read_text() == "a==1\nb==2\n"
    assert (tmp_path / "wheels/six.whl").read_bytes() == b"w"


def test_options_on_formats_and_hashes_are_not_passed_on() -> None:
    words = ["--index-url", "u", "--no-binary", "a", "--only-binary=b", "--require-hashes", "--pre"]
    assert list(index_options(words)) == ["--index-url", "u", "--pre"]


def test_a_unit_is_kept_only_with_its_wheel(tmp_path: Path) -> None:
    store, unit = Store(tmp_path), Unit(target_of(ONE), ONE)
    failed = made_in(tmp_path / "a", '{"outcome": "unfixed", "cause": null}')
    assert keep(unit, store, failed)["outcome"] == "unfixed"
    assert store.wheel_of(unit.target.name, unit.key) is None
    assert (store.logs(unit.target.name, "demo", unit.key) / "attempt-1.log").is_file()
    good = made_in(tmp_path / "b", '{"outcome": "installed", "wheel": "demo-1.0.whl"}')
    keep(unit, store, good)
    found = store.wheel_of(unit.target.name, unit.key)
    assert found is not None
    assert sorted(one.name for one in found.parent.iterdir()) == [
        "demo-1.0.whl",
        "demo-1.0.whl.json",
        UNIT,
    ]


def test_what_became_of_remedies_is_kept_beside_the_wheels(tmp_path: Path) -> None:
    store, unit = Store(tmp_path), Unit(target_of(ONE), ONE)
    row = {
        "remedy": "Install all",
        "parts": ["Install libffi-dev with apt"],
        "cause": {"kind": "header-missing", "subject": "ffi.h"},
        "came_back": False,
        "system": "debian:13",
    }
    for number, outcome in enumerate(("installed", "unfixed", "interrupted")):
        facts = {
            "outcome": outcome,
            "wheel": "demo-1.0.whl",
            "began": 86400.0,
            "evidence": [{**row, "outcome": outcome}],
        }
        keep(unit, store, made_in(tmp_path / str(number), json.dumps(facts)))
    (record,) = read_records(tmp_path / EVIDENCE)
    assert (record.system, record.remedy) == ("debian:13", "Install libffi-dev with apt")
    assert (record.applied, record.gone, record.installed) == (2, 2, 1)
    assert (record.first, record.last) == ("1970-01-02", "1970-01-02")
    (tmp_path / EVIDENCE).unlink()
    (tmp_path / EVIDENCE).mkdir()  # what cannot be written loses no wheel
    facts["outcome"] = "installed"
    facts["evidence"] = [{**row, "outcome": "installed"}]
    other = replace(unit, distribution=replace(ONE, name="other", sha256="99"))
    keep(other, store, made_in(tmp_path / "other", json.dumps(facts)))
    assert store.wheel_of(other.target.name, other.key) is not None


def made_in(folder: Path, facts: str) -> Path:
    folder.mkdir()
    (folder / UNIT).write_text(facts)
    for name in ("attempt-1.log", "demo-1.0.whl", "demo-1.0.whl.json"):
        (folder / name).write_text("x")
    return folder


def test_a_file_is_placed_again_without_harm(tmp_path: Path) -> None:
    file = tmp_path / "a.whl"
    file.write_text("1")
    for _ in range(2):
        placed = place(file, tmp_path / "wheels")
    assert placed.read_text() == "1"
    assert [one.name for one in (tmp_path / "wheels").iterdir()] == ["a.whl"]


HOLDS = """
import sys, time
from pathlib import Path
from buildfix.wheelhouse.store import Store
with Store(Path(sys.argv[1])).locked("unit"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_excludes_other_runs_and_ends_with_a_killed_one(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    got = threading.Event()

    def wait() -> None:
        with Store(tmp_path).locked("unit"):
            got.set()

    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        thread = threading.Thread(target=wait, daemon=True)
        thread.start()
        assert not got.wait(0.3)
    finally:
        holder.kill()
        holder.communicate()
    assert got.wait(10)


def task(key: str, run: Callable[[], Any], *after: str, group: str = "g") -> Task:
    return Task(key, f"Do {key}", run, frozenset(after), group)


def test_tasks_run_side_by_side_after_those_they_wait_for() -> None:
    both = threading.Barrier(2, timeout=10)
    done: list[str] = []

    def together(name: str) -> None:
        both.wait()
        done.append(name)

    tasks = [
        task("c", lambda: done.append("c"), "a", "b"),
        task("a", lambda: together("a")),
        task("b", lambda: together("b")),
    ]
    events = list(run_tasks(tasks, {"g": 2}, Interrupts()))
    assert sorted(done[:2]) == ["a", "b"]
    assert done[2] == "c"
    assert [one.task.key for one in events if isinstance(one, Ended)][2] == "c"


def test_a_group_has_only_its_slots() -> None:
    now, most = 0, 0
    lock = threading.Lock()

    def work() -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.02)
        with lock:
            now -= 1

    tasks = [task(str(number), work) for number in range(6)]
    list(run_tasks(tasks, {"g": 2, "other": 4}, Interrupts()))
    assert most == 2


def test_a_failure_does_not_stop_the_rest_and_cycles_are_broken() -> None:
    def fail() -> None:
        raise MachineError("gone")

    tasks = [task("a", fail, "b"), task("b", lambda: 1, "a"), task("c", lambda: 2, "a")]
    ended = [one for one in run_tasks(tasks, {"g": 1}, Interrupts()) if isinstance(one, Ended)]
    assert {one.task.key: one.result for one in ended} == {"a": None, "b": 1, "c": 2}
    assert [one.task.key for one in ended if one.error] == ["a"]


def test_an_interrupt_is_passed_on_and_nothing_more_starts() -> None:
    interrupts = Interrupts()
    started = threading.Event()

    def work() -> None:
        started.set()
        while not interrupts.count:
            time.sleep(0.01)

    story = run_tasks([task("a", work), task("b", work)], {"g": 1}, interrupts)
    assert isinstance(next(story), Task)
    assert started.wait(10)
    with pytest.raises(KeyboardInterrupt):
        story.throw(KeyboardInterrupt())
    assert interrupts.count == 1


def test_builds_wait_for_what_they_require_and_for_the_first(tmp_path: Path) -> None:
    plain = Distribution("plain", "1", False, "", "", "01", ("compiler c",))
    with_xml = Distribution("xml", "1", False, "", "", "02", ("compiler c", "header x"), ("plain",))
    other = Distribution("rusty", "1", False, "", "", "03", ("compiler rust", "tool cargo"))
    target = target_of(with_xml, other, plain)

    def ship(*_: Any) -> Any:
        raise AssertionError

    run = Run(Store(tmp_path / "out"), ship, tmp_path)
    tasks = list(tasks_of(run, Site(target, copied=True)))
    assert [one.title.split()[1] for one in tasks] == ["plain", "xml", "rusty", "on"]
    keys = {one.name: target.key(one) for one in target.builds}
    assert tasks[1].after == {keys["plain"]}
    assert tasks[2].after == frozenset()
    assert tasks[3].after == set(keys.values())
    folder = run.store.unit(target.name, keys["plain"])
    folder.mkdir(parents=True)
    (folder / "plain-1-py3-none-any.whl").touch()
    again = [one.title.split()[1] for one in tasks_of(run, Site(target, copied=True))]
    assert again == ["xml", "rusty", "on"]


def test_only_plain_files_come_back_from_a_machine(tmp_path: Path) -> None:
    archive = tmp_path / "a.tar"
    with tarfile.open(archive, "w") as tar:
        for name in ("good-1.0.whl", "../evil", "sub/evil", ".hidden", "/evil"):
            tar.addfile(tarfile.TarInfo(name), io.BytesIO())
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    got = tmp_path / "got"
    got.mkdir()
    fetch_files(ThisMachine(), ["cat", str(archive)], got)
    assert [one.name for one in got.iterdir()] == ["good-1.0.whl"]
    with pytest.raises(MachineError, match="No such file"):
        fetch_files(ThisMachine(), ["cat", str(tmp_path / "none")], got)


def test_apt_tells_the_package_of_a_library_in_the_loaders_folders() -> None:
    found = (
        "libyaml-0-2:amd64: /usr/lib/x86_64-linux-gnu/libyaml-0.so.2\n"
        "private: /usr/lib/private/x/libyaml-0.so.2\n"
    )

    def answer(argv: Sequence[str]) -> Played:
        return Played(found if "--search" in argv else "libyaml-0-2 0.2.5-2\n")

    answers: Mapping[str, Any] = {"dpkg-query": [answer]}
    machine = Recorded(answers)
    apt = manager_of("apt")
    assert apt is not None
    assert apt.packages_of(machine, ["libyaml-0.so.2", "libnone.so.1"]) == {
        "libyaml-0.so.2": "libyaml-0-2 0.2.5-2"
    }
    assert apt.packages_of(machine, []) == {}
