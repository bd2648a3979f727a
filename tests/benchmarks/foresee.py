"""`python -m tests.benchmarks.foresee [--unsure] [--batch=B] [NAME…]`: what an sdist alone tells.

Downloads the sdists that foresee.toml names (kept in $XDG_CACHE_HOME/buildfix-sdists), reads each
for a bare Linux, and prints per project what was found, missed and made up, in capabilities, and
the seconds; then recall and precision over all, or over one batch of labels. Counts what is sure,
with --unsure all findings.
The index, its credentials and proxies are those of the pip that runs this.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import parse_sdist_filename

from buildfix.analysis import Finding, Surroundings, open_tree, read_source
from buildfix.catalog import Knowledge

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Surroundings("linux", "x86_64", "glibc", "3.13.5")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "buildfix-sdists")
SHORT = {
    "c": "compiler/c",
    "cxx": "compiler/cxx",
    "rust": "compiler/rust",
    "fortran": "compiler/fortran",
    "blas": "interface/blas",
    "lapack": "interface/lapack",
}
IMPLIED = {"dep:virtual/python-headers"}


@dataclass(frozen=True)
class Score:
    """How one project was read."""

    name: str
    right: frozenset[str]
    missed: frozenset[str]
    extra: frozenset[str]
    seconds: float
    megabytes: float


def main(arguments: list[str]) -> int:
    """Measure and print; fails where recall is below 95 % or precision below 90 %."""
    unsure = "--unsure" in arguments
    wanted = {name for name in arguments if not name.startswith("-")}
    batches = {one.partition("=")[2] for one in arguments if one.startswith("--batch=")}
    truth = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))[
        "project"
    ]
    chosen = [
        project
        for project in truth
        if (not wanted or project["name"] in wanted)
        and (not batches or project.get("batch") in batches)
    ]
    sdists = fetch([project["name"] for project in chosen])
    knowledge = Knowledge()
    scores = []
    for project in chosen:
        sdist = sdists.get(project["name"])
        if sdist is None:
            print(f"{project['name']:20} no sdist")
            continue
        scores.append(score(project, sdist, knowledge, unsure))
        show(scores[-1])
    return summary(scores)


def score(project: dict[str, list[str]], sdist: Path, knowledge: Knowledge, unsure: bool) -> Score:
    """Read one sdist and compare it with the truth."""
    started = time.perf_counter()
    reading = read_source(open_tree(sdist), HERE, knowledge)
    seconds = time.perf_counter() - started
    findings = [finding for finding in reading.needs if finding.sure or unsure]
    found = capabilities(findings, knowledge)
    needs = {identifier(name) for name in project["needs"]}
    allowed = closure(needs | {identifier(name) for name in project.get("also", [])}, knowledge)
    return Score(
        str(project["name"]),
        frozenset(found & allowed),
        frozenset(needs - closure(found, knowledge)),
        frozenset(found - allowed),
        seconds,
        sdist.stat().st_size / 1e6,
    )


def capabilities(findings: Iterable[Finding], knowledge: Knowledge) -> set[str]:
    """Return the ids of what findings lack, `kind:subject` where nobody knows them.

    Modules that pip brings are no matter of the system.
    """
    ids = set()
    for need in (one.need for one in findings if one.need.kind != "python-module-missing"):
        if need.kind in ("build", "run"):
            ids.add(need.subject)
        else:
            known = knowledge.capability(need.kind, need.subject)
            ids.add(known.id if known else f"{need.kind}:{need.subject}")
    return ids - IMPLIED


def closure(ids: set[str], knowledge: Knowledge) -> set[str]:
    """Return ids with the companions that their capabilities always bring."""
    known, pending = set(), list(ids)
    while pending:
        one = pending.pop()
        if one not in known:
            known.add(one)
            capability = knowledge.capabilities.get(one)
            pending += capability.companions if capability else ()
    return known


def identifier(name: str) -> str:
    """Return the id that the truth's short name stands for."""
    return f"dep:virtual/{SHORT[name]}" if name in SHORT else f"dep:generic/{name}"


def names_of(ids: Iterable[str]) -> str:
    """Return ids as people call them."""
    return " ".join(sorted(one.rpartition("/")[2] for one in ids))


def show(result: Score) -> None:
    """Print one project's line."""
    missed = f"  MISSED {names_of(result.missed)}" if result.missed else ""
    extra = f"  EXTRA {names_of(result.extra)}" if result.extra else ""
    size = f"{result.megabytes:5.1f} MB {result.seconds:5.2f} s"
    print(f"{result.name:20} {size}  {names_of(result.right)}{missed}{extra}")


def summary(scores: list[Score]) -> int:
    """Print the figures over all projects, and return the exit code."""
    right, missed, extra = (
        sum(len(getattr(one, part)) for one in scores) for part in ("right", "missed", "extra")
    )
    recall, precision = right / max(right + missed, 1), right / max(right + extra, 1)
    whole = sum(not one.missed and not one.extra for one in scores)
    slowest = max((one.seconds / max(one.megabytes / 10, 1) for one in scores), default=0.0)
    print(
        f"\n{len(scores)} projects, {whole} exactly right; "
        f"recall {recall:.1%}, precision {precision:.1%}; "
        f"{sum(one.seconds for one in scores):.1f} s in all, {slowest:.2f} s per 10 MB at most"
    )
    return 0 if recall >= 0.95 and precision >= 0.90 else 1


def fetch(names: list[str]) -> dict[str, Path]:
    """Return the newest sdist of each project, downloaded where it is not kept."""
    CACHE.mkdir(parents=True, exist_ok=True)
    kept = {str(parse_sdist_filename(path.name)[0]): path for path in CACHE.glob("*.tar.gz")}
    missing = [name for name in names if name not in kept]
    if missing:
        kept.update(download(missing))
    return kept


def download(names: list[str]) -> dict[str, Path]:
    """Download sdists with pip's own finder, which builds no metadata to choose one."""
    from pip._internal.commands.download import DownloadCommand

    command = DownloadCommand("download", "")
    found: dict[str, Path] = {}
    with command.main_context():
        options, _ = command.parse_args(["--no-deps", "--no-binary", ":all:"])
        session = command.get_default_session(options)
        finder = command._build_package_finder(options=options, session=session)
        for name in names:
            best = finder.find_best_candidate(name).best_candidate
            if best is None:
                continue
            found[name] = CACHE / best.link.filename
            with session.get(best.link.url_without_fragment, stream=True) as answer:
                answer.raise_for_status()
                found[name].write_bytes(b"".join(answer.iter_content(1 << 16)))
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
