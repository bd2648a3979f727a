"""`python -m tests.benchmarks.unbuildable [--buildable] [OPTION…] [NAME…]`, as native_needs.

Of projects that a sweep of the index could not build (`unbuildable.json`), how many a dry run
refuses beforehand, with the reason. unbuildable.toml has what a reading of the newest sdists
showed: where the reason does not hold any more. With `--buildable`, which projects of foresee.toml
are refused by their sources: all of them can be built.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from buildfix.analysis import open_tree, read_source
from buildfix.catalog import Knowledge
from tests.benchmarks.drawn import LISTS, Planned, arguments, drawn, dry_run
from tests.benchmarks.foresee import HERE, fetch

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_READ = Path(__file__).with_suffix(".toml")


def main(words: list[str]) -> int:
    """Draw, plan and print."""
    if "--buildable" in words:
        return _false_refusals([word for word in words if word != "--buildable"])
    options = arguments(__doc__ or "", words, count=40)
    listed = json.loads(Path(LISTS, "unbuildable.json").read_text(encoding="utf-8"))
    holds_no_more = tomllib.loads(_READ.read_text(encoding="utf-8"))["holds_no_more"]
    refused, planned, stale = 0, 0, 0
    for name in drawn(listed, options):
        plan = dry_run(name)
        why = refusal(plan)
        told = f"refused: {why}" if why else "planned"
        if name in holds_no_more:
            stale += 1
            told += f" (holds no more: {holds_no_more[name]})"
        else:
            refused, planned = refused + bool(why), planned + (not why)
        print(f"{name:32} {told}\n{'':34}listed: {listed.get(name, '')[:100]}", flush=True)
    total = refused + planned
    print(f"{total} that cannot be built: {refused} refused ({refused / max(total, 1):.0%});")
    print(f"{stale} others can be built, or are not there any more")
    return 0


def _false_refusals(words: list[str]) -> int:
    """Print which of the projects that can be built are refused; fails if any is."""
    options = arguments(__doc__ or "", words, count=150)
    truth = tomllib.loads(_READ.with_name("foresee.toml").read_text(encoding="utf-8"))["project"]
    names = drawn((one["name"] for one in truth), options)
    knowledge, read, refused = Knowledge(), 0, 0
    for name, sdist in fetch(names).items():
        if name in names:
            found = read_source(open_tree(sdist), HERE, knowledge).obstacles
            read, refused = read + 1, refused + bool(found)
            for one in found:
                print(f"{name:24} {one.why} ({one.where})", flush=True)
    print(f"{read} that can be built: {refused} refused")
    return 1 if refused else 0


def refusal(planned: Planned) -> str:
    """Return why a dry run refused; empty if it has a plan."""
    if planned.code != 1:
        return ""
    found = [
        line for line in planned.words.splitlines() if not line.startswith(("  ", "Res", "Rea"))
    ]
    return " ".join(found)[:160] or "no plan"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
