"""What runs under the target's own Python, on the newest one here and on Python 3.8."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from buildfix.core.errors import PersonNeeded, TargetError
from buildfix.machines import owners
from buildfix.machines.local import LocalMachine
from buildfix.machines.scripts import ENTRY, script_argv, step_script
from buildfix.platforms.interpreter import ask_interpreter, ask_pip, library_folders
from buildfix.target_scripts import __main__ as entry
from tests.unit.evil import interpreter
from tests.unit.machines import Played, Recorded

SCRIPTS = Path(ENTRY).parent
MACHINE = LocalMachine()


@pytest.fixture(params=[(3, 8), sys.version_info[:2]], ids=["3.8", "here"])
def python(request: pytest.FixtureRequest) -> str:
    return sys.executable if request.param == sys.version_info[:2] else interpreter(request.param)


@pytest.fixture
def index(tmp_path: Path) -> list[str]:
    """Pip's options by which a folder with one wheel is all that there is."""
    info = "demo-1.0.dist-info"
    with zipfile.ZipFile(tmp_path / "demo-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
    return ["--no-index", "--find-links", str(tmp_path)]


def site(folder: Path, more: str = "", **files: str) -> tuple[tuple[str, str]]:
    """Return the variable by which a folder with a distribution and these files is seen."""
    info = folder / "Some_Thing-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: Some.Thing\nVersion: 1.0\nRequires-Dist: other>=1\n\n"
    )
    (info / "direct_url.json").write_text(json.dumps({"url": "https://files.example/x.zip"}))
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    (info / "RECORD").write_text("".join(f"{name}.py,,\n" for name in files) + more)
    return (("PYTHONPATH", str(folder)),)


def ask(python: str, command: str, question: object = None, env: Any = ()) -> Any:
    return ask_interpreter(MACHINE, python, command, question, env)


def test_every_question_has_its_module_and_every_module_its_place() -> None:
    modules = {path.stem.replace("_", "-") for path in SCRIPTS.glob("[!_]*.py")}
    commands = {*entry.QUESTIONS, *entry.PROGRAMS}
    assert commands <= modules
    parts = modules - commands
    assert parts == {
        *("answers", "archive-limits", "clean-slate", "dist-info", "installed", "libraries"),
        *("index-packages", "index-pages", "pip-session", "pip-target", "sdist"),
    }


def test_an_interpreter_tells_what_it_is(python: str) -> None:
    facts = ask(python, "interpreter")
    code = "import sys, pip; print(sys.version.split()[0], sys.prefix, pip.__version__)"
    said = MACHINE.run([python, "-c", code]).stdout.split()
    assert [facts["version"], facts["prefix"], facts["pip"]] == said
    assert facts["implementation"] == "CPython"


def test_wheel_tags_are_told_by_our_own_library(python: str) -> None:
    release = ask(python, "interpreter")["version"].split(".")[:2]
    tags = ask(python, "tags", {"libraries": library_folders()})
    assert tags[0].startswith("cp" + "".join(release) + "-")
    assert tags[-1] == "py30-none-any"


def test_what_a_distribution_brings_is_told(python: str, tmp_path: Path) -> None:
    there = site(tmp_path, '"some/data,1",,\n', thing="")
    [facts] = ask(python, "distributions", ["some-thing", "absent"], there).values()
    assert (facts["name"], facts["version"]) == ("some-thing", "1.0")
    assert (facts["packages"], facts["binary"]) == (["thing"], False)
    assert (facts["files"], facts["lost"]) == (1, ["some/data,1"])
    by_url = ask(python, "distributions", ["https://files.example/x.zip"], there)
    assert list(by_url.values()) == [facts]
    origins = ask(python, "direct-urls", None, there)
    assert origins["some-thing"] == {"url": "https://files.example/x.zip"}


INFO = "Some_Thing-1.0.dist-info"


def as_it_is(folder: Path) -> None:
    """Leave the distribution as it is."""


def with_egg_info(folder: Path) -> None:
    (folder / "some_thing.egg-info").mkdir()
    (folder / "some_thing.egg-info" / "PKG-INFO").write_text("Name: some-thing\nVersion: 2\n\n")


def without_record(folder: Path) -> None:
    (folder / INFO / "RECORD").unlink()


def as_egg(folder: Path) -> None:
    (folder / INFO).rename(folder / "EGG-INFO")
    (folder / "EGG-INFO" / "METADATA").rename(folder / "EGG-INFO" / "PKG-INFO")
    (folder / "EGG-INFO" / "RECORD").unlink()


