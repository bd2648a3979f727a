"""What is ordered from a copy of buildfix on a target, and how it gets there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from buildfix.machines.remote import RemoteMachine
from buildfix.machines.remote_run import Job

OUT = "out"
"""The folder, in that of the run there, for what comes back."""
WHEELS, PINS, ORDER = "wheels", "pins.txt", "order.json"
"""Where the shipped wheels, the versions to keep to, and the order are there."""


@dataclass(frozen=True)
class Order:
    """One order; the files that belong to it are shipped with it."""

    do: Literal["resolve", "fetch", "build", "install"]
    requirements: tuple[str, ...] = ()
    python: str | None = None
    """The interpreter to build for; None: the machine's own."""
    jobs: int | None = None
    pins: tuple[str, ...] = ()
    """The versions of everything that is installed, as `name==version`."""
    wheels: tuple[Path, ...] = ()
    """Wheels of this machine to install from."""
    packages: tuple[str, ...] = ()
    """The system packages to install first."""
    cache: str | None = None
    """Where compiled objects are kept there, as in `Request.cache`."""
    portable: str = ""
    """The platform that a built wheel is made portable for; empty: it stays as it is."""

    def files(self) -> tuple[tuple[str, Path | bytes], ...]:
        """Return the files to ship."""
        said = {**asdict(self), "wheels": [path.name for path in self.wheels]}
        return (
            (ORDER, json.dumps(said).encode()),
            (PINS, "".join(f"{pin}\n" for pin in self.pins).encode()),
            *((f"{WHEELS}/{path.name}", path) for path in self.wheels),
        )


@dataclass(frozen=True)
class ReceivedOrder:
    """An order as it is read on the target."""

    do: str
    requirements: tuple[str, ...]
    python: str | None
    jobs: int | None
    wheels: tuple[str, ...]
    """The names of the shipped wheels."""
    packages: tuple[str, ...]
    cache: str | None = None
    portable: str = ""


def read_order(folder: Path) -> ReceivedOrder:
    """Return the order in the folder of a run."""
    said: Mapping[str, Any] = json.loads((folder / ORDER).read_text(encoding="utf-8"))
    return ReceivedOrder(
        said["do"],
        tuple(said["requirements"]),
        said["python"],
        said["jobs"],
        tuple(said["wheels"]),
        tuple(said["packages"]),
        said["cache"],
        said["portable"],
    )


Ship = Callable[[Order, RemoteMachine, str, Path], Job]
"""Returns the job for an order on a machine in the folder of a run; results come to the path."""
