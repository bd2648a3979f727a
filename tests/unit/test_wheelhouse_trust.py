"""What a wheelhouse build promises: hashes hold, consent is asked, chroots stay as they are."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from buildfix.cli import wheelhouse, wheelhouse_worker
from buildfix.cli.app import run
from buildfix.cli.local_files import LocalFiles
from buildfix.cli.tasks import Screen
from buildfix.cli.wheelhouse_worker import _check_hashes, _sources
from buildfix.core import Request
from buildfix.core.errors import BuildfixError, MachineError, PersonNeeded
from buildfix.wheelhouse import trip
from buildfix.wheelhouse.build import Site
from buildfix.wheelhouse.local_engine import Ended, Task
from buildfix.wheelhouse.order import ReceivedOrder
from buildfix.wheelhouse.target import Distribution, Target
from tests.unit.test_wheelhouse_units import target_of

SCREEN = Screen(json=True, color=False)
SHA256 = hashlib.sha256(b"sdist").hexdigest()
WHEEL = Distribution("demo", "1.0", True, "demo-1.0-py3-none-any.whl")


def order_of(line: str) -> ReceivedOrder:
    return ReceivedOrder("build", (line,), sys.executable, 1, (), ())


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note what is fetched; each sdist has the same content."""
    noted: list[str] = []

    def fetch(
        _: Any, __: str, pin: str, folder: Path, options: tuple[str, ...], *, fresh: bool
    ) -> Path:
        assert fresh  # also if it is installed
        noted.append(f"{pin} {' '.join(options)}")
        path = folder / "demo-1.0.tar.gz"
        path.write_bytes(b"sdist")
        return path

    monkeypatch.setattr(wheelhouse_worker, "fetch_source", fetch)
    return noted


def test_the_sdist_that_was_checked_is_what_is_built(tmp_path: Path, fetched: list[str]) -> None:
    order = order_of(f"demo==1.0 --hash=sha256:{SHA256}")
    (word,) = _sources(order, ["--index-url", "u"], tmp_path, SCREEN)
    assert word.startswith("demo @ file://")
    assert word.endswith("/sources/demo-1.0.tar.gz")
    assert fetched == ["demo==1.0 --index-url u"]


@pytest.mark.usefixtures("fetched")
def test_an_sdist_with_another_hash_is_not_built(tmp_path: Path) -> None:
    with pytest.raises(BuildfixError, match="but ab was resolved"):
        _sources(order_of("demo==1.0 --hash=sha256:ab"), [], tmp_path, SCREEN)


def test_without_a_known_hash_the_pin_is_built(tmp_path: Path, fetched: list[str]) -> None:
    assert _sources(order_of("demo==1.0"), [], tmp_path, SCREEN) == ("demo==1.0",)
    assert fetched == []


def test_a_build_is_ordered_with_the_hash_of_its_sdist() -> None:
    assert Distribution("demo", "1.0", False, "f", "", "ab").hashed == "demo==1.0 --hash=sha256:ab"
    assert WHEEL.hashed == "demo==1.0"


@pytest.mark.parametrize(
    ("listed", "sha256", "allowed"),
    [
        ("demo==1.0 --hash=sha256:ab --hash=sha256:cd", "cd", True),
        ("demo==1.0 --hash=sha256:ab", "cd", False),
        ("demo==1.0 --hash=sha256:ab", "", False),
        ("--require-hashes\ndemo==1.0", "ab", False),
        ("other==1.0 --hash=sha256:ab\ndemo==1.0", "ab", False),
        ("demo==1.0", "ab", True),
    ],
)
def test_required_hashes_hold(tmp_path: Path, listed: str, sha256: str, allowed: bool) -> None:
    path = tmp_path / "r.txt"
    path.write_text(f"{listed}\n")
    request = Request(requirement_files=(str(path),))
    rows = [{"name": "demo", "file": WHEEL.file, "sha256": sha256}]
    if allowed:
        _check_hashes(request, rows)
        return
    with pytest.raises(BuildfixError, match=r"allow no demo-1\.0-py3-none-any\.whl"):
        _check_hashes(request, rows)


def test_a_person_is_asked_also_where_only_wheels_are_installed() -> None:
    site = Site(target_of(WHEEL), copied=False)
    with pytest.raises(PersonNeeded, match="install on local the packages that builds"):
        wheelhouse._agreed([site], unattended=False)
    wheelhouse._agreed([site], unattended=True)
    wheelhouse._agreed([Site(target_of(WHEEL), copied=True)], unattended=False)


def test_a_chroot_that_cannot_be_copied_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise MachineError("Cannot copy the root: no overlay.")

    monkeypatch.setattr(trip, "ChrootCopy", refuse)
    with pytest.raises(MachineError, match="no overlay"):
        trip.can_be_copied(Target("chroot:/srv/trixie"), tmp_path)
    assert trip.can_be_copied(Target("local"), tmp_path) is False


@pytest.mark.parametrize(
    ("copied", "finished", "said"),
    [
        (True, 0, "Stopped by SIGTERM. No build was finished. Repeat"),
        (True, 1, "Kept in {out}: 1 finished build. Repeat"),
        (False, 2, "{out}: 2 finished builds. Packages may have been installed on local. Repeat"),
    ],
)
def test_an_interrupted_build_says_what_was_kept(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    copied: bool,
    finished: int,
    said: str,
) -> None:
    def build(*_: Any) -> Iterator[Any]:
        for number in range(finished):
            task = Task(f"key{number}", "Build demo", dict, frozenset(), "here")
            yield Ended(task, {"outcome": "installed", "seconds": 1.0})
        raise KeyboardInterrupt("SIGTERM")

    site = Site(target_of(WHEEL), copied=copied)
    monkeypatch.setattr(wheelhouse, "resolve", lambda *_: site)
    monkeypatch.setattr(wheelhouse, "build", build)
    out = tmp_path / "o"
    words = ["wheelhouse", "build", "demo", "--yes", "--target", "local", "--out", str(out)]
    assert run(words) == 130
    shown = capsys.readouterr().err
    assert said.format(out=out) in shown
    assert "Nothing was changed" not in shown


def test_a_lock_file_elsewhere_stays_in_the_folder_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    for name in ("pylock.toml", "a/pylock.toml"):
        (tmp_path / name).write_text('packages = [{ name = "demo", version = "1.0" }]\n')
    monkeypatch.chdir(tmp_path / "a/b")
    files = LocalFiles("/run")
    for name in ("../../pylock.toml", "../pylock.toml"):
        wheelhouse._listed(name, files)
    names = [name for name, _ in files.copies]
    assert len(set(names)) == 2
    assert all(".." not in name and name.startswith("files/") for name in names)
