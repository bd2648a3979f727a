"""What installed distributions contain, and which of their modules can be imported."""

from __future__ import annotations

import json
import os

from buildfix.target_scripts import imports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildfix.target_scripts.answers import (
        DistributionFacts,
        DistributionsQuestion,
        ImportedDistribution,
    )


def answer(question: DistributionsQuestion) -> dict[str, ImportedDistribution]:
    """Return the facts of those that are installed, by the name or URL that was asked for."""
    found: dict[str, ImportedDistribution] = {}
    for want, facts in facts_of(question["asked"]).items():
        chosen = question["modules"].get(facts["name"])
        modules = usual(facts, question["most"]) if chosen is None else chosen
        found[want] = {**facts, "imports": imports.answer(modules)}
    return found


def usual(facts: DistributionFacts, most: int) -> list[str]:
    """Return the modules to import: so many compiled ones first, then so many packages."""
    return [*facts["compiled"][:most], *facts["packages"][:most]]


def facts_of(asked: list[str]) -> dict[str, DistributionFacts]:
    """Return the facts; a fork looks for them, which keeps this process empty for the imports."""
    if not imports.FORKS:
        return look(asked)
    code, output = imports.in_fork(lambda: tell(asked))
    if code:
        os.write(2, output)
        os._exit(1)
    found: dict[str, DistributionFacts] = json.loads(output.splitlines()[-1])
    return found


def look(asked: list[str]) -> dict[str, DistributionFacts]:
    """Return the facts, with all imports that it takes."""
    from buildfix.target_scripts import distributions

    return distributions.answer(asked)


def tell(asked: list[str]) -> None:
    """Print the facts in a line of their own: what was written to stderr stands before it."""
    print("\n" + json.dumps(look(asked)))
