"""Flip conditions in the source and see whether a unit test notices.

`python -m tests.mutation --sample 40` copies the tree, turns one condition at a time into its
opposite and runs the unit tests, those first that import the module. It prints a line for each and,
at the end, how many were noticed.
"""

from __future__ import annotations

import argparse
import ast
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.tree import ROOT, project_files

_SECONDS = 900.0


@dataclass(frozen=True)
class Condition:
    """A condition of a module: where it stands, and its text."""

    module: Path
    line: int
    start: int
    end: int
    text: str


def conditions(module: Path, source: str) -> Iterator[Condition]:
    """Yield each condition of `if`, `while`, a comprehension or an `if` expression in one line."""
    lines = source.encode().splitlines()
    for node in ast.walk(ast.parse(source)):
        tests = getattr(node, "ifs", None) or [getattr(node, "test", None)]
        if isinstance(node, ast.Assert):
            continue
        for test in filter(None, tests):
            if test.lineno == test.end_lineno:
                text = lines[test.lineno - 1][test.col_offset : test.end_col_offset].decode()
                if text != "TYPE_CHECKING":
                    yield Condition(module, test.lineno, test.col_offset, test.end_col_offset, text)


def flipped(source: str, condition: Condition) -> str:
    """Return a module's source with one condition turned into its opposite."""
    lines = source.encode().splitlines(keepends=True)
    line = lines[condition.line - 1]
    before, after = line[: condition.start], line[condition.end :]
    lines[condition.line - 1] = before + f"(not ({condition.text}))".encode() + after
    return b"".join(lines).decode()


def noticed(tree: Path, condition: Condition) -> str:
    """Return the test that fails with a condition flipped, nothing where none does."""
    path = tree / condition.module
    source = path.read_text(encoding="utf-8")
    path.write_text(flipped(source, condition), encoding="utf-8")
    try:
        near = _near(tree, condition.module)
        return _failing(tree, near) or _failing(tree, ["tests/unit", "tests/golden"])
    finally:
        path.write_text(source, encoding="utf-8")


def _near(tree: Path, module: Path) -> list[str]:
    """Return the test files that import a module."""
    dotted = ".".join(module.with_suffix("").parts[1:])
    names = {dotted, dotted.removesuffix(".__init__")}
    tests = (tree / "tests/unit").rglob("test_*.py")
    found = (one for one in tests if any(f" {name} " in one.read_text() for name in names))
    return [str(one.relative_to(tree)) for one in sorted(found)]


def _failing(tree: Path, paths: Sequence[str]) -> str:
    if not paths:
        return ""
    argv = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "not bed", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(
            [*argv, *paths], cwd=tree, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return "a test that hangs"
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0].split(" - ")[0] if failed else "" if done.returncode == 0 else "the run itself"


def main(arguments: Sequence[str]) -> int:
    """Flip a sample of conditions; 0 where every one was noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--sample", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    missed = 0
    with tempfile.TemporaryDirectory(prefix="buildfix-mutation-") as folder:
        tree = Path(folder) / "tree"
        for source in project_files():
            target = tree / source.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
        for condition in _sample(tree, options.sample, options.seed):
            test = noticed(tree, condition)
            missed += not test
            place = f"{condition.module}:{condition.line}: {condition.text}"
            print(f"{test or 'NOT NOTICED'}: {place}", flush=True)
    print(f"{options.sample - missed} of {options.sample} flipped conditions were noticed")
    return 1 if missed else 0


def _sample(tree: Path, count: int, seed: int) -> list[Condition]:
    found = [
        condition
        for module in sorted((tree / "src").rglob("*.py"))
        for condition in conditions(module.relative_to(tree), module.read_text(encoding="utf-8"))
    ]
    return random.Random(seed).sample(found, count)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
