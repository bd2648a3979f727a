"""Projects drawn at random from public lists, and what a dry run says of each.

The lists are data for tests only, and lie beside the checkout (`../shared/benchmarks`), or in the
folder that `BUILDFIX_BENCHMARK_LISTS` names. A list is shuffled once by a seed; a draw is a part of
it, so a later draw has no project of an earlier one.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from buildfix.machines.scripts import fetched_by
from buildfix.target_scripts.hosts import unreachable

LISTS = Path(
    os.environ.get("BUILDFIX_BENCHMARK_LISTS")
    or Path(__file__).resolve().parents[3] / "shared" / "benchmarks"
)
_DOWNLOADS = re.compile(r"^\S+ downloads .* from (\S+(?:, \S+)*) while building\.$")
"""What a plan says of a build that surely fetches, and has no package in place of that."""
SYSTEM = "debian:13"
SECONDS = 300


@dataclass(frozen=True)
class Planned:
    """What a dry run from source said of one project."""

    name: str
    code: int
    plan: dict[str, Any]
    """Empty if the run ended with an error."""
    words: str
    """What was printed for people."""

    @property
    def needs(self) -> tuple[tuple[str, str], ...]:
        """Return kind and subject of what the project's own build needs."""
        return tuple(
            (need["kind"], need["subject"])
            for build in self.plan.get("builds", ())
            if build["name"] == self.name
            for need in build["needs"]
        )

    @property
    def fetched_from(self) -> frozenset[str]:
        """Return the hosts that a run asks before it installs anything."""
        found = {urlsplit(fetched_by(tuple(one["argv"] or ()))).hostname for one in self._steps}
        for note in self.plan.get("notes", ()):
            if match := _DOWNLOADS.search(note):
                found.update(match[1].split(", "))
        return frozenset(filter(None, found))

    @property
    def _steps(self) -> list[dict[str, Any]]:
        return [one for one in self.plan.get("steps", ()) if "argv" in one]

    @property
    def unreachable(self) -> str:
        """Return the first of these hosts that cannot be reached from here; empty if all can."""
        silent = unreachable((host, 443) for host in sorted(self.fetched_from))
        return next((host for host, _ in silent), "")


def arguments(description: str, words: Sequence[str], *, count: int) -> argparse.Namespace:
    """Parse the options that all draws have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seed", type=int, default=20261130)
    parser.add_argument("--start", type=int, default=0, help="first project of the shuffled list")
    parser.add_argument("--count", type=int, default=count)
    parser.add_argument("names", nargs="*", help="these projects instead of a draw")
    return parser.parse_args(words)


def drawn(names: Iterable[str], options: argparse.Namespace) -> list[str]:
    """Return the projects of a draw, or those that are named."""
    if options.names:
        return list(options.names)
    shuffled = sorted(names)
    random.Random(options.seed).shuffle(shuffled)
    return shuffled[options.start : options.start + options.count]


def dry_run(name: str, *more: str) -> Planned:
    """Return what `buildfix -n --from-source --json` plans for a project on a bare Debian 13."""
    argv = [sys.executable, "-m", "buildfix", "-n", "--from-source", "--json"]
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [*argv, "--os", SYSTEM, *more, name],
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
                cwd=folder,
            )
        except subprocess.TimeoutExpired:
            return Planned(name, 124, {}, f"no plan after {SECONDS} s")
    try:
        document = json.loads(done.stdout)
    except ValueError:
        document = {}
    error = document.get("error", {})
    words = " ".join(filter(None, (error.get("message"), error.get("hint")))) or done.stderr
    return Planned(name, done.returncode, document if "steps" in document else {}, words)
