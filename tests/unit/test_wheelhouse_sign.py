"""`--sign`: what is served can be verified with ssh-keygen and sha256sum alone."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from buildfix.cli import run
from buildfix.core.errors import BuildfixError
from buildfix.machines.local import LocalMachine
from buildfix.wheelhouse.export import write_simple_index
from buildfix.wheelhouse.sign import NAMESPACE, sign, sums_file
from buildfix.wheelhouse.simple_index import write_index
from buildfix.wheelhouse.store import Store, write_json, write_text
from tests.unit.test_wheelhouse_layout import wheel_in

pytestmark = pytest.mark.skipif(
    not (shutil.which("ssh-keygen") and shutil.which("sha256sum")), reason="needs OpenSSH"
)
NAME = "debian13-x86_64-cp313"


def key_in(folder: Path, phrase: str = "") -> Path:
    key = folder / "key"
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", phrase, "-C", "me", "-f", str(key)]
    subprocess.run(argv, check=True)
    return key


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Lay out a target with one wheel."""
    made = Store(tmp_path / "wheels")
    (made.target(NAME) / "wheels").mkdir(parents=True)
    wheel_in(made.target(NAME) / "wheels")
    write_index(made.target(NAME))
    write_text(made.target(NAME) / "requirements.txt", "demo==1.0\n")
    write_text(made.lock_file(NAME), 'lock-version = "1.0"\n')
    write_json(made.target(NAME) / "target.json", {"name": NAME})
    return made


def verified(folder: Path, key: Path, *, namespace: str = NAMESPACE) -> list[bool]:
    """Return whether the signature and the hashes hold, by the commands of the manual."""
    sums = folder / f"SHA256SUMS.{NAME}"
    allowed = folder.parent / "allowed"
    allowed.write_text(f"me {key.with_suffix('.pub').read_text()}")
    signed = ("ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", "me", "-n", namespace)
    commands = ((*signed, "-s", f"{sums}.sig"), ("sha256sum", "--check", "--quiet", str(sums)))
    return [
        subprocess.run(argv, cwd=folder, input=sums.read_bytes(), capture_output=True).returncode
        == 0
        for argv in commands
    ]


def test_what_is_served_can_be_verified_also_where_it_is_exported(
    store: Store, tmp_path: Path
) -> None:
    key = key_in(tmp_path)
    for _ in range(2):  # also again
        sign(store, NAME, key, LocalMachine(os.environ))
    assert verified(store.folder, key) == [True, True]
    exported = write_simple_index(store, tmp_path / "served")
    assert verified(exported, key) == [True, True]
    assert verified(exported, key, namespace="file") == [False, True]
    page = exported / NAME / "simple/demo/index.html"
    page.write_text("other")
    assert verified(exported, key) == [True, False]
    sums_file(Store(exported), NAME).write_text("")
    assert verified(exported, key)[0] is False


def test_a_signature_of_another_key_is_none(store: Store, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    sign(store, NAME, key_in(tmp_path), LocalMachine(os.environ))
    assert verified(store.folder, key_in(tmp_path / "other")) == [False, True]


def test_no_passphrase_is_asked_for(store: Store, tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if name != "SSH_AUTH_SOCK"}
    with pytest.raises(BuildfixError, match=r"Cannot sign with .*key: .*passphrase"):
        sign(store, NAME, key_in(tmp_path, "secret"), LocalMachine(environ))


def test_a_key_that_is_missing_ends_it_before_anything_is_built(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["build", "demo", "--target", "local", "--out", str(tmp_path / "o")]
    assert run(["wheelhouse", *words, "--sign", str(tmp_path / "key")]) == 2
    assert "There is no key" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()
