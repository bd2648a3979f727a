"""`python -m tests.names.coverage`: how many capabilities each system has names for.

Writes the table into recipes/README.md.
"""

from __future__ import annotations

from pathlib import Path

from buildfix.catalog import Knowledge, shipped_folder
from buildfix.catalog.systems import HostRecipe, Packages
from buildfix.platforms.stock_host import stock_host

README = Path(shipped_folder(), "README.md")
_BEGINS, _ENDS = "<!-- coverage -->\n", "<!-- /coverage -->\n"


def entries(recipe: HostRecipe, knowledge: Knowledge) -> list[Packages]:
    """Return what a system's newest release has for each capability that it says something of."""
    version = stock_host(recipe.id, knowledge).version
    found = (recipe.packages_for(name, version) for name in knowledge.capabilities)
    return [entry for entry in found if entry]


def table(knowledge: Knowledge) -> str:
    """Return a row for each system that extends no other, in order of what it has."""
    every = len(knowledge.capabilities)
    rows = []
    for path in sorted(shipped_folder().glob("hosts/*.toml")):
        recipe = knowledge.hosts[path.stem]
        told = entries(recipe, knowledge)
        named = sum(not entry.absent for entry in told)
        sure = sum(not entry.absent and not entry.unproven for entry in told)
        rows.append((named, sure, len(told) - named, recipe.title))
    lines = [
        f"| {title} | {named} | {sure} | {absent} | {named / (every - absent):.0%} |"
        for named, sure, absent, title in sorted(rows, key=lambda row: (-row[0], row[3]))
    ]
    head = (
        f"| system | named, of {every} | of these, in a published list | known to be absent |"
        " named, of the rest |"
    )
    return "\n".join((head, "| --- | ---: | ---: | ---: | ---: |", *lines)) + "\n"


def split(text: str) -> tuple[str, str, str]:
    """Return what is before the table in the README, the table, and what is after it."""
    before, _, rest = text.partition(_BEGINS)
    inside, _, after = rest.partition(_ENDS)
    return before + _BEGINS, inside, _ENDS + after


def main() -> None:
    """Write the table."""
    before, _, after = split(README.read_text(encoding="utf-8"))
    README.write_text(before + table(Knowledge()) + after, encoding="utf-8")


if __name__ == "__main__":
    main()
