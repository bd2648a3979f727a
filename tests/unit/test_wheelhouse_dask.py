"""Builds on the workers of a Dask scheduler; with the extra installed, on one in this process."""

from __future__ import annotations

import contextlib
import pickle
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from buildfix.cli.app import run
from buildfix.cli.wheelhouse import Carried, Shipping, carried
from buildfix.core.errors import MachineError, UsageError
from buildfix.machines.remote_run import Job
from buildfix.wheelhouse import dask_engine
from buildfix.wheelhouse.build import Run, Site, Workers, build
from buildfix.wheelhouse.local_engine import Ended, Task
from buildfix.wheelhouse.order import Order
from buildfix.wheelhouse.store import UNIT, Store, write_json
from buildfix.wheelhouse.target import Distribution
from buildfix.wheelhouse.unit import Around, Unit
from tests.unit.test_wheelhouse_units import target_of

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


@pytest.fixture
def certificate(tmp_path: Path) -> dict[str, str]:
    """Make a certificate that is its own authority; return Dask's settings for it."""
    key, file = tmp_path / "key.pem", tmp_path / "certificate.pem"
    names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")
    argv = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *names]
    subprocess.run([*argv, "-keyout", key, "-out", file], check=True, capture_output=True)
    places = {
        f"distributed.comm.tls.{who}.{what}"
        for who in ("client", "scheduler", "worker")
        for what in ("key", "cert")
    }
    settings = {place: str(key if place.endswith("key") else file) for place in places}
    return {**settings, "distributed.comm.tls.ca-file": str(file)}


@pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl")
def test_off_loopback_only_a_scheduler_with_tls_and_a_known_certificate_is_used(
    certificate: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed: Any = pytest.importorskip("distributed")
    dask: Any = pytest.importorskip("dask")
    monkeypatch.setattr(dask_engine, "_SECONDS", "5s")
    kept = {"dashboard_address": None, "processes": False}
    with dask.config.set(certificate):
        security = distributed.Security()
        with distributed.LocalCluster(1, protocol="tls", security=security, **kept) as cluster:
            assert cluster.scheduler_address.startswith("tls://127.0.0.1:")
            _, client = dask_engine._connected(cluster.scheduler_address)
            with client:
                assert client.submit(sum, (1, 2)).result() == 3
            without = dict.fromkeys(certificate)
            with dask.config.set(without), pytest.raises(MachineError, match="for TLS"):
                dask_engine._connected(cluster.scheduler_address)
        with distributed.LocalCluster(1, protocol="tcp", **kept) as cluster:
            plain = cluster.scheduler_address.replace("tcp://", "tls://")
            with pytest.raises(MachineError, match="Cannot connect to the scheduler at tls"):
                dask_engine._connected(plain)


@pytest.mark.parametrize("engine", ["dask", "dask://host", "dask://:1", "ssh://host:22"])
def test_what_is_no_engine_is_refused(engine: str) -> None:
    with pytest.raises(UsageError, match="is not an engine"):
        dask_engine.scheduler_address(engine)


def test_workers_get_options_for_the_index_but_no_local_places(tmp_path: Path) -> None:
    limits, listed, wheels = tmp_path / "c.txt", tmp_path / "r.txt", tmp_path / "wheels"
    limits.write_text("six<2\n")
    wheels.mkdir()
    listed.write_text(
        f"--index-url https://u:secret@example.org/simple\n--pre\n-c c.txt\n-f {wheels}\n"
        f"-f {wheels.as_uri()}\n-f https://example.org/wheels\nsix\n"
    )
    sent = carried(Shipping((str(listed), str(tmp_path / "pylock.toml")), None))
    job = arrived(sent, Played(same_network=True))
    assert job.words == ("wheelhouse", "work", "-r", "/run/files/options.txt")
    options = dict(job.files)["files/options.txt"]
    assert isinstance(options, bytes)
    assert sorted(options.decode().splitlines()) == [
        "--find-links https://example.org/wheels",
        "--index-url https://u:secret@example.org/simple",
        "--pre",
    ]
    assert "secret" not in repr(sent)


def test_workers_get_the_settings_and_recipes_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits, certificate, recipes = tmp_path / "c.txt", tmp_path / "ca.pem", tmp_path / "recipes"
    limits.write_text("six<2\n")
    certificate.write_text("certificate")
    (recipes / "sub").mkdir(parents=True)
    (recipes / "sub" / "a.toml").write_text("x = 1\n")
    monkeypatch.setenv("PIP_INDEX_URL", "https://u:secret@example.org/simple")
    monkeypatch.setenv("PIP_CONSTRAINT", str(limits))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    monkeypatch.setenv("HOME_OF_OTHERS", "stays")
    sent = pickle.loads(pickle.dumps(carried(Shipping((), recipes))))
    for name in ("PIP_INDEX_URL", "PIP_CONSTRAINT", "SSL_CERT_FILE", "HTTPS_PROXY"):
        monkeypatch.delenv(name)
    for path in (limits, certificate, recipes / "sub" / "a.toml"):
        path.unlink()

    assert "secret" not in repr(sent)
    job, elsewhere = (arrived(sent, Played(same_network=same)) for same in (True, False))
    files = {f"/run/{name}": content for name, content in job.files}
    assert job.variables["PIP_INDEX_URL"] == "https://u:secret@example.org/simple"
    assert files[job.variables["PIP_CONSTRAINT"]] == b"six<2\n"
    assert files[job.variables["SSL_CERT_FILE"]] == b"certificate"
    assert job.variables["HTTPS_PROXY"] == "http://proxy.example:3128"
    assert job.variables["SOURCE_DATE_EPOCH"] == "1700000000"
    assert "HOME_OF_OTHERS" not in job.variables
    assert job.words[-2] == "--recipes"
    assert files[f"{job.words[-1]}/sub/a.toml"] == b"x = 1\n"
    assert "order.json" in dict(job.files)
    assert job.variables.keys() - elsewhere.variables.keys() >= {"SSL_CERT_FILE", "HTTPS_PROXY"}
    assert "PIP_INDEX_URL" in elsewhere.variables


@dataclass(frozen=True)
class Played:
    same_network: bool


def arrived(sent: Carried, machine: Any) -> Job:
    """Return the job as a worker puts it together."""
    return sent(Order("build"), machine, "/run", Path("results"))


def test_the_machine_of_a_worker_is_no_target(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["build", "six", "--out", str(tmp_path / "o"), "--engine", "dask://localhost:1"]
    assert run(["wheelhouse", *words, "--target", "local,python=/usr/bin/python3"]) == 2
    assert "--target local would be whichever worker builds" in capsys.readouterr().err


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"buildfix\[fleet\]"):
        list(run_on([]))


def run_on(tasks: Sequence[Task]) -> Iterator[Task | Ended]:
    ship = Shipping((), None)
    return dask_engine.run_on_workers(tasks, "tcp://127.0.0.1:1", ship, keep_nothing, lambda _: ())


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


def test_what_an_earlier_run_built_is_given_to_a_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Path] = []

    def note(tasks: Sequence[Task], _: str, __: Any, ___: Any, wheels: Any) -> Iterator[Ended]:
        given.extend(wheels(tasks[0].unit))
        yield from ()

    monkeypatch.setattr(dask_engine, "run_on_workers", note)
    third = Distribution("third", "1", False, "third-1.tar.gz", "", "03", (), ("second", "six"))
    target, ship = target_of(third, SECOND, FIRST), Shipping((), None)
    place = Run(Store(tmp_path / "wh"), ship, tmp_path / "scratch", Workers("tcp://x:1", ship))
    for one in (SECOND, FIRST):
        folder = place.store.unit(target.name, target.key(one))
        folder.mkdir(parents=True)
        (folder / f"{one.name}-1-py3-none-any.whl").write_text("")
    with contextlib.suppress(MachineError):  # nothing is built, so nothing can be laid out
        next(iter(build(place, [Site(target, copied=True)])))
    assert sorted(path.name.partition("-")[0] for path in given) == ["first", "second"]


