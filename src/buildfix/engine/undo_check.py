"""Whether what other runs installed still works after `undo`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from buildfix.catalog import Knowledge
from buildfix.core.errors import BuildfixError
from buildfix.engine.past_runs import PastRun
from buildfix.engine.undo_target import target_path
from buildfix.engine.verify import verify
from buildfix.machines.local import Machine
from buildfix.platforms.interpreter import describe

Installs = Mapping[str, Collection[str]]
"""What runs installed and verified, by the path of the interpreter."""


def installs_of(runs: Iterable[PastRun], gone: Collection[tuple[str, str]]) -> Installs:
    """Return what runs installed, without the pairs of a path and a name that are `gone`."""
    found: dict[str, set[str]] = {}
    for run in runs:
        path = target_path(run)
        if path and Path(path).exists():
            names = {proof.distribution for proof in run.state.verified.proofs}
            found.setdefault(path, set()).update(name for name in names if (path, name) not in gone)
    return {path: sorted(names) for path, names in found.items() if names}


def failing(installs: Installs, machine: Machine, knowledge: Knowledge) -> frozenset[str]:
    """Return the installed distributions that cannot be imported."""
    found: set[str] = set()
    for path, names in installs.items():
        try:
            verdict = verify(machine, describe(machine, path), names, knowledge)
        except BuildfixError:  # it does not answer, before or after
            continue
        found.update(one.distribution for one in verdict.failures)
    return frozenset(found)
