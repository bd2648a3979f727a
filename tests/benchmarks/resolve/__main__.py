"""`python -m tests.benchmarks.resolve`: whether a dry run takes the files that pip takes.

Each set of `sets.toml` is given to `pip install --dry-run --report` of a fresh environment and to
buildfix's own look ahead, with the same environment as its target. What pip answers is kept below
`--keep`, so that a second run asks buildfix alone.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomllib

SETS = Path(__file__).with_name("sets.toml")
PIP_MAY_TAKE = 240  # seconds for a set


@dataclass(frozen=True)
class Case:
    """A set of requirements, as pip's own words."""

    name: str
    args: tuple[str, ...]
    files: dict[str, str] = field(default_factory=dict)
    installed: tuple[str, ...] = ()
    conflict: bool = False
    """Whether pip refuses."""


@dataclass(frozen=True)
class Taken:
    """What one of the two takes: the files by their names, local projects by theirs."""

    files: tuple[str, ...]
    refused: bool
    seconds: float


def main() -> int:
    """Compare, print a line for each set; 1 where they differ."""
    words = argparse.ArgumentParser()
    words.add_argument("--keep", type=Path, help="a folder for what pip answered")
    words.add_argument("--results", type=Path, help="the table that is written")
    words.add_argument("only", nargs="*", help="names of sets")
    told = words.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        bare = environment(Path(folder), ())
        for case in read_sets():
            if told.only and case.name not in told.only:
                continue
            rows.append((case, *compare(case, told.keep, bare)))
            print(line_of(*rows[-1]), flush=True)
    same = sum(agrees(pip, own) for _, pip, own in rows)
    print(f"{same} of {len(rows)} the same")
    if told.results:
        told.results.write_text(table(rows), encoding="utf-8")
    return 0 if same == len(rows) else 1


def read_sets() -> list[Case]:
    """Return the sets, each with its folder's files."""
    rows: list[dict[str, Any]] = tomllib.loads(SETS.read_text(encoding="utf-8"))["set"]
    return [
        Case(
            row["name"],
            tuple(row["args"]),
            row.get("files", {}),
            tuple(row.get("installed", ())),
            row.get("conflict", False),
        )
        for row in rows
    ]


def compare(case: Case, keep: Path | None, bare: str) -> tuple[Taken, Taken]:
    """Return what pip takes and what buildfix says that it takes.

    `bare` is the interpreter of an environment in which nothing is installed.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "place")
        for name, text in {"": "", **case.files}.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8") if name else path.mkdir(exist_ok=True)
        python = environment(Path(folder, "v"), case.installed) if case.installed else bare
        kept = keep / f"{case.name.replace(' ', '-')}.json" if keep else None
        by_pip = read(kept) or by_pip_of(python, case, place)
        if kept and not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(json.dumps(by_pip.__dict__), encoding="utf-8")
        return by_pip, by_buildfix(python, case, place)


def environment(folder: Path, installed: Sequence[str]) -> str:
    """Return the interpreter of a fresh environment with these wheels and its own pip."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    if installed:
        argv = [python, "-m", "pip", "install", "-q", "--no-deps", *installed]
        subprocess.run(argv, check=True)
    return python


def read(kept: Path | None) -> Taken | None:
    """Return what pip answered in an earlier run."""
    if kept is None or not kept.is_file():
        return None
    facts = json.loads(kept.read_text(encoding="utf-8"))
    return Taken(tuple(facts["files"]), facts["refused"], facts["seconds"])


def by_pip_of(python: str, case: Case, place: Path) -> Taken:
    """Return what pip itself would install."""
    report = place.parent / "report.json"
    argv = [python, "-m", "pip", "install", "--dry-run", "-q", "--report", str(report), *case.args]
    started = time.perf_counter()
    words = {"cwd": place, "timeout": PIP_MAY_TAKE, "capture_output": True, "text": True}
    try:
        done = subprocess.run(argv, **words)  # type: ignore[call-overload]
    except subprocess.TimeoutExpired:
        return Taken(("pip takes too long",), True, PIP_MAY_TAKE)
    seconds = time.perf_counter() - started
    if done.returncode:
        return Taken((done.stderr.strip()[-300:],), True, seconds)
    rows = json.loads(report.read_text(encoding="utf-8"))["install"]
    return Taken(tuple(sorted(map(file_of, rows))), False, seconds)


