"""The ways to use buildfix, each run for real in a bare Debian root.

Most build psycopg2: it lacks a tool, a compiler, headers and a library, and compiles in no time.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.bed import BUILDFIX, TARGET_PYTHON, BareRoot, Stack
from tests.bed.bare import ENVIRONMENT
from tests.real.users import put

pytestmark = [pytest.mark.bed, pytest.mark.slow]

PSYCOPG2 = ("--from-source", "--python", TARGET_PYTHON, "psycopg2")
NO_INDEX = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "1"}
LOCAL_PROJECT = {
    "pyproject.toml": """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "mine"
version = "1"
dependencies = []
[tool.setuptools]
packages = ["mine"]
ext-modules = [{name = "mine._ext", sources = ["mine/ext.c"]}]
""",
    "mine/__init__.py": "from mine import _ext\n",
    "mine/ext.c": """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_ext", 0, -1, 0};
PyMODINIT_FUNC PyInit__ext(void) { return PyModule_Create(&module); }
""",
}


def buildfix(
    root: BareRoot, *words: str, env: Mapping[str, str] | None = None, user: str | None = None
) -> subprocess.CompletedProcess[str]:
    done = root.run([BUILDFIX, *words], env=env, user=user, timeout=600)
    assert "/opt/buildfix/lib" not in done.stderr, done.stderr  # no traceback of its own
    return done


def report_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def installed(report: Mapping[str, Any]) -> set[str]:
    return {name for step in report["applied"] for name in step.get("packages", ())}


def put_project(root: BareRoot, folder: str, **changes: str) -> None:
    put(root, folder, {**LOCAL_PROJECT, **changes})


def changed_since(root: BareRoot, mark: Path) -> set[str]:
    """Return what was written in the root since, outside of /tmp."""
    argv = ["find", "/", "-xdev", "-newercm", str(mark), "-not", "-path", "/tmp*", "-type", "f"]
    return set(root.check(argv).splitlines()) - {str(mark)}


def test_a_dry_run_prints_the_plan_and_changes_nothing(bare_root: BareRoot) -> None:
    put_project(bare_root, "/home/mine")
    mark = Path("/tmp/mark")
    bare_root.check(["touch", str(mark)])
    done = buildfix(bare_root, "--dry-run", "--json", *PSYCOPG2)
    plan = report_of(done)
    assert (done.returncode, plan["schema"]) == (3, "buildfix.plan/1"), done.stderr
    assert plan["steps"][-1]["argv"][:2] == ["apt-get", "install"]
    local = buildfix(bare_root, "-n", "--python", TARGET_PYTHON, "/home/mine")
    assert local.returncode == 3
    assert "build-essential" in local.stdout
    assert changed_since(bare_root, mark) == set()


def test_a_dry_run_with_nothing_to_do(bare_root: BareRoot) -> None:
    done = buildfix(bare_root, "--dry-run", "--python", TARGET_PYTHON, "six")
    assert done.returncode == 0, done.stderr
    assert bare_root.run([TARGET_PYTHON, "-c", "import six"]).returncode == 1


def test_what_is_asked_as_pip_would_be_asked(bare_root: BareRoot) -> None:
    put_project(bare_root, "/home/mine")
    bare_root.path("/home/r.txt").write_text("six  # six\n-r more.txt\n", encoding="utf-8")
    bare_root.path("/home/more.txt").write_text("toml>=0.10\n", encoding="utf-8")
    asked = ("-r", "/home/r.txt", "-e", "/home/mine", "iniconfig", "--", "--no-deps")
    done = buildfix(bare_root, "-y", "--json", "--python", TARGET_PYTHON, *asked)
    report = report_of(done)
    assert (done.returncode, report["outcome"]) == (0, "installed"), done.stderr
    assert set(report["verified"]["modules"]) >= {"six", "toml", "mine", "mine._ext", "iniconfig"}
    assert report["attempts"][-1]["argv"][-6:] == list(asked[-1:] + asked[:-2])
    assert installed(report) == {"build-essential", "python3-dev"}


def test_what_the_build_of_a_dependency_lacks_is_foreseen_too(bare_root: BareRoot) -> None:
    project = LOCAL_PROJECT["pyproject.toml"].replace("= []", '= ["psycopg2"]', 1)
    pure = project.replace("ext-modules", "#").replace('["mine"]', "[]")
    put_project(bare_root, "/home/mine", **{"pyproject.toml": pure})
    done = buildfix(bare_root, "-y", "--json", "--python", TARGET_PYTHON, "/home/mine")
    report = report_of(done)
    assert done.returncode == 0, done.stderr
    assert len(report["attempts"]) == 1
    assert bare_root.run([TARGET_PYTHON, "-c", "import psycopg2._psycopg"]).returncode == 0


def test_uv_in_the_same_loop(bare_root: BareRoot) -> None:
    bare_root.check(["/opt/buildfix/bin/python", "-m", "pip", "install", "-q", "uv"])
    env = {"PATH": f"/opt/buildfix/bin:{ENVIRONMENT['PATH']}"}
    done = buildfix(bare_root, "-y", "--json", "--installer", "uv", *PSYCOPG2, env=env)
    report = report_of(done)
    assert (done.returncode, report["outcome"]) == (0, "installed"), done.stderr
    assert report["attempts"][0]["argv"][:3] == ["uv", "pip", "install"]
    assert "libpq-dev" in installed(report)


def test_the_systems_own_python_is_left_alone(bare_root: BareRoot) -> None:
    bare_root.path("/home/me").mkdir()
    argv = ["sh", "-c", f"cd /home/me && exec {BUILDFIX} --yes --json six"]
    done = bare_root.run(argv, env={"VIRTUAL_ENV": ""})
    report = report_of(done)
    assert (done.returncode, report["interpreter"]) == (0, "/home/me/.venv/bin/python")
    assert bare_root.run(["python3", "-c", "import six"]).returncode == 1


def test_an_old_pip_is_upgraded_where_that_is_the_remedy(
    bed_layer: Callable[[str], Stack],
) -> None:
    with BareRoot(bed_layer("bookworm")) as bare_root:
        upgrade_old_pip(bare_root)


def upgrade_old_pip(bare_root: BareRoot) -> None:
    hatch = '[build-system]\nrequires=["hatchling"]\nbuild-backend="hatchling.build"\n'
    project = f'{hatch}[project]\nname="mine"\nversion="1"\n'
    put_project(bare_root, "/home/mine", **{"pyproject.toml": project, "mine/__init__.py": ""})
    bare_root.check([TARGET_PYTHON, "-m", "pip", "install", "-q", "pip==21.2.4"])
    done = buildfix(bare_root, "-y", "--json", "--python", TARGET_PYTHON, "-e", "/home/mine")
    report = report_of(done)
    assert (done.returncode, report["outcome"]) == (0, "installed"), done.stderr
    assert [step["kind"] for step in report["applied"]] == ["command"]
    assert report["applied"][0]["argv"][1:5] == ["-m", "pip", "install", "--upgrade"]


def test_another_apt_is_waited_for(bare_root: BareRoot) -> None:
    holder = (
        "import fcntl, os, time\n"
        "lock = os.open('/var/lib/dpkg/lock-frontend', os.O_RDWR | os.O_CREAT)\n"
        "fcntl.lockf(lock, fcntl.LOCK_EX)\nprint('held', flush=True)\ntime.sleep(40)"
    )
    root = str(bare_root.path("/"))
    with subprocess.Popen(["chroot", root, "python3", "-c", holder], stdout=-1, text=True) as held:
        assert held.stdout
        assert held.stdout.readline() == "held\n"
        done = buildfix(bare_root, "--yes", *PSYCOPG2)
    assert done.returncode == 0, done.stdout
    assert "waiting: apt is locked by" in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("nonesuch-project-of-nobody",), 1, "no-distribution: nonesuch-project-of-nobody"),
        (("lxml==",), 2, "'lxml==' is not a requirement"),
        (("-r", "/no/file.txt"), 2, "Requirements file /no/file.txt does not exist"),
        (("./nowhere",), 2, "./nowhere does not exist"),
        (("--recipes", "/broken", "lxml"), 2, "key `kind`: is missing"),
        (("--nonesuch", "lxml"), 2, "No such option"),
    ],
)
def test_bad_input_is_one_line(
    bare_root: BareRoot, words: tuple[str, ...], code: int, told: str
) -> None:
    broken = bare_root.path("/broken/causes")
    broken.mkdir(parents=True)
    (broken / "a.toml").write_text('[[cause]]\nname = "a"\n', encoding="utf-8")
    mark = Path("/tmp/mark")
    bare_root.check(["touch", str(mark)])
    done = buildfix(bare_root, "--yes", "--python", TARGET_PYTHON, "--from-source", *words)
    assert (done.returncode, told in done.stdout + done.stderr) == (code, True), done
    assert {name for name in changed_since(bare_root, mark) if "/log/" not in name} == set()


def test_no_network_is_told(bare_root: BareRoot) -> None:
    done = buildfix(bare_root, "--yes", "--python", TARGET_PYTHON, "six", env=NO_INDEX)
    assert done.returncode == 1
    assert "network" in done.stdout


def test_a_target_without_pip_gets_it(bare_root: BareRoot) -> None:
    bare_root.check(["python3", "-m", "venv", "--without-pip", "/nopip"])
    done = buildfix(bare_root, "--yes", "--python", "/nopip/bin/python", "six")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Install pip into /nopip" in done.stdout
    bare_root.check(["/nopip/bin/python", "-c", "import pip, six"])


def test_where_nothing_serves_without_root_a_person_is_needed(bare_root: BareRoot) -> None:
    bare_root.check(["rm", "/usr/bin/dpkg-deb"])
    bare_root.check(["useradd", "--create-home", "me"])
    bare_root.check(["python3", "-m", "venv", "/home/me/v"])
    bare_root.check(["chown", "-R", "me", "/home/me"])
    words = ("--yes", "--from-source", "--python", "/home/me/v/bin/python", "psycopg2")
    done = buildfix(bare_root, *words, user="me")
    assert done.returncode == 4, done.stdout
    assert "needs root, but sudo is not installed" in done.stdout
    assert "to do: apt-get install" in done.stdout


class Terminal:
    """A person at a terminal in the root."""

    def __init__(self, root: BareRoot, *words: str):
        argv = [str(root.path("/")), BUILDFIX, "fix", "-q", *words]
        env = {**ENVIRONMENT, "TERM": "xterm", "COLUMNS": "120"}
        self.child = pexpect.spawn("chroot", argv, env=env, timeout=120, encoding="utf-8")

    def end(self) -> int:
        self.child.expect(pexpect.EOF)
        self.child.close()
        return int(self.child.exitstatus or 0)


def test_a_plan_is_shown_in_full_and_refused(bare_root: BareRoot) -> None:
    person = Terminal(bare_root, *PSYCOPG2)
    person.child.expect("Proceed")
    assert "apt-get install" not in (person.child.before or "")
    person.child.sendline("d")
    person.child.expect("apt-get install")
    person.child.expect("Proceed")
    person.child.sendline("n")
    person.child.expect("Cancelled")
    assert person.end() == 4
    assert bare_root.run(["dpkg", "-s", "libpq-dev"]).returncode != 0


def test_a_plan_is_accepted_round_after_round(bare_root: BareRoot) -> None:
    person = Terminal(bare_root, *PSYCOPG2)
    while person.child.expect(["Proceed", "Installed psycopg2 into"]) == 0:
        person.child.sendline("y")
    assert person.end() == 0


def test_an_interrupt_leaves_a_clear_account(bare_root: BareRoot) -> None:
    person = Terminal(bare_root, *PSYCOPG2)
    person.child.expect("Proceed")
    person.child.sendintr()
    person.child.expect("Stopped before installing psycopg2: Ctrl-C before the plan was applied")
    assert person.end() == 130
