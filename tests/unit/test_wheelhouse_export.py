"""What a finished wheelhouse is listed as, and exported to."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from buildfix.cli.app import run
from buildfix.core.errors import BuildfixError
from buildfix.platforms.operating_systems import THIS
from buildfix.wheelhouse.export import dockerfile
from buildfix.wheelhouse.finish import finish
from buildfix.wheelhouse.order import Order
from buildfix.wheelhouse.store import UNIT, Store, write_json
from buildfix.wheelhouse.target import Distribution, ResolvedTarget, Target
from buildfix.wheels.built import Record, write_record
from tests.unit.test_wheelhouse_layout import wheel_in

NAME = "debian13-x86_64-cp313"
FACTS: dict[str, Any] = {
    "system": "linux",
    "id": "debian",
    "version": "13",
    "title": "Debian GNU/Linux 13 (trixie)",
    "arch": "x86_64",
    "manager": "apt",
    "image": "debian:13",
    "python_packages": ["python3", "python3-venv"],
    "python": {"path": "/usr/bin/python3", "version": "3.13.5", "implementation": "CPython"},
}
BUILT = Distribution("demo", "1.0", False, "demo-1.0.tar.gz", "", "ab")
LOADED = Distribution("other", "2.0", True, "other-2.0-py3-none-any.whl")
RECORD = Record(
    project="demo",
    version="1.0",
    wheel="w",
    requirement="demo",
    sdist=None,
    python="",
    tags=(),
    platform={},
    needs=("libpq.so.5", "libc.so.6"),
    steps=(),
    packages=(),
    date="",
    buildfix="0",
    linked={"libpq.so.5": "libpq5 17.2", "libc.so.6": "libc6 2.41"},
)
PROOF = {
    "outcome": "installed",
    "reason": "",
    "verified": {"modules": ["demo", "demo._core", "evil; import x"]},
    "packages": ["libmagic1"],
}


class Elsewhere:
    """A target that carries orders out."""

    def __init__(self, proof: dict[str, Any]):
        self.proof = proof
        self.orders: list[Order] = []

    def __call__(self, order: Order, results: Path) -> Any:
        self.orders.append(order)
        if order.do == "fetch":
            wheel_in(results, "other", "2.0")
            return {}
        if not self.proof:
            raise BuildfixError("gone")
        return self.proof

    @property
    def done(self) -> list[str]:
        return [order.do for order in self.orders]


def target_of(*distributions: Distribution) -> ResolvedTarget:
    return ResolvedTarget(Target("chroot:/srv/trixie"), FACTS, distributions)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A wheelhouse with one finished unit."""
    store, target = Store(tmp_path / "wh"), target_of(BUILT, LOADED)
    unit = store.unit(target.name, target.key(BUILT))
    write_record(RECORD, wheel_in(unit))
    write_json(store.logs(target.name, "demo", target.key(BUILT)) / UNIT, {"seconds": 1.5})
    return store


def finished(
    store: Store, elsewhere: Elsewhere, tmp_path: Path, new: Sequence[str] = ("demo",)
) -> Any:
    results = tmp_path / "results"
    results.mkdir(exist_ok=True)
    return finish(store, target_of(BUILT, LOADED), frozenset(new), elsewhere, results)


def test_a_finished_target_is_downloaded_laid_out_and_proven(store: Store, tmp_path: Path) -> None:
    elsewhere = Elsewhere(PROOF)
    report = finished(store, elsewhere, tmp_path)
    assert (report["outcome"], elsewhere.done) == ("built", ["fetch", "install"])
    assert report["projects"] == [
        {"project": "demo", "version": "1.0", "how": "built", "seconds": 1.5},
        {"project": "other", "version": "2.0", "how": "downloaded"},
    ]
    wheel = "demo-1.0-py3-none-any.whl"
    assert report["packages"] == {"libmagic1": [], "libpq5": [wheel]}
    assert elsewhere.orders[1].packages == ("libpq5",)
    assert (store.target(NAME) / "simple/other/index.html").is_file()
    assert store.lock_file(NAME).is_file()
    listed = (store.target(NAME) / "requirements.txt").read_text()
    assert listed.count("--hash=sha256:") == 2


