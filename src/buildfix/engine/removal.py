"""What of the packages that runs installed can be removed again, and the steps for that.

`--clean` and `undo` use it. Nothing that was there before goes, nor what is in use.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from packaging.utils import canonicalize_name

from buildfix.core import Need, RemovePackages, RunCommand
from buildfix.core.errors import CommandNotFound, TargetError
from buildfix.engine.state import RunState
from buildfix.machines.local import Machine
from buildfix.package_managers import Remover
from buildfix.package_managers.file_queries import owning
from buildfix.package_managers.steps import managed
from buildfix.platforms.elf import linked_libraries
from buildfix.platforms.interpreter import ask_interpreter
from buildfix.target_scripts.answers import BinaryFiles

_TRIALS = 20


@dataclass(frozen=True)
class Facts:
    """What a target says about its contents."""

    linked: frozenset[str]
    """Names of the libraries that its compiled files are linked with."""
    required: frozenset[str]
    """Distributions that other distributions require."""
    program: str
    """The path of the interpreter."""


def facts_of(machine: Machine, python: str, without: Collection[str] = ()) -> Facts | None:
    """Return the facts about a target, as if it was `without` these distributions.

    None if its interpreter does not answer.
    """
    found: BinaryFiles
    try:
        found = ask_interpreter(machine, python, "binary-files", sorted(without))
    except (CommandNotFound, OSError, TargetError):
        return None
    linked = frozenset(name for path in found["files"] for name in linked_libraries(Path(path)))
    return Facts(linked, frozenset(map(canonicalize_name, found["required"])), found["program"])


def packages_installed(state: RunState) -> dict[str, frozenset[str]]:
    """Return what a run, or a killed one before it, installed for builds, by package manager."""
    found: dict[str, frozenset[str]] = {}
    by_this_run = (
        (one.step.manager or "", one.packages) for one in state.step_effects if one.packages
    )
    by_others = ((one.manager, one.packages) for one in state.inherited)
    for name, packages in (*by_others, *by_this_run):
        found[name] = found.get(name, frozenset()).union(packages)
    return found


def packages_in_use(
    machine: Machine, remover: Remover, packages: Iterable[str], targets: Iterable[Facts]
) -> frozenset[str]:
    """Return the packages with libraries that the targets are linked with, or their Python."""
    files = remover.files(machine, sorted(packages))
    used = (owning(files, facts.linked, facts.program) for facts in targets)
    return frozenset(chain.from_iterable(used))


def removable(
    machine: Machine, remover: Remover, new: frozenset[str], wanted: frozenset[str]
) -> frozenset[str]:
    """Return what of the `new` packages can go so that nothing else goes, by trying it out."""
    keep = wanted
    for _ in range(_TRIALS):
        candidates = new - remover.needed_by(machine, sorted(keep))
        gone = remover.would_go(machine, sorted(candidates)) if candidates else None
        if gone is None:
            return frozenset()
        if gone <= candidates:
            return gone
        keep |= gone - candidates
    return frozenset()


@dataclass(frozen=True)
class RemovalWords:
    """What the packages are called in the summaries of the steps."""

    going: str
    kept: str


def removal_steps(
    machine: Machine,
    remover: Remover,
    going: frozenset[str],
    kept: frozenset[str],
    words: RemovalWords,
    because: tuple[Need, ...] = (),
    *,
    afterwards: bool = False,
) -> Iterator[RunCommand]:
    """Yield the step that removes packages, after one that marks what is `kept` if necessary."""
    names, stays = tuple(sorted(going)), sorted(kept)
    if stays and (hold := remover.hold(machine, stays)):
        summary = f"Keep {words.kept}: {', '.join(stays)}"
        yield managed(RunCommand, remover, hold, summary, because, afterwards=afterwards)
    yield managed(
        RemovePackages,
        remover,
        remover.remove(names),
        f"Remove {words.going}: {', '.join(names)}",
        because,
        removes=names,
        afterwards=afterwards,
    )