BY_BOTH = """
import sys
buildfix = sys.modules["buildfix"] = type(sys)("buildfix")
buildfix.__path__ = [sys.argv[1]]
from buildfix.target_scripts.dist_info import dist_info
from buildfix.target_scripts.distributions import facts_of, find_by_library
quick, slow = dist_info("Some.thing"), find_by_library("some-thing")
print(bool(quick), bool(slow))
assert not quick or facts_of(quick) == facts_of(slow)
"""


@pytest.mark.parametrize(
    ("change", "name", "quick"),
    [
        (as_it_is, "lib", True),
        (with_egg_info, "lib", False),
        (without_record, "lib", False),
        (as_egg, "Some_Thing-1.0-py3.8.egg", False),
    ],
)
def test_a_distribution_is_the_same_without_importlib_metadata(
    python: str, change: Callable[[Path], None], name: str, quick: bool, tmp_path: Path
) -> None:
    folder = tmp_path / name
    there = site(folder, '"some/data,1",,\n', thing="")
    change(folder)
    (folder / "Some_Thing_else-1.0.dist-info").mkdir(exist_ok=True)
    done = MACHINE.run((python, "-c", BY_BOTH, str(SCRIPTS.parent)), there)
    assert (done.stdout.split(), done.stderr) == ([str(quick), "True"], "")


@pytest.mark.parametrize(
    ("begins", "binary"),
    [(b"\x7fELF\x02", True), (b"MZ\x90", True), (b"\xcf\xfa\xed\xfe", True), (b"#!/bin/sh", False)],
)
def test_a_program_among_the_modules_is_compiled(
    begins: bytes, binary: bool, python: str, tmp_path: Path
) -> None:
    """As that of freeze-core, which lies beside its modules and has no suffix."""
    there = site(tmp_path, "thing/console-linux,,\n", thing="")
    program = tmp_path / "thing" / "console-linux"
    program.parent.mkdir(exist_ok=True)
    program.write_bytes(begins)
    [facts] = ask(python, "distributions", ["some-thing"], there).values()
    assert facts["binary"] is binary


@pytest.mark.parametrize(("name", "binary"), [("x.lib.js", False), ("x.node", True), ("y.a", True)])
def test_a_library_is_known_by_how_its_name_ends(
    name: str, binary: bool, python: str, tmp_path: Path
) -> None:
    there = site(tmp_path, f"thing/{name},,\n", thing="")
    [facts] = ask(python, "distributions", ["some-thing"], there).values()
    assert facts["binary"] is binary


def test_files_that_may_be_compiled_and_shared_objects_are_told(
    python: str, tmp_path: Path
) -> None:
    there = site(tmp_path, "x/lib.so,,\n", thing="")
    library = tmp_path / "x" / "lib.so"
    library.parent.mkdir()
    library.write_bytes(b"\0PyInit_lib\0")
    found = ask(python, "binary-files", None, there)
    assert str(library.resolve()) in found["files"]
    assert "other" in found["required"]
    objects = ask(python, "shared-objects", ["some_thing"], there)
    assert objects == [[str(library), True]]


def test_imported_modules_see_nothing_of_buildfix(python: str, tmp_path: Path) -> None:
    text = (
        "import sys\n"
        "mine = [one for one in sys.modules if one.startswith('buildfix')]\n"
        f"assert not mine and {str(SCRIPTS)!r} not in sys.path, (mine, sys.path)\n"
        "assert sys.argv[1:] == []\n"
        "assert sys.dont_write_bytecode == bool(sys.flags.dont_write_bytecode)\n"
    )
    there = site(tmp_path, sees=text, fails="1 / 0", after="import sys; sys.modules['sees']")
    said = ask(python, "imports", ["sees", "fails", "sees after", "after"], there)
    assert (said["sees"], said["sees after"]) == (None, None)
    assert said["fails"].endswith("ZeroDivisionError: division by zero")
    assert said["after"].endswith("KeyError: 'sees'")
    done = MACHINE.run(script_argv(python, "import-modules", "sees"), there)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_distribution_is_described_with_what_its_imports_print(
    python: str, tmp_path: Path
) -> None:
    text = "import sys; assert not {'email', 'importlib.metadata'} & set(sys.modules)"
    there = site(tmp_path, thing=text, other="1 / 0")
    question = {"asked": ["some-thing", "absent"], "modules": {}, "most": 8}
    [facts] = ask(python, "distributions-imported", question, there).values()
    assert (facts["name"], facts["packages"]) == ("some-thing", ["other", "thing"])
    assert facts["imports"]["thing"] is None
    assert facts["imports"]["other"].endswith("ZeroDivisionError: division by zero")
    chosen = {**question, "modules": {"some-thing": ["thing"]}}
    [facts] = ask(python, "distributions-imported", chosen, there).values()
    assert facts["imports"] == {"thing": None}


