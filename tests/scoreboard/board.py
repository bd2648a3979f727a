"""The sums of many scores, per kind and per system, as text and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.scoreboard.cases import Case, Score

PARTS = ("kind", "subject", "line")


@dataclass
class Board:
    """Scores of each tool for each group of cases."""

    tools: tuple[str, ...]
    groups: dict[tuple[str, str], dict[str, list[Score]]] = field(default_factory=dict)

    def add(self, case: Case, scores: Mapping[str, Score]) -> None:
        """Count a case with what each tool has of it."""
        for group in groups_of(case):
            sums = self.groups.setdefault(group, {tool: [] for tool in self.tools})
            for tool, score in scores.items():
                sums[tool].append(score)

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield the table, its head first: group, name, cases, then the tools' shares."""
        yield ("of", "", "cases", *(f"{tool} {part}" for tool in self.tools for part in PARTS))
        for (group, name), sums in sorted(self.groups.items(), key=lambda row: _order(row[0])):
            count = len(sums[self.tools[0]])
            shares = [_share(sums[tool], part) for tool in self.tools for part in PARTS]
            yield (group, name, str(count), *shares)

    def text(self) -> str:
        """Return the table in aligned columns."""
        rows = list(self.rows())
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(_aligned(row, widths) for row in rows)

    def markdown(self) -> str:
        """Return the table as Markdown."""
        head, *rows = self.rows()
        rule = ("---", "---", *("---:" for _ in head[2:]))
        return "".join(f"| {' | '.join(row)} |\n" for row in (head, rule, *rows))


def groups_of(case: Case) -> Iterator[tuple[str, str]]:
    """Yield the groups that a case counts in."""
    yield ("all", "")
    yield ("kind", case.kind)
    yield ("system", case.system)
    if case.decoy:
        yield ("decoys", "")


def _order(group: tuple[str, str]) -> tuple[int, str]:
    return (("kind", "system", "decoys", "all").index(group[0]), group[1])


def _share(scores: Sequence[Score], part: str) -> str:
    right = sum(getattr(score, part) for score in scores)
    return f"{100 * right / len(scores):.1f} %"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    words = (
        text.ljust(width) if column < 2 else text.rjust(width)
        for column, (text, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(words).rstrip()
