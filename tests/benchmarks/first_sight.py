"""`python -m tests.benchmarks.first_sight [--read] [--os=S] [--batch=N] [NAME…]`: drawn projects.

What a dry run foresees of the projects of first_sight.toml, against labels that were made from
their sdists before buildfix was first run on them: needs of the system, and which of them cannot be
built. With `--read` the sdists that are kept are read in place of dry runs, as native_needs does;
only what a dry run is refused for differs. With `--os` they are for another system than Debian 13.
A run also ends before it installs anything if it surely fetches from a host that cannot be reached;
a dry run asks no host, so this asks those that the plan names.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from buildfix.catalog import Knowledge
from tests.benchmarks.drawn import Planned, dry_run
from tests.benchmarks.foresee import closure, fetch, identifier
from tests.benchmarks.native_needs import Score, by_reading, compare, figures, foreseen, line
from tests.benchmarks.unbuildable import refusal

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def main(words: list[str]) -> int:
    """Plan each project, compare and print."""
    batches = {word.partition("=")[2] for word in words if word.startswith("--batch=")}
    names = {word for word in words if not word.startswith("-")}
    system = [word for word in words if word.startswith("--os=")]
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    knowledge, scores = Knowledge(), []
    chosen = [one for one in tomllib.loads(text)["project"] if _is_chosen(one, batches, names)]
    sdists = fetch([one["name"] for one in chosen]) if "--read" in words else {}
    refused: dict[bool, list[bool]] = {True: [], False: []}
    ended: dict[bool, list[bool]] = {True: [], False: []}
    for project in chosen:
        name = project["name"]
        planned = (
            by_reading(name, sdists[name], knowledge) if name in sdists else dry_run(name, *system)
        )
        why = refusal(planned)
        early = "" if why else planned.unreachable
        refused["cannot" in project].append(bool(why))
        ended["cannot" in project].append(bool(early))
        scores.append(score(project, planned, knowledge))
        told = f"  {'REFUSED' if 'cannot' not in project else 'refused'}: {why}" if why else ""
        told += f"  ends early: {early} cannot be reached" if early else ""
        print(line(project["name"], scores[-1]) + told, flush=True)
    print(figures("needs", scores))
    for cannot, found in refused.items():
        which = "cannot be built" if cannot else "can be built"
        late = f"{sum(ended[cannot])} more end before anything is installed"
        print(f"{len(found)} that {which}: {sum(found)} refused, {late}")
    return 0


def _is_chosen(project: dict[str, Any], batches: set[str], names: set[str]) -> bool:
    by_batch = not batches or str(project["batch"]) in batches
    return by_batch and (not names or project["name"] in names)


def score(project: dict[str, Any], planned: Planned, knowledge: Knowledge) -> Score:
    """Compare what a plan has with a project's label; what is refused has no plan."""
    if not planned.plan:
        return Score()
    needed = frozenset(map(identifier, project["needs"]))
    allowed = closure(set(map(identifier, project.get("also", ()))), knowledge)
    return compare(foreseen(planned, knowledge), needed, allowed, knowledge)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
