"""`python -m tests.benchmarks.undeclared [--seed S] [--start N] [--count N] [NAME…]`.

Of projects that needed build requirements which they did not declare at the time
(`undeclared-build-requirements.json`), what the newest sdists still do not declare, and whether the
reading foresees it. Drawn are those that needed more than a backend: that one is there by pip's
default, or the project names another one by now. undeclared.toml has what reading them showed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from packaging.utils import canonicalize_name

from buildfix.analysis import Reading, open_tree, read_source
from buildfix.catalog import Knowledge
from buildfix.installers.request_items import project_of
from tests.benchmarks.drawn import LISTS, arguments, drawn
from tests.benchmarks.foresee import HERE, fetch

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_READ = Path(__file__).with_suffix(".toml")
_BACKENDS = frozenset(
    {
        *("setuptools", "wheel", "poetry", "poetry-core", "flit", "flit-core", "hatchling", "pip"),
        *("pdm-backend", "pdm-pep517", "setuptools-scm", "hatch-vcs"),
    }
)
"""Backends, and what only reads versions from git, which an sdist has none of."""


def main(words: list[str]) -> int:
    """Draw, read and print."""
    options = arguments(__doc__ or "", words, count=40)
    text = Path(LISTS, "undeclared-build-requirements.json").read_text(encoding="utf-8")
    listed = {name: more for name, all_of in json.loads(text).items() if (more := _more(all_of))}
    not_needed = tomllib.loads(_READ.read_text(encoding="utf-8"))["not_needed"]
    knowledge = Knowledge()
    names = drawn(listed, options)
    found = {canonicalize_name(name): path for name, path in fetch(names).items()}
    declared, foreseen, missed = 0, 0, 0
    for name in names:
        if canonicalize_name(name) not in found:
            print(f"{name:28} no sdist", flush=True)
            continue
        reading = read_source(open_tree(found[canonicalize_name(name)]), HERE, knowledge)
        open_ones = listed[name] - _declared(reading) - set(not_needed.get(name, ()))
        lacking = open_ones - _foreseen(reading, knowledge)
        declared += not open_ones
        foreseen += bool(open_ones) and not lacking
        missed += bool(lacking)
        if open_ones:
            print(f"{name:28} {' '.join(sorted(open_ones))}: {'MISSED' if lacking else 'foreseen'}")
    print(f"{declared} declare all by now; {foreseen} foreseen, {missed} missed")
    return 0


def _more(listed: list[object]) -> frozenset[str]:
    """Return what a project needed besides its backend, whatever its version was."""
    named = {one.removesuffix("_0") for one in listed if isinstance(one, str)}
    return frozenset(named) - _BACKENDS


def _declared(reading: Reading) -> set[str]:
    """Return what the build's environment has by declarations, or by pip's default."""
    return set(filter(None, map(project_of, reading.build_requires)))


def _foreseen(reading: Reading, knowledge: Knowledge) -> set[str]:
    """Return the distributions that a reading or a recipe says are missing."""
    modules = (one.need for one in reading.needs if one.need.kind == "python-module-missing")
    recipe = knowledge.project(reading.name)
    named = (knowledge.modules.get(need.subject, need.subject) for need in modules)
    stated = recipe.undeclared if recipe else ()
    return {canonicalize_name(one) for one in (*named, *filter(None, map(project_of, stated)))}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
