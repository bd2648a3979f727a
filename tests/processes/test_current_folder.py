"""Nothing that lies in the current folder is imported, whatever is run there."""

from __future__ import annotations

import ast
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from buildfix.machines.local import LocalMachine
from buildfix.machines.safe_path import safe_call
from buildfix.machines.scripts import question_argv, script_argv, step_script
from tests.unit.evil import NAMES, SOURCES, environment, evil_folder, interpreter

RELEASES = [(3, minor) for minor in range(8, 15)]


@pytest.fixture
def evil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the current folder, full of modules that nothing may import."""
    folder = evil_folder(tmp_path)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("release", RELEASES)
def test_scripts_and_pip_are_safe_on_every_python(
    release: tuple[int, int], evil: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = interpreter(release)
    monkeypatch.setenv("PYTHONPATH", f":.:{evil}:")
    machine = LocalMachine()
    said = machine.run(question_argv(python, "imports", list(NAMES)))
    assert json.loads(said.stdout)["json"] is None, said.stderr
    one_process = machine.run(script_argv(python, "import-modules", "json", "tempfile", "pip"))
    assert one_process.returncode == 0, one_process.stderr
    helped = machine.run((python, step_script("fetch"), "--help"))
    assert helped.returncode == 0, helped.stderr
    pip = machine.run([python, "-m", "pip", "--version"])
    assert pip.returncode == 0, pip.stderr
    assert pip.stdout.startswith("pip ")
    assert not (evil / "HIT").exists(), (evil / "HIT").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("release", [(3, 8), (3, 13)])
def test_an_environment_is_made_without_the_current_folder(
    release: tuple[int, int], evil: Path, tmp_path: Path
) -> None:
    machine, python = LocalMachine(), interpreter(release)
    made = machine.run([python, "-m", "venv", str(tmp_path / "new")])
    assert made.returncode == 0, made.stderr
    assert not (evil / "HIT").exists(), (evil / "HIT").read_text()


def test_a_module_run_by_a_person_leaves_the_current_folder(evil: Path, tmp_path: Path) -> None:
    for name in NAMES:  # what runpy itself imports, before buildfix, is beyond it
        if name not in ("json", "pip", "packaging", "typer", "rich", "tomllib", "ast"):
            (evil / f"{name}.py").unlink()
    for name in ("encodings", "setuptools", "demo"):
        (evil / name).rename(tmp_path / name)
    for path in (str(SOURCES), f":{SOURCES}:."):
        done = subprocess.run(
            [sys.executable, "-m", "buildfix", "recipes", "list"],
            env={**environment(tmp_path, tmp_path), "PYTHONPATH": path},
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert not (evil / "HIT").exists(), (evil / "HIT").read_text()


def test_the_users_safe_path_reaches_the_builds() -> None:
    _, variables = safe_call(["python", "-m", "pip", "list"], {"PYTHONSAFEPATH": "1"})
    assert variables == {"PYTHONSAFEPATH": "1"}


def test_pythonpath_of_the_user_is_kept(tmp_path: Path) -> None:
    _, variables = safe_call(["x"], {"PYTHONPATH": f"{tmp_path}:src", "PYTHONUSERBASE": "u"})
    assert variables == {"PYTHONPATH": str(tmp_path)}


def python_calls() -> Iterator[tuple[str, int]]:
    """Yield where the source writes `-c SCRIPT` for a program that has no fixed name."""
    for path in sorted(SOURCES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, (ast.List, ast.Tuple)):
                continue
            words = node.elts
            for program, option in itertools.pairwise(words):
                fixed = isinstance(program, ast.Constant)
                if isinstance(option, ast.Constant) and option.value == "-c" and not fixed:
                    yield str(path.relative_to(SOURCES / "buildfix")), node.lineno


def test_no_python_is_given_a_script_as_text() -> None:
    # The plan's words for a proof that `verify` makes; an export's last line, for another machine.
    assert {where for where, _ in python_calls()} == {"engine/cleanup.py", "render/export/draft.py"}


def test_every_module_that_is_run_is_known_to_the_door() -> None:
    for path in sorted(SOURCES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, (ast.List, ast.Tuple)):
                continue
            words = node.elts
            texts = [word.value for word in words if isinstance(word, ast.Constant)]
            if "-m" in texts and len(words) > 2 and not isinstance(words[0], ast.Constant):
                call = ["python", *map(str, texts[texts.index("-m") :])]
                changed, _ = safe_call(call, {})
                assert changed != call, (path.name, node.lineno)
