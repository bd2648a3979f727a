"""Has a copy of buildfix carry out an order on a target, on a fresh copy of it where possible."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buildfix.catalog import shipped_folder
from buildfix.core.errors import BuildfixError, MachineError
from buildfix.machines.address import machine_at
from buildfix.machines.chroot_copy import ChrootCopy
from buildfix.machines.interrupts import Interrupts
from buildfix.machines.remote import RemoteMachine
from buildfix.machines.remote_run import Streams, run_on
from buildfix.machines.this_machine import ThisMachine
from buildfix.wheelhouse.order import Order, Ship
from buildfix.wheelhouse.target import Target

LOCAL = "local"
_CHROOT = "chroot:"


@dataclass(frozen=True)
class Answer:
    """What an order gave."""

    code: int
    document: Any
    """The JSON document that was printed; None if there is none."""


def carry_out(
    machine: RemoteMachine,
    order: Order,
    ship: Ship,
    results: Path,
    interrupts: Interrupts | None = None,
) -> Answer:
    """Carry out an order; files come to `results`, with all messages in `messages.log`.

    Raises BuildfixError, as it was raised there.
    """
    log = results / "messages.log"
    with tempfile.TemporaryFile() as printed, log.open("ab") as messages:
        streams = Streams(stdout=printed, stderr=messages, interrupts=interrupts)
        code, _ = run_on(
            machine,
            lambda run: ship(order, machine, run, results),
            shipped_folder(),
            streams,
            lambda _: None,
        )
        printed.seek(0)
        text = printed.read().decode("utf-8", "replace")
    try:
        document = json.loads(text) if text.strip() else None
    except ValueError:
        document = None
    _raise_error(code, document, log)
    return Answer(code, document)


def _raise_error(code: int, document: Any, log: Path) -> None:
    if isinstance(document, dict) and "error" in document:
        error = document["error"]
        failed = BuildfixError(error["message"], do=error["hint"], unchanged="")
        failed.exit_code, failed.code = document["exit_code"], error["code"]
        raise failed
    if document is None:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        last = lines[-1] if lines else "it printed nothing"
        raise MachineError(f"buildfix ended there with exit code {code}: {last}", unchanged="")


@contextlib.contextmanager
def opened(
    target: Target,
    home: Path,
    layers: Sequence[Path] = (),
    *,
    copied: bool,
    shared: tuple[Path, str] | None = None,
) -> Iterator[tuple[RemoteMachine, Path | None]]:
    """Provide a target's machine, and with `copied` a throw-away copy and its folder of changes.

    A copy lies over `layers`, the uppermost first, and its files are put below `home`; a folder of
    this machine can be `shared` with it, by a name in its root. Raises BuildfixError.
    """
    machine: RemoteMachine
    changes: Path | None = None
    if copied:
        root = Path(target.machine.removeprefix(_CHROOT)).absolute()
        machine = ChrootCopy(target.machine, (*layers, root), home, shared)
        changes = machine.upper
    else:
        local = target.machine == LOCAL
        machine = ThisMachine() if local else machine_at(target.machine, asks=False)
    with contextlib.closing(machine):
        yield machine, changes


def can_be_copied(target: Target, home: Path) -> bool:
    """Return whether each order gets a copy of its own, so that the machine never changes.

    Raises MachineError if a chroot, which is never changed, cannot be copied.
    """
    if not target.machine.startswith(_CHROOT):
        return False
    with opened(target, home, copied=True):
        return True
