"""`python -m tests.names.listed SYSTEM FILE...`: a system's names against its own list of packages.

Each FILE has a package a line, as a folder of ports or a manager's query lists them. Told is what
a recipe names and no FILE has, and what a recipe calls absent although a FILE has a package that
is called like it, which a person judges: DB and Db4 are not the same, `agg` is two programs.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from buildfix.catalog import Knowledge
from buildfix.catalog.systems import HostRecipe
from buildfix.platforms.stock_host import stock_host
from tests.names.check import unknown

_DETECTORS = ("libraries", "pkgconfig", "cmake", "commands", "words")
_AROUND = re.compile(r"^(?:lib|mingw-w64-ucrt-x86_64-)|-(?:dev|devel|static)$")


def names_in(lines: Iterable[str]) -> set[str]:
    """Return the packages that a list has, without its comments."""
    words = (line.split("#")[0].split() for line in lines)
    return {found[0] for found in words if found}


def like_absent(
    recipe: HostRecipe, version: str, listed: Iterable[str], knowledge: Knowledge
) -> Iterator[str]:
    """Yield a line for each capability called absent that a listed package is called like."""
    called = defaultdict(set)
    for name in listed:
        called[_core(name)].add(name)
    for capability in sorted(knowledge.capabilities):
        entry = recipe.packages_for(capability, version)
        if entry is not None and entry.absent:
            cores = {_core(name) for name in _names_of(capability, knowledge)}
            for name in sorted(set().union(*(called.get(core, ()) for core in cores))):
                yield f"{recipe.id} {version}: {capability} is called absent, and there is {name}"


def _names_of(capability: str, knowledge: Knowledge) -> Iterator[str]:
    """Yield what a capability is called: by builds, and by every system that has it."""
    yield capability.rpartition("/")[2]
    for kind in _DETECTORS:
        yield from knowledge.capabilities[capability].detectors.get(kind, ())
    for recipe in knowledge.hosts.values():
        entry = recipe.packages.get(capability)
        yield from entry.build if entry else ()


def _core(name: str) -> str:
    """Return a name without what systems add to it: the category, `lib`, `-devel`."""
    return re.sub(r"[^a-z0-9+]", "", _AROUND.sub("", name.rpartition("/")[2].lower()))


def main() -> int:
    """Print what differs; 1 where a name is in no list."""
    knowledge = Knowledge()
    recipe = knowledge.hosts[sys.argv[1]]
    version = stock_host(recipe.id, knowledge).version
    texts = (Path(name).read_text(encoding="utf-8") for name in sys.argv[2:])
    listed = names_in(line for text in texts for line in text.splitlines())
    missing = list(unknown(recipe, version, listed))
    print("\n".join((*missing, *like_absent(recipe, version, listed, knowledge))))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
