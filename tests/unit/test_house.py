"""What holds for the code as a whole."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from importlib.metadata import distribution, requires
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PROBES = sorted((ROOT / "src/buildfix/probes").glob("*.py"))


def test_imports_only_go_down() -> None:
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
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    named = [
        name
        for name in done.stdout.splitlines()
        if name != str(Path(__file__).relative_to(ROOT))
        and (ROOT / name).is_file()
        and hosts.search((ROOT / name).read_text(encoding="utf-8", errors="replace"))
    ]
    assert named == []


def test_probes_are_python_3_8() -> None:
    import ast

    for probe in PROBES:
        ast.parse(probe.read_text(encoding="utf-8"), feature_version=(3, 8))
    assert {probe.stem for probe in PROBES} >= {"interpreter", "walk", "imports"}


def test_the_version_costs_no_import() -> None:
    code = (
        "import sys; sys.argv = ['buildfix', '--version']\n"
        "from buildfix.__main__ import main\n"
        "main()\n"
        "assert not {'typer', 'rich', 'plumbum', 'buildfix.cli'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "buildfix 0.1.0\n"), done.stderr
