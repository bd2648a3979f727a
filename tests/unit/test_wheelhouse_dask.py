"""Builds on the workers of a Dask scheduler; with the extra installed, on one in this process."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from buildfix.cli.app import run
from buildfix.cli.wheelhouse import Shipping, without_files
from buildfix.core.errors import UsageError
from buildfix.wheelhouse import dask_engine
from buildfix.wheelhouse.build import Run, Site, Workers, build
from buildfix.wheelhouse.local_engine import Ended, Task
from buildfix.wheelhouse.store import UNIT, Store, write_json
from buildfix.wheelhouse.target import Distribution
from buildfix.wheelhouse.unit import Around, Unit
from tests.unit.test_wheelhouse_units import target_of, task

FIRST = Distribution("first", "1", False, "first-1.tar.gz", "", "01", ("compiler c",))
SECOND = Distribution("second", "1", False, "second-1.tar.gz", "", "02", (), ("first",))


@pytest.mark.parametrize(
    ("engine", "address"),
    [
        ("dask://127.0.0.1:8786", "tcp://127.0.0.1:8786"),
        ("dask://localhost:8786", "tcp://localhost:8786"),
        ("dask://[::1]:8786", "tcp://[::1]:8786"),
        ("dask://10.0.0.1:8786", "tls://10.0.0.1:8786"),
        ("dask://build.example:8786", "tls://build.example:8786"),
    ],
)
def test_only_loopback_goes_without_tls(engine: str, address: str) -> None:
    assert dask_engine.scheduler_address(engine) == address


@pytest.mark.parametrize("engine", ["dask", "dask://host", "dask://:1", "ssh://host:22"])
def test_what_is_no_engine_is_refused(engine: str) -> None:
    with pytest.raises(UsageError, match="is not an engine"):
        dask_engine.scheduler_address(engine)


def test_tasks_follow_those_that_they_wait_for() -> None:
    tasks = [task("c", int, "b"), task("b", int, "a", "gone"), task("a", int)]
    assert [one.key for one in dask_engine.in_order(tasks)] == ["a", "b", "c"]
    cycle = [task("a", int, "b"), task("b", int, "a")]
    assert [one.key for one in dask_engine.in_order(cycle)] == ["a", "b"]


def test_workers_get_options_for_the_index_but_no_files(tmp_path: Path) -> None:
    limits, listed = tmp_path / "c.txt", tmp_path / "r.txt"
    limits.write_text("six<2\n")
    listed.write_text("--index-url https://example.org/simple\n--pre\n-c c.txt\nsix\n")
    sent = without_files(Shipping((str(listed), str(tmp_path / "pylock.toml")), None))
    assert sent == Shipping((), None, "--index-url https://example.org/simple\n--pre\n")


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"buildfix\[fleet\]"):
        list(dask_engine.run_on_workers([], "tcp://127.0.0.1:1", Shipping((), None), keep_nothing))


def keep_nothing(unit: Unit, files: dask_engine.Files) -> None:
    raise AssertionError(unit, files)


def test_an_unknown_engine_ends_before_anything_is_built(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["build", "six", "--target", "local", "--out", str(tmp_path / "o"), "--engine", "slurm"]
    assert run(["wheelhouse", *words]) == 2
    assert "is not an engine" in capsys.readouterr().err


def made(unit: Unit, around: Around, home: Path, results: Path) -> None:  # noqa: ARG001
    """Stand in for a build; the wheel has the names of the wheels it was given in it."""
    name = f"{unit.distribution.name}-1-py3-none-any.whl"
    (results / name).write_text(" ".join(one.name for one in around.wheels))
    (results / f"{name}.json").write_text("{}")
    write_json(results / UNIT, {"outcome": "installed", "wheel": name})


def test_units_are_built_by_workers_and_kept_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed: Any = pytest.importorskip("distributed")
    monkeypatch.setattr(dask_engine, "make", made)
    target, ship = target_of(SECOND, FIRST), Shipping((), None)
    with distributed.LocalCluster(2, processes=False, dashboard_address=None) as cluster:
        workers = Workers(cluster.scheduler_address, ship)
        place = Run(Store(tmp_path / "wh"), ship, tmp_path / "scratch", workers)
        events = list(build(place, [Site(target, copied=True)]))
    ended = [one for one in events if isinstance(one, Ended)]
    assert [one.task.title.split()[1] for one in ended[:2]] == ["first", "second"]
    wheel = place.store.wheel_of(target.name, target.key(SECOND))
    assert wheel is not None
    assert wheel.read_text() == "first-1-py3-none-any.whl"
    assert isinstance(events[-2], Task)