def test_nothing_is_downloaded_or_proven_twice(store: Store, tmp_path: Path) -> None:
    finished(store, Elsewhere(PROOF), tmp_path)
    again = Elsewhere(PROOF)
    report = finished(store, again, tmp_path, ())
    assert again.done == []
    assert [one["how"] for one in report["projects"]] == ["kept", "kept"]


def test_a_missing_wheel_leaves_no_lock_file(tmp_path: Path) -> None:
    store = Store(tmp_path / "empty")
    report = finished(store, Elsewhere(PROOF), tmp_path)
    assert (report["outcome"], report["missing"]) == ("unfixed", ["demo==1.0"])
    assert not store.lock_file(NAME).exists()
    assert store.targets() == ()


def test_a_failed_proof_is_told(store: Store, tmp_path: Path) -> None:
    report = finished(store, Elsewhere({}), tmp_path)
    assert report["outcome"] == "unfixed"
    assert report["reason"].startswith("gone")


@pytest.fixture
def whole(store: Store, tmp_path: Path) -> Path:
    """A complete wheelhouse."""
    finished(store, Elsewhere(PROOF), tmp_path)
    return store.folder


def test_targets_are_listed(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["wheelhouse", "list", str(whole)]) == 0
    text = capsys.readouterr().out
    assert NAME in text
    assert "libmagic1 libpq5" in text
    assert run(["wheelhouse", "list", str(whole), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "buildfix.wheelhouse-list/1"
    assert [one["name"] for one in document["targets"]] == [NAME]


def test_a_folder_that_is_no_wheelhouse_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["wheelhouse", "list", str(tmp_path)]) == 2
    assert "is not a wheelhouse" in capsys.readouterr().err


def test_one_form_of_export_must_be_given(whole: Path) -> None:
    assert run(["wheelhouse", "export", str(whole)]) == 2
    assert run(["wheelhouse", "export", str(whole), "--ansible", "--dockerfile"]) == 2


def test_the_role_has_packages_hashes_and_only_names_as_modules(whole: Path) -> None:
    assert run(["wheelhouse", "export", str(whole), "--ansible"]) == 0
    role = whole / "export/ansible/wheelhouse"
    variables = (role / f"vars/{NAME}.yml").read_text()
    assert '  - "libpq5"\n  - "python3"\n  - "python3-venv"\n' in variables
    assert "evil" not in variables
    assert '  - "demo._core"\n' in variables
    assert "ansible.builtin.apt:" in (role / "tasks/packages_apt.yml").read_text()
    listed = (role / f"files/{NAME}.txt").read_text()
    assert listed == (whole / NAME / "requirements.txt").read_text()
    assert (role / "tasks/main.yml").is_file()


def test_the_exported_index_has_no_units_records_and_logs(whole: Path, tmp_path: Path) -> None:
    to = tmp_path / "www"
    assert run(["wheelhouse", "export", str(whole), "--simple-index", "--to", str(to)]) == 0
    names = {one.relative_to(to).as_posix() for one in to.rglob("*") if one.is_file()}
    assert f"pylock.{NAME}.toml" in names
    assert f"{NAME}/wheels/demo-1.0-py3-none-any.whl" in names
    assert not [one for one in names if one.endswith((".whl.json", ".log")) or "units" in one]


def test_the_dockerfile_installs_packages_wheels_and_imports(whole: Path) -> None:
    text = dockerfile(json.loads((whole / NAME / "target.json").read_text()))
    assert "ARG BASE=debian:13\nFROM ${BASE}\n" in text
    assert "-- libmagic1 libpq5 python3 python3-venv" in text
    assert "--require-hashes -r /wheelhouse/requirements.txt" in text
    assert "'import demo, demo._core'" in text
    assert "build-essential" not in text


@pytest.mark.skipif(not Path("/etc/os-release").is_file(), reason="needs os-release(5)")
def test_the_role_names_this_machine_as_a_build_for_it_does() -> None:
    script = Path(__file__).parents[2] / "src/buildfix/wheelhouse/role/files/target.py"
    said = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    identity = THIS.identity()
    python = {
        "version": platform.python_version(),
        "implementation": platform.python_implementation(),
    }
    facts = {"system": "linux", "id": identity.id, "version": identity.version, "python": python}
    here = ResolvedTarget(Target("local"), {**facts, "arch": platform.machine()}, ())
    assert said.stdout.strip() == here.name
