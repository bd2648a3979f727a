"""`python -m tests.names`: what Debian's archive lacks of our names, and the versions that it has.

Writes the latter to recipes/versions/debian.toml.
"""

from __future__ import annotations

import re
import sys
from datetime import date

from buildfix.catalog import Knowledge, shipped_folder
from tests.names.archive import packages_of
from tests.names.check import entries_of, unknown

LIST = shipped_folder() / "versions" / "debian.toml"
_UPSTREAM = re.compile(r"^(?:\d+:)?(\d+(?:\.\d+)*)")


def main() -> int:
    """Check the names of every release of Debian; 1 where one is not there."""
    recipe = Knowledge().hosts["debian"]
    wrong: list[str] = []
    lines = [f"# Made by `python -m tests.names` from the archive, {date.today()}."]
    for version, release in recipe.releases.items():
        archive = packages_of(release.codename)
        wrong += unknown(recipe, version, archive)
        lines.append(f'\n["{version}"]')
        for capability, entry in sorted(entries_of(recipe, version).items()):
            telling = entry.version_of or next(iter((*entry.build, *entry.run)), "")
            upstream = _UPSTREAM.match(archive.get(telling, ""))
            if upstream:
                lines.append(f'"{capability}" = "{upstream[1]}"')
    LIST.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(wrong) or "Every name is in the archive.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