def test_a_machine_that_is_not_copied_does_one_build_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed: Any = pytest.importorskip("distributed")
    running: set[str] = set()
    most: list[int] = []

    def slow(unit: Unit, around: Around, home: Path, results: Path) -> None:
        running.add(unit.key)
        most.append(len(running))
        time.sleep(0.1)
        made(unit, around, home, results)
        running.remove(unit.key)

    monkeypatch.setattr(dask_engine, "make", slow)
    others = [Distribution(name, "1", False, "", "", name) for name in ("a", "b", "c")]
    target, ship = target_of(*others), Shipping((), None)
    with distributed.LocalCluster(1, processes=False, dashboard_address=None) as cluster:
        workers = Workers(cluster.scheduler_address, ship)
        place = Run(Store(tmp_path / "wh"), ship, tmp_path / "scratch", workers)
        list(build(place, [Site(target, copied=False)]))
    assert most == [1, 1, 1]


class Done:
    """A Dask future that finished; what it left is on its worker until it is released."""

    status = "finished"

    def __init__(self, key: str, noted: list[str]) -> None:
        self.key, self.noted = key, noted

    def result(self) -> dask_engine.Files:
        self.noted.append(f"fetch {self.key}")
        return {}

    def release(self) -> None:
        self.noted.append(f"release {self.key}")


def test_a_worker_that_dies_takes_nothing_with_it_that_was_built(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted: list[str] = []

    class Noting(Client):
        def submit(self, _: Any, unit: Unit, *given: Any, **__: Any) -> Any:
            assert not any(isinstance(one, Done) for one in given)  # it would be built again
            noted.append(f"submit {unit.distribution.name}")
            return Done(unit.distribution.name, noted)

    module = SimpleNamespace(as_completed=Ends)
    monkeypatch.setattr(dask_engine, "_connected", lambda _: (module, Noting()))
    target = target_of(SECOND, FIRST)
    tasks = [
        Task("second", "Build second 1", int, frozenset(("first",)), unit=Unit(target, SECOND)),
        Task("first", "Build first 1", int, unit=Unit(target, FIRST)),
    ]
    ship = Shipping((), None)
    words = (tasks, "tcp://x:1", ship, lambda *_: noted.append("keep"), lambda _: ())
    list(dask_engine.run_on_workers(*words))
    each = ("submit", "fetch", "keep", "release")
    assert noted == [
        one if one == "keep" else f"{one} {name}" for name in ("first", "second") for one in each
    ]


class Refused:
    """A Dask future that failed."""

    key, status = "k", "error"

    def exception(self) -> Exception:
        return OSError("no https://u:secret@example.org/simple")

    def release(self) -> None:
        pass


class Ends:
    """Futures that have ended already."""

    def __init__(self, **_: Any) -> None:
        self.futures: list[Refused] = []

    def add(self, future: Refused) -> None:
        self.futures.append(future)

    def __next__(self) -> Refused:
        return self.futures.pop(0)


class Client(contextlib.nullcontext[None]):
    loop = None

    def submit(self, *_: Any, **__: Any) -> Refused:
        return Refused()

    def scheduler_info(self, **_: Any) -> Any:
        return {"workers": {}}


def test_an_error_of_a_worker_is_shown_without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    module = SimpleNamespace(as_completed=Ends)
    monkeypatch.setattr(dask_engine, "_connected", lambda _: (module, Client()))
    one = Task("k", "Build first 1", int, unit=Unit(target_of(FIRST), FIRST))
    *_, ended = run_on([one])
    assert isinstance(ended, Ended)
    assert "Build first 1: no https://****@example.org/simple" in str(ended.error)
