"""`pylock.toml` (PEP 751): written for each target, and read as what is to be built."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from buildfix.core.errors import UsageError
from buildfix.wheels.built import wheel_facts

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_HEAD = 'lock-version = "1.0"\ncreated-by = "buildfix"\n'


def lock_text(wheels: Iterable[tuple[str, str]], facts: Mapping[str, Any]) -> str:
    """Return the lock file of wheels, given by their path beside it and their SHA-256."""
    minor = ".".join(facts["python"]["version"].split(".")[:2])
    where = f"sys_platform == '{facts['system']}' and platform_machine == '{facts['arch']}'"
    lines = [
        _HEAD,
        f"environments = [{_text(where)}]\n",
        f"requires-python = {_text(f'=={minor}.*')}\n",
    ]
    return "".join((*lines, *map(_package, sorted(wheels))))


def locked_requirements(path: Path) -> str:
    """Return what a lock file pins as a requirements file; raises UsageError."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        return "".join(_requirements(document["packages"], path))
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = error.strerror if isinstance(error, OSError) else f"it is no lock file ({error})"
        raise UsageError(f"Cannot read {path}: {why}.", do="See PEP 751.") from error


def is_lock_file(path: str) -> bool:
    """Return whether a file's name is that of a lock file."""
    name = Path(path).name
    return name.startswith("pylock.") and name.endswith(".toml")


def _package(wheel: tuple[str, str]) -> str:
    path, sha256 = wheel
    facts = wheel_facts(path.rpartition("/")[2])
    name, version = (facts[0], str(facts[1])) if facts else ("", "")
    return (
        f"\n[[packages]]\nname = {_text(name)}\nversion = {_text(version)}\n"
        f"[[packages.wheels]]\npath = {_text(path)}\nhashes = {{ sha256 = {_text(sha256)} }}\n"
    )


def _text(text: str) -> str:
    return json.dumps(text)  # a basic string of TOML


def _requirements(packages: Iterable[Mapping[str, Any]], path: Path) -> Iterator[str]:
    for one in packages:
        if "version" not in one:
            raise UsageError(
                f"{path}: {one['name']} has no version: it does not come from an index.",
                do="Publish it to an index, and lock that.",
            )
        files = (*one.get("wheels", ()), *([one["sdist"]] if "sdist" in one else ()))
        hashes = "".join(f" --hash=sha256:{file['hashes']['sha256']}" for file in files)
        marker = f" ; {one['marker']}" if "marker" in one else ""
        yield f"{one['name']}=={one['version']}{marker}{hashes}\n"