def file_of(row: dict[str, Any]) -> str:
    """Return the file that pip takes of an index, the name of a local project."""
    name = row["download_info"]["url"].rsplit("/", 1)[-1]
    local = "dir_info" in row["download_info"]
    return str(row["metadata"]["name"]).lower() if local else name


def by_buildfix(python: str, case: Case, place: Path) -> Taken:
    """Return what buildfix says that would come."""
    from buildfix.catalog import Knowledge, shipped_folder
    from buildfix.forecast.builds import forecast_builds
    from buildfix.machines.local import LocalMachine
    from buildfix.platforms.host_facts import gather
    from buildfix.platforms.interpreter import describe

    machine, knowledge = LocalMachine(), Knowledge([shipped_folder()])
    with chdir(place):
        request = request_of(case, python)
        host = gather(machine, knowledge, describe(machine, python))
        folder = Path(tempfile.mkdtemp(dir=place.parent))
        started = time.perf_counter()
        outlook = forecast_builds(request, lambda: host, machine, python, knowledge, folder)
        seconds = time.perf_counter() - started
    shutil.rmtree(folder)
    asked = [one for one in outlook.coming if one.why == "asked"]
    refused = not outlook.known or any(one.version is None for one in asked)
    refused = refused or bool(getattr(outlook, "refused", None))
    local = {one.name for one in outlook.builds} - {one.name for one in outlook.coming}
    files = {one.filename for one in asked if one.filename} | local
    return Taken(tuple(sorted(files)), refused, seconds)


def request_of(case: Case, python: str) -> Any:
    """Return the request that these words of pip's mean."""
    from buildfix.core import Request

    plain: dict[str, list[str]] = {"-r": [], "-e": [], "": []}
    options, words = [], iter(case.args)
    for word in words:
        if word in plain:
            plain[word].append(next(words))
        elif word in ("-c", "--no-binary", "--only-binary", "--upgrade-strategy") or word in (
            "--platform",
            "--python-version",
            "--target",
        ):
            options += [word, next(words)]
        elif word.startswith("-"):
            options.append(word)
        else:
            plain[""].append(word)
    return Request(
        tuple(plain[""]),
        tuple(plain["-r"]),
        tuple(plain["-e"]),
        python=python,
        installer_args=tuple(options),
    )


def agrees(pip: Taken, own: Taken) -> bool:
    """Say whether both take the same, or both refuse."""
    return pip.refused == own.refused and (pip.refused or pip.files == own.files)


def line_of(case: Case, pip: Taken, own: Taken) -> str:
    """Return a set's line, with what differs."""
    if agrees(pip, own):
        what = "both refuse" if pip.refused else f"{len(pip.files)} files"
        return f"same    {case.name}: {what} ({pip.seconds:.1f} s, {own.seconds:.1f} s)"
    only_pip = sorted(set(pip.files) - set(own.files)) if not pip.refused else ["(refused)"]
    only_own = sorted(set(own.files) - set(pip.files)) if not own.refused else ["(refused)"]
    times = f"({pip.seconds:.1f} s, {own.seconds:.1f} s)"
    return f"DIFFERS {case.name} {times}: pip {only_pip}, buildfix {only_own}"


def table(rows: Sequence[tuple[Case, Taken, Taken]]) -> str:
    """Return the results as Markdown."""
    same = sum(agrees(pip, own) for _, pip, own in rows)
    pip_seconds = sum(pip.seconds for _, pip, _ in rows)
    own_seconds = sum(own.seconds for _, _, own in rows)
    lines = [
        f"# The files that pip takes: {same} of {len(rows)} sets the same",
        "",
        f"`python -m tests.benchmarks.resolve` ({time.strftime('%Y-%m-%d')}, Python "
        f"{sys.version.split()[0]}, {os.cpu_count()} cores, a busy machine). pip took "
        f"{pip_seconds:.0f} s in all, buildfix {own_seconds:.0f} s.",
        "",
        "| set | pip's words | files | same | pip, s | buildfix, s |",
        "| --- | --- | ---: | --- | ---: | ---: |",
    ]
    for case, pip, own in rows:
        files = "refused" if pip.refused else str(len(pip.files))
        same_word = "yes" if agrees(pip, own) else "no"
        args = " ".join(case.args).replace("|", "\\|")
        lines.append(
            f"| {case.name} | `{args}` | {files} | {same_word} "
            f"| {pip.seconds:.1f} | {own.seconds:.1f} |"
        )
    return "\n".join((*lines, ""))


if __name__ == "__main__":
    sys.exit(main())
