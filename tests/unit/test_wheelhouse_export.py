"""What a finished wheelhouse is listed as, and exported to."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
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


def test_wheels_with_a_hash_are_fetched_apart_from_those_without(
    store: Store, tmp_path: Path
) -> None:
    known = replace(LOADED, name="known", file="known-2.0-py3-none-any.whl", sha256="ab")
    elsewhere, results = Elsewhere(PROOF), tmp_path / "results"
    results.mkdir()
    finish(store, target_of(known, LOADED), frozenset(), elsewhere, results)
    fetched = [order.requirements for order in elsewhere.orders if order.do == "fetch"]
    assert fetched == [("known==2.0 --hash=sha256:ab",), ("other==2.0",)]


def test_a_wheel_with_another_hash_is_refused_on_arrival(store: Store, tmp_path: Path) -> None:
    results = tmp_path / "results"
    results.mkdir()
    other = replace(LOADED, sha256="ab")
    with pytest.raises(BuildfixError, match="but ab was resolved"):
        finish(store, target_of(other), frozenset(), Elsewhere(PROOF), results)
    assert list((store.target(NAME) / "wheels").iterdir()) == []


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


@pytest.mark.parametrize("to", ["wh", "wh/units", f"wh/{NAME}/wheels"])
@pytest.mark.parametrize("form", ["--simple-index", "--ansible"])
def test_an_export_never_replaces_a_part_of_the_wheelhouse(
    whole: Path, tmp_path: Path, form: str, to: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(whole.rglob("*"))
    assert run(["wheelhouse", "export", str(whole), form, "--to", str(tmp_path / to)]) == 2
    assert "would replace a part of the wheelhouse" in capsys.readouterr().err
    assert sorted(whole.rglob("*")) == before


@pytest.mark.parametrize("inside", ["", "more/"])
def test_a_role_never_replaces_the_wheelhouse_or_what_is_around_it(
    whole: Path, tmp_path: Path, inside: str
) -> None:
    place = tmp_path / "wheelhouse" / inside
    place.parent.mkdir(parents=True, exist_ok=True)
    moved = whole.rename(place)
    assert run(["wheelhouse", "export", str(moved), "--ansible", "--to", str(tmp_path)]) == 2
    assert (moved / NAME / "target.json").is_file()


@pytest.mark.parametrize(("form", "name"), [("--ansible", "wheelhouse"), ("--simple-index", NAME)])
def test_an_export_replaces_only_what_was_exported(
    whole: Path, tmp_path: Path, form: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["wheelhouse", "export", str(whole), form, "--to", str(tmp_path / "to")]
    mine = tmp_path / "to" / name / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.touch()
    assert run(words) == 2
    assert "buildfix did not write it" in capsys.readouterr().err
    assert mine.exists()
    mine.parent.rename(tmp_path / "saved")
    assert run(words) == 0
    mine.touch()
    assert run(words) == 0
    assert not mine.exists()


def test_the_role_removes_its_temporary_file_whatever_happens(whole: Path) -> None:
    assert run(["wheelhouse", "export", str(whole), "--ansible"]) == 0
    text = (whole / "export/ansible/wheelhouse/tasks/main.yml").read_text()
    before, _, after = text.partition("  always:\n")
    assert "ansible.builtin.tempfile:" in before
    assert 'path: "{{ wheelhouse_list.path }}"\n        state: absent' in after
    assert "/var/tmp" not in text


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
