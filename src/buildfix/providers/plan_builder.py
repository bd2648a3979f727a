"""What a plan will consist of, collected need by need."""

from __future__ import annotations

from dataclasses import field, replace

from buildfix.core import Need, Step
from buildfix.core.light_dataclass import dataclass

Reasons = dict[str, list[Need]]
"""Names, in the order in which they came up, each with the needs that it meets."""


@dataclass
class PlanBuilder:
    """What has been collected so far."""

    packages: dict[str, Reasons] = field(default_factory=dict)
    """By package manager."""
    suites: dict[str, Reasons] = field(default_factory=dict)
    """Packages that come from another suite of the archive, by that suite."""
    places: Reasons = field(default_factory=dict)
    """Package managers that install where builds do not look unless they are told."""
    repositories: Reasons = field(default_factory=dict)
    kegs: Reasons = field(default_factory=dict)
    setups: Reasons = field(default_factory=dict)
    pypi: Reasons = field(default_factory=dict)
    pypi_bins: list[str] = field(default_factory=list)
    modules: Reasons = field(default_factory=dict)
    """Distributions with modules that builds import and do not declare."""
    steps: list[Step] = field(default_factory=list)
    unmet: list[tuple[Need, str]] = field(default_factory=list)
    deferred: list[Need] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def want(self, manager: str, package: str, need: Need) -> None:
        """Put a package in, once, with one more need that it meets."""
        add(self.packages.setdefault(manager, {}), package, need)

    def take(self, step: Step) -> None:
        """Put a step in, once, with all the needs that it meets."""
        for place, there in enumerate(self.steps):
            if replace(there, because=()) == replace(step, because=()):
                because = dict.fromkeys((*there.because, *step.because))
                self.steps[place] = replace(there, because=tuple(because))
                return
        self.steps.append(step)


def add(reasons: Reasons, name: str, need: Need) -> None:
    """Put a name in, once, with one more need that it meets."""
    reasons.setdefault(name, []).append(need)


def all_needs(*reasons: Reasons) -> tuple[Need, ...]:
    """Return the needs that these names meet, each once."""
    return tuple(dict.fromkeys(need for one in reasons for needs in one.values() for need in needs))