def test_a_module_that_is_run_gets_its_words_alone(python: str, tmp_path: Path) -> None:
    there = site(tmp_path, shown="import sys; print(sys.argv[1:], __name__)")
    done = MACHINE.run(script_argv(python, "run-module", "shown", "-x", "y z"), there)
    assert (done.stdout, done.stderr) == ("['-x', 'y z'] __main__\n", "")


def test_files_of_a_project_and_a_resolution_are_told(
    python: str, index: list[str], tmp_path: Path
) -> None:
    files = ask_pip(MACHINE, python, "project-files", {"project": "demo", "arguments": index})
    assert [row["filename"] for row in files["files"]] == ["demo-1.0-py3-none-any.whl"]
    assert (files["no-binary"], files["constraint"], files["troubles"]) == (None, "", {})
    question = {
        "asked": [{"text": "demo", "hashes": [], "given": None}],
        "builds": [],
        "arguments": index,
        "here": True,
        "folder": str(tmp_path),
        "tags": [],
        "environment": {},
        "present": {},
        "alone": False,
    }
    found = ask_pip(MACHINE, python, "resolution", question)
    [row] = found["rows"]
    assert (row["name"], row["version"], row["wheel"]) == ("demo", "1.0", True)


def test_what_is_behind_a_url_is_told(python: str, tmp_path: Path) -> None:
    (tmp_path / "x-1.zip").touch()
    urls = [(tmp_path / name).as_uri() for name in ("x-1.zip", "absent.zip")]
    rows = ask_pip(MACHINE, python, "urls", {"urls": urls, "arguments": [], "folder": "unused"})
    assert rows == [{"path": str(tmp_path / "x-1.zip")}, {"trouble": "no such file"}]


def test_the_first_path_without_access_is_told(python: str, tmp_path: Path) -> None:
    paths = [(str(tmp_path), 4), (str(tmp_path / "absent"), 4), ("/nowhere", 4)]
    assert ask(python, "access", paths) == str(tmp_path / "absent")
    assert ask(python, "access", paths[:1]) is None


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such signals")
def test_a_signal_reaches_a_process_and_passes_over_ended_ones(python: str) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        gone = subprocess.Popen([sys.executable, "-c", ""])
        gone.wait()
        done = MACHINE.run(script_argv(python, "send-signal", "9", str(gone.pid), str(process.pid)))
        assert (done.returncode, process.wait(30)) == (0, -9)


@pytest.mark.parametrize("name", sorted(path.stem for path in SCRIPTS.glob("steps/[!_]*.py")))
def test_a_step_is_one_file_that_any_python_reads(name: str, python: str, tmp_path: Path) -> None:
    copy = tmp_path / f"{name}.py"
    copy.write_bytes(Path(step_script(name)).read_bytes())
    done = MACHINE.run((python, "-c", f"import {name}"), (("PYTHONPATH", str(tmp_path)),))
    assert (done.returncode, done.stderr) == (0, "")


def test_no_script_has_the_name_of_a_module_of_pythons_own() -> None:
    names = {path.stem for path in SCRIPTS.rglob("[!_]*.py")}
    assert names.isdisjoint(sys.stdlib_module_names)


def test_only_pips_and_our_libraries_users_import_more_than_pythons_own() -> None:
    allowed = {"buildfix", "packaging", "pip", *sys.stdlib_module_names}
    for path in SCRIPTS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= allowed, path
            if path.parent.name == "steps":
                assert not any(name.startswith(("buildfix", ".")) for name in names), path


def test_nothing_is_written_beside_the_scripts(python: str) -> None:
    before = set(SCRIPTS.parent.rglob("*.pyc"))
    ask(python, "interpreter", env=(("PYTHONDONTWRITEBYTECODE", ""),))
    ask(python, "tags", {"libraries": library_folders()}, (("PYTHONDONTWRITEBYTECODE", ""),))
    assert set(SCRIPTS.parent.rglob("*.pyc")) == before


def test_an_interpreter_that_does_not_answer_is_an_error() -> None:
    with pytest.raises(TargetError, match="ended without an answer"):
        ask_interpreter(Recorded({"": [Played("broken")]}), "/v/bin/python", "interpreter")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be somebody else"
)
def test_a_user_who_cannot_read_the_scripts_needs_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    somebody = owners.Owner(12345, 12345, (12345,), "somebody", "/home/somebody")
    monkeypatch.setattr("buildfix.platforms.interpreter.owner_of", lambda _: somebody)
    monkeypatch.setattr("buildfix.machines.scripts.ENTRY", "/root/absent.py")
    monkeypatch.setattr("buildfix.platforms.interpreter.ENTRY", "/root/absent.py")
    with pytest.raises(PersonNeeded, match=r"somebody, .* who cannot access /root/absent\.py"):
        ask(sys.executable, "interpreter")
