"""What lies in another user's environment is run as that user, never as root."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from buildfix.catalog import Knowledge
from buildfix.core import Request
from buildfix.core.errors import PersonNeeded, TargetError
from buildfix.engine.session import RunContext, Session
from buildfix.engine.target_owner import check_reach, shared_with_owner, told_of_owner
from buildfix.installers.requirements import parse
from buildfix.machines import owners
from buildfix.machines.local import LocalMachine
from tests.unit.machines import INTERPRETER, TRIXIE, Played, Recorded

SOMEBODY = 12345
pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be somebody else"
)


@pytest.fixture
def environment() -> Iterator[Path]:
    """An environment of a user without a name, where all can reach it."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "v")
        (place / "bin").mkdir(parents=True)
        Path(folder).chmod(0o755)
        for name in ("id", "env"):
            (place / "bin" / name).symlink_to(shutil.which(name) or name)
        os.chown(place, SOMEBODY, SOMEBODY)
        yield place


def test_a_program_of_another_users_environment_runs_as_that_user(environment: Path) -> None:
    machine = LocalMachine({"PATH": os.defpath, "HOME": "/root", "XDG_CACHE_HOME": "/root/.cache"})
    assert machine.run([str(environment / "bin" / "id"), "-u"]).stdout.strip() == str(SOMEBODY)
    assert machine.run([str(environment / "bin" / "id"), "-G"]).stdout.strip() == str(SOMEBODY)
    told = machine.run([str(environment / "bin" / "env")]).stdout
    assert "XDG_CACHE_HOME" not in told
    assert "HOME=/root" not in told
    with machine.stream([str(environment / "bin" / "id"), "-u"]) as stream:
        assert list(stream) == [str(SOMEBODY)]
    assert machine.run(["id", "-u"]).stdout.strip() == "0"


def test_uv_runs_as_whom_the_environment_belongs_to(environment: Path) -> None:
    python = str(environment / "bin" / "python")
    owner = owners.owner_of_command(("uv", "pip", "install", "--python", python, "x"))
    assert owner is not None
    assert owner.uid == SOMEBODY
    assert owners.owner_of_command(("uv", "pip", "install", "--python", "/usr/bin/python3")) is None
    assert owners.owner_of_command(("apt-get", "install")) is None


def test_program_not_runnable_for_the_owner_is_an_error(environment: Path) -> None:
    program = environment / "bin" / "python"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o700)
    with pytest.raises(TargetError, match=f"belongs to uid {SOMEBODY}, but cannot be run"):
        LocalMachine({"PATH": os.defpath}).run([str(program)])


def test_roots_own_settings_of_pip_hold_for_that_user(tmp_path: Path) -> None:
    config = tmp_path / ".config" / "pip" / "pip.conf"
    config.parent.mkdir(parents=True)
    config.write_text("[global]\nindex-url = https://index.example/simple\n", encoding="utf-8")
    owner = owners.Owner(SOMEBODY, SOMEBODY, (SOMEBODY,), "somebody", "/home/somebody")
    told = owner.environ({"HOME": str(tmp_path), "PIP_RETRIES": "1", "TMPDIR": "/tmp"})
    assert told["PIP_INDEX_URL"] == "https://index.example/simple"
    assert (told["HOME"], told["PIP_RETRIES"], told["TMPDIR"]) == ("/home/somebody", "1", "/tmp")


def test_nothing_of_roots_comes_to_lie_in_another_users_home(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(environment))
    assert owners.our_own(environment / ".local" / "state") == Path("/root/.local/state")
    assert owners.our_own(Path("/elsewhere")) == Path("/elsewhere")
    monkeypatch.setenv("HOME", "/root")
    assert owners.our_own(Path("/root/.local")) == Path("/root/.local")
    written = environment / "x"
    written.touch()
    owners.as_its_folder(written)
    assert written.stat().st_uid == SOMEBODY


def test_files_unreachable_for_the_owner_need_a_person(environment: Path, tmp_path: Path) -> None:
    python = str(environment / "bin" / "python")
    machine = Recorded({".py access": [Played('"/srv/mine"'), Played("null")]})
    target = replace(INTERPRETER, path=python, prefix=str(environment))
    request = parse(Request(("x",)))
    session = Session(RunContext(request, machine, Knowledge(), tmp_path, target, TRIXIE))
    with pytest.raises(PersonNeeded, match=r"cannot access /srv"):
        check_reach(session)
    check_reach(session)
    assert [one.user for one in told_of_owner(session)] == [f"uid {SOMEBODY}"]  # type: ignore[union-attr]
    with shared_with_owner(session, None, tmp_path) as shared:
        assert shared is not None
        assert shared.stat().st_mode & 0o777 == 0o755
