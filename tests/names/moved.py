"""`python -m tests.names.moved FILE`: which of our names for FreeBSD its ports moved or removed.

FILE is the `MOVED` of a ports tree: `old origin|new origin|date|reason` (ports(7)). A person judges
what is printed: a package can have the name of a port that went long ago, as cyrus-sasl has.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from buildfix.catalog import Knowledge
from buildfix.platforms.stock_host import stock_host
from tests.names.check import entries_of


def moved(names: Iterable[str], lines: Iterable[str]) -> Iterator[str]:
    """Yield a line for each name whose port was moved or removed, and has not come back since."""
    ours = set(names)
    gone: dict[str, str] = {}
    for line in lines:
        if line.startswith("#") or line.count("|") < 3:
            continue
        old, new, date, why = line.rstrip("\n").split("|", 3)
        before, after = _name(old), _name(new)
        gone.pop(after, None)
        if before in ours and before != after:
            gone[before] = f"{before} -> {new or 'removed'} ({date}: {why})"
    yield from gone.values()


def _name(origin: str) -> str:
    return origin.rpartition("/")[2].partition("@")[0]


def main() -> int:
    """Print what has moved; 1 where something has."""
    knowledge = Knowledge()
    version = stock_host("freebsd", knowledge).version
    entries = entries_of(knowledge.hosts["freebsd"], version).values()
    names = {name for entry in entries for name in (*entry.build, *entry.run)}
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    found = list(moved(names, text.splitlines()))
    print("\n".join(found) or "No name has moved.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
