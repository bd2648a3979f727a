"""buildfix on another machine, where it is not installed: by ssh on loopback and in a root."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.bed import BUILDFIX, BareRoot, Stack, base_root, processes_inside, with_venv
from tests.bed.bare import ENVIRONMENT
from tests.real.sshd import Server, server, with_sshd

pytestmark = [pytest.mark.bed, pytest.mark.slow]

TARGET = ("--python", "/v/bin/python")
PROJECT = (
    ("lxml", "lxml.etree") if "BUILDFIX_LONG" in os.environ else ("psycopg2", "psycopg2._psycopg")
)
"""What is built in another root, with a module of it; lxml takes minutes."""
COPIES = "/root/.cache/buildfix/on/copies"
ENDLESS_PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "endless"
version = "1"
"""
ENDLESS_BACKEND = """
import time

def build_wheel(folder, config_settings=None, metadata_directory=None):
    print("the build has begun", flush=True)
    time.sleep(600)
"""
RUNS = "/root/.cache/buildfix/on/runs"


@pytest.fixture(scope="module")
def program(buildfix_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install buildfix here, as a user would."""
    venv = tmp_path_factory.mktemp("here") / "v"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    pip = [str(venv / "bin/python"), "-m", "pip", "install", "--quiet", str(buildfix_wheel)]
    subprocess.run(pip, check=True)
    return venv / "bin/buildfix"


@pytest.fixture
def root() -> Iterator[BareRoot]:
    """Give a bare trixie with an ssh server and an empty /v, without buildfix."""
    with BareRoot(with_sshd(with_venv(base_root("trixie")))) as root:
        yield root


@pytest.fixture
def sshd(root: BareRoot, tmp_path: Path) -> Iterator[Server]:
    """Give that root's server."""
    folder = tmp_path / "ssh"
    folder.mkdir()
    with server(root, folder) as found:
        yield found


def here(sshd: Server | None = None) -> dict[str, str]:
    """Return this side's variables: how the index is reached from here, and which ssh is used."""
    named = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST")
    passed = {name: value for name, value in os.environ.items() if name in named}
    path = sshd.path if sshd else os.environ["PATH"]
    return {**passed, **ENVIRONMENT, "PATH": path, "HOME": str(Path.home())}


def run(
    program: Path, on: str, *words: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program, "--on", on, *words],
        env=env or here(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd="/",
    )


def comparable(text: str) -> dict[str, Any]:
    """Return a plan without what differs from one minute to the next."""
    plan: dict[str, Any] = json.loads(text)
    plan["host"].pop("memory_available")
    return plan


def test_plans_are_equal_here_by_ssh_and_in_another_root(
    program: Path, bed_layer: Callable[[str], Stack], tmp_path: Path
) -> None:
    words = (
        "--dry-run",
        "--json",
        "--jobs",
        "2",
        "--from-source",
        *TARGET,
        "psycopg2",
        "lxml",
        "pycurl",
    )
    with BareRoot(with_sshd(bed_layer("trixie"))) as root:
        local = root.run([BUILDFIX, *words])
        assert local.returncode == 3, local.stderr
        with server(root, tmp_path) as sshd:
            by_ssh = run(program, sshd.address, *words, env=here(sshd))
        in_root = run(program, f"chroot:{root.path('/')}", *words)
    for done in (by_ssh, in_root):
        assert done.returncode == 3, done.stderr
        assert comparable(done.stdout) == comparable(local.stdout)


def test_a_project_is_built_by_ssh_and_the_copy_is_used_again(
    program: Path, root: BareRoot, sshd: Server
) -> None:
    words = ("--yes", "--from-source", "psycopg2")
    done = run(program, sshd.address, *words, env=here(sshd))
    assert done.returncode == 0, done.stdout + done.stderr
    root.check(["/root/.venv/bin/python", "-c", "import psycopg2"])
    assert "Copying buildfix to root@localhost" in done.stderr
    assert "This ran on root@localhost" in done.stderr
    again = run(program, sshd.address, *words, env=here(sshd))
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Copying" not in again.stderr
    assert len(list(root.path(COPIES).iterdir())) == 1
    assert list(root.path(RUNS).iterdir()) == []


def test_a_project_is_built_in_another_root(program: Path, root: BareRoot) -> None:
    on, (project, module) = f"chroot:{root.path('/')}", PROJECT
    done = run(program, on, "--yes", "--from-source", *TARGET, "--json", project)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["outcome"] == "installed"
    assert module in report["verified"]["modules"]
    assert root.path(report["attempts"][0]["log"]).is_file()
    root.check(["/v/bin/python", "-c", f"import {module}"])
    copy = root.path(COPIES)
    assert copy.stat().st_mode & 0o777 == 0o700


def test_projects_and_requirements_are_those_of_this_machine(
    program: Path, root: BareRoot, tmp_path: Path
) -> None:
    demo = tmp_path / "a demo"
    demo.mkdir()
    (demo / "pyproject.toml").write_text('[project]\nname = "demo"\nversion = "1.5"\n')
    (demo / "demo.py").write_text("")
    listed, limits = tmp_path / "wanted.txt", tmp_path / "limits.txt"
    limits.write_text("six==1.16.0\n")
    listed.write_text("-c limits.txt\nsix\n")
    done = run(program, f"chroot:{root.path('/')}", "--yes", *TARGET, "-r", str(listed), str(demo))
    assert done.returncode == 0, done.stdout + done.stderr
    frozen = root.check(["/v/bin/python", "-m", "pip", "list", "--format=freeze"])
    assert "demo==1.5" in frozen
    assert "six==1.16.0" in frozen


@pytest.mark.parametrize(
    ("spoil", "code", "word"),
    [
        (Server.forget_host, 4, "Host key verification failed"),
        (Server.forget_key, 4, "Permission denied"),
    ],
)
def test_a_refused_connection_is_told_in_a_line(
    program: Path, sshd: Server, spoil: Callable[[Server], None], code: int, word: str
) -> None:
    spoil(sshd)
    done = run(program, sshd.address, "doctor", env=here(sshd))
    assert (done.returncode, done.stdout) == (code, "")
    assert "Cannot connect to root@localhost" in done.stderr
    assert word in done.stderr
    assert done.stderr.count("\n") == 1


def test_consent_is_asked_for_on_this_terminal(program: Path, root: BareRoot, sshd: Server) -> None:
    words = ["--on", sshd.address, "--from-source", *TARGET, "psutil"]
    for on in (sshd.address, f"chroot:{root.path('/')}"):
        words[1] = on
        child = pexpect.spawn(str(program), words, env=here(sshd), encoding="utf-8", timeout=120)
        child.expect_exact("[y/N/d/e] ")
        child.sendline("n")
        child.expect(pexpect.EOF)
        assert child.wait() == 4
        child = pexpect.spawn(str(program), words, env=here(sshd), encoding="utf-8", timeout=120)
        child.expect_exact("[y/N/d/e] ")
        child.sendintr()
        child.expect(pexpect.EOF)
        assert child.wait() == 130, on
    assert list(root.path(RUNS).iterdir()) == []


def test_a_document_is_written_to_stdout_though_consent_is_asked_for(
    program: Path, sshd: Server, tmp_path: Path
) -> None:
    out = tmp_path / "out.json"
    script = f"exec {program} --on {sshd.address} --json --from-source {' '.join(TARGET)} psutil"
    words = ["-c", f"{script} > {out}"]
    child = pexpect.spawn("/bin/sh", words, env=here(sshd), encoding="utf-8", timeout=120)
    child.expect_exact("[y/N/d/e] ")
    child.sendline("n")
    child.expect(pexpect.EOF)
    assert child.wait() == 4
    assert json.loads(out.read_text())["outcome"] == "person-needed"


@pytest.mark.parametrize("way", ["ssh", "chroot"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_run_ends_with_the_one_that_started_it(
    program: Path, root: BareRoot, sshd: Server, tmp_path: Path, way: str, number: int
) -> None:
    endless = tmp_path / "endless"
    endless.mkdir()
    (endless / "pyproject.toml").write_text(ENDLESS_PROJECT)
    (endless / "backend.py").write_text(ENDLESS_BACKEND)
    on = sshd.address if way == "ssh" else f"chroot:{root.path('/')}"
    process = subprocess.Popen(
        [program, "--on", on, "--yes", "-v", *TARGET, str(endless)],
        env=here(sshd),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines = iter(process.stdout or ())
    assert any("the build has begun" in line for line in lines)
    process.send_signal(number)
    rest = "".join(lines)
    code = process.wait()
    assert code == (130 if number == signal.SIGINT else -signal.SIGKILL), rest
    deadline = time.monotonic() + 60
    while _running(root) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert _running(root) == []


def _running(root: BareRoot) -> list[str]:
    """Return the processes of buildfix and of the build in a root."""
    found = []
    for pid in processes_inside(root.path("/")):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ")
        except OSError:
            continue
        if "launch.py" in words or "pip" in words:
            found.append(words)
    return found
