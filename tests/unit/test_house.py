"""What holds for the code as a whole."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import sysconfig
from importlib.metadata import distribution, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from buildfix import __version__
from tests.tree import ROOT, project_files

SCRIPTS = ROOT / "src/buildfix/target_scripts"
INDEX = ROOT / "src/buildfix/index"


def test_imports_only_go_down_the_layers() -> None:
    lint = Path(sysconfig.get_path("scripts"), "lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_every_run_time_dependency_is_pure_python() -> None:
    pending, seen = ["buildfix"], set()
    while pending:
        name = pending.pop()
        for requirement in map(Requirement, requires(name) or ()):
            marker = requirement.marker
            if requirement.name not in seen and (not marker or marker.evaluate({"extra": ""})):
                seen.add(requirement.name)
                pending.append(requirement.name)
    compiled = [
        f"{name}: {path}"
        for name in seen
        for path in distribution(name).files or ()
        if path.suffix in {".so", ".pyd", ".dylib"} and "cpython" in path.name
    ]
    # tomli is there on Python 3.10 only; its pure wheel serves wherever no compiled one does.
    assert [row for row in compiled if not row.startswith("tomli:")] == []
    assert {"typer", "plumbum", "rich"} <= seen


def test_nothing_names_a_package_registry() -> None:
    hosts = re.compile(r"pypi\.org|pythonhosted\.org|crates\.io/api|deb\.debian\.org")
    examined = {
        path: path.read_text(encoding="utf-8", errors="replace") for path in project_files()
    }
    named = [path for path, text in examined.items() if hosts.search(text)]
    assert named == []
    assert hosts.search(f"https://{'.'.join(('files', 'pythonhosted', 'org'))}/x.whl")
    assert {ROOT / "README.md", ROOT / "recipes/README.md", SCRIPTS / "tags.py"} <= examined.keys()


def test_top_level_has_only_what_the_owner_gave() -> None:
    given = {"pyproject.toml", "src", "recipes", "tests", "vagrant", "README.md"}
    given |= {"CHANGELOG.md", "LICENSE"}
    found = {path.relative_to(ROOT).parts[0] for path in project_files()}
    assert {name for name in found - given if not name.startswith(".")} == set()
    assert given <= found


def test_project_files_are_the_same_without_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("README.md", "src/a.py", "src/__pycache__/a.pyc", "tests/unit/b.py", "other/c.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    monkeypatch.setenv("PATH", "")
    listed = [str(path.relative_to(tmp_path)) for path in project_files(tmp_path)]
    assert listed == ["README.md", "src/a.py", "tests/unit/b.py"]
    assert len(project_files()) > len(listed)  # of this tree, too


def test_what_the_target_runs_is_python_3_8_and_takes_no_newer_modules() -> None:
    for path in (*SCRIPTS.rglob("*.py"), *INDEX.glob("*.py")):
        ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
    words = ("--target=3.8-", "--violations", "--no-tips", "--exclude", "tomllib")  # that is tried
    argv = [f"{sysconfig.get_path('scripts')}/vermin", *words, str(SCRIPTS), str(INDEX)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_version_costs_no_import() -> None:
    code = (
        "import sys; sys.argv = ['buildfix', '--version']\n"
        "from buildfix.__main__ import main\n"
        "main()\n"
        "assert not {'typer', 'rich', 'plumbum', 'buildfix.cli'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"buildfix {__version__}\n"), done.stderr


def test_every_test_has_an_assertion() -> None:
    """It asserts by itself, expects an exception, or calls a function of its file that asserts."""
    files = [path for path in project_files() if path.name.startswith("test_")]
    found = {path: _tests_of(ast.parse(path.read_text(encoding="utf-8"))) for path in files}
    assert sum(len(tests) for tests in found.values()) > len(files)
    idle = [
        f"{path.name}: {test.name}"
        for path, tests in found.items()
        for test, helpers in tests
        if not (_checks(test) or helpers & _called(test))
    ]
    assert idle == []
    twice = [
        f"{path.name}:{here.lineno}"
        for path, tests in found.items()
        for test, _ in tests
        for here, following in zip(test.body, test.body[1:], strict=False)
        if isinstance(here, ast.Assert) and ast.dump(here) == ast.dump(following)
    ]
    assert twice == []


def _tests_of(tree: ast.Module) -> list[tuple[ast.FunctionDef, set[str]]]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    helpers = {one.name for one in functions if not one.name.startswith("test_") and _checks(one)}
    return [(one, helpers) for one in functions if one.name.startswith("test_")]


def _checks(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Assert) for node in ast.walk(function)) or any(
        "raises" in ast.unparse(call.func) or "fail" in ast.unparse(call.func)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
    )


def _called(function: ast.FunctionDef) -> set[str]:
    return {
        call.func.id
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    }
