"""`python -m tests.benchmarks.native_needs [--read] [--seed S] [--start N] [--count N] [NAME…]`.

Compares what dry runs foresee with the native dependencies that another packager found
(`native-needs.jsonl`). A dependency under a condition, or one for run time only, is neither missed
nor surplus. native_needs.toml has the names that differ, and what a reading of the sources showed
where the two lists differ; the first line of figures is without these readings, the second with.
With `--read` the sdists that are kept are read in place of dry runs, which takes a tenth of the
time and gives the same needs; only what a dry run is refused for differs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from buildfix.analysis import open_tree, read_source
from buildfix.catalog import Knowledge
from buildfix.forecast.builds import Forecast
from buildfix.forecast.requested import Build
from buildfix.render.reasons import reason_document
from tests.benchmarks.drawn import LISTS, Planned, arguments, drawn, dry_run
from tests.benchmarks.foresee import HERE, IMPLIED, closure, fetch, names_of

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_JUDGED = Path(__file__).with_suffix(".toml")
_BUILT_WITH = ("build", "link")
_OF_PYPI = ("python-module-missing", "build-requirement-incompatible")


@dataclass(frozen=True)
class Score:
    """How the needs of one project compare."""

    right: frozenset[str] = frozenset()
    missed: frozenset[str] = frozenset()
    surplus: frozenset[str] = frozenset()


class Truth:
    """What the list and the readings say."""

    def __init__(self, knowledge: Knowledge):
        """Read both."""
        self.knowledge = knowledge
        judged = tomllib.loads(_JUDGED.read_text(encoding="utf-8"))
        self._names: dict[str, str] = judged["names"]
        self._from_pypi = frozenset(judged["from_pypi"])
        self.read: dict[str, dict[str, list[str]]] = judged.get("project", {})
        lines = Path(LISTS, "native-needs.jsonl").read_text(encoding="utf-8").splitlines()
        rows = map(json.loads, lines)
        self.listed: dict[str, list[dict[str, Any]]] = {
            canonicalize_name(row["pypi"]): row["native"] for row in rows
        }

    def needed(self, name: str) -> frozenset[str]:
        """Return the capabilities that the list says are needed to build a project."""
        return frozenset(self._ids(name, certain=True))

    def allowed(self, name: str) -> set[str]:
        """Return what else the list says may be needed, under some condition."""
        return closure(set(self._ids(name, certain=False)), self.knowledge)

    def _ids(self, name: str, *, certain: bool) -> Iterator[str]:
        for native in self.listed.get(name, ()):
            built = any(one in (native["type"] or "link") for one in _BUILT_WITH)
            if not certain or (native["when"] is None and built):
                found = self.identifier(native["name"])
                if found and not (certain and found in self._from_pypi):
                    yield found

    def identifier(self, name: str) -> str:
        """Return the id of a packager's name; empty if it is no native dependency."""
        known = self._names.get(name)
        return f"dep:generic/{name}" if known is None else known


def main(words: list[str]) -> int:
    """Draw, compare and print."""
    options = arguments(__doc__ or "", [one for one in words if one != "--read"], count=60)
    knowledge = Knowledge()
    truth = Truth(knowledge)
    plain, judged = [], []
    names = drawn(truth.listed, options)
    sdists = fetch(names) if "--read" in words else {}
    for name in names:
        planned = by_reading(name, sdists[name], knowledge) if name in sdists else dry_run(name)
        if not planned.needs and planned.code not in (0, 3):
            print(f"{name:24} no plan: {planned.words.strip()[-160:]}", flush=True)
            continue
        found = foreseen(planned, knowledge)
        plain.append(compare(found, truth.needed(name), truth.allowed(name), knowledge))
        read = truth.read.get(name, {})
        needed = truth.needed(name) - set(read.get("not_needed", ())) | set(read.get("needed", ()))
        judged.append(compare(found, needed, truth.allowed(name), knowledge))
        print(line(name, judged[-1]), flush=True)
    print(figures("by the list alone", plain))
    print(figures("after the readings", judged))
    return 0


def by_reading(name: str, sdist: Path, knowledge: Knowledge) -> Planned:
    """Return what a dry run would say, by a reading of a sdist in this process."""
    build = Build(name, read_source(open_tree(sdist), HERE, knowledge))
    needs = Forecast(builds=(build,)).needs(knowledge)
    said = {"name": name, "needs": [reason_document(need) for need in needs]}
    return Planned(name, 0, {"builds": [said]}, "")


def foreseen(planned: Planned, knowledge: Knowledge) -> frozenset[str]:
    """Return the capabilities that a plan has for a project's build."""
    found = set()
    for kind, subject in planned.needs:
        if kind in _OF_PYPI:
            continue
        known = knowledge.capabilities.get(subject) or knowledge.capability(kind, subject)
        found.add(known.id if known else f"{kind}:{subject}")
    return frozenset(found - IMPLIED)


def compare(
    found: frozenset[str], needed: frozenset[str], allowed: set[str], knowledge: Knowledge
) -> Score:
    """Compare what is foreseen with what is needed."""
    everything = closure(set(found), knowledge)
    return Score(
        frozenset(needed & everything),
        frozenset(needed - everything),
        frozenset(found - closure(set(needed), knowledge) - allowed),
    )


def line(name: str, score: Score) -> str:
    """Return one project's line."""
    missed = f"  MISSED {names_of(score.missed)}" if score.missed else ""
    surplus = f"  SURPLUS {names_of(score.surplus)}" if score.surplus else ""
    return f"{name:24} {names_of(score.right)}{missed}{surplus}"


def figures(what: str, scores: list[Score]) -> str:
    """Return recall and precision over all projects."""
    right, missed, surplus = (
        sum(len(getattr(one, part)) for one in scores) for part in ("right", "missed", "surplus")
    )
    exact = sum(not one.missed and not one.surplus for one in scores)
    recall, precision = right / max(right + missed, 1), right / max(right + surplus, 1)
    return (
        f"{what}: {len(scores)} projects, {exact} exactly; needs {right + missed}, "
        f"recall {recall:.1%}, precision {precision:.1%}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
