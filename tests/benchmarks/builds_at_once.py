"""`python -m tests.benchmarks.builds_at_once [PAIRS] [--limit N] [--cold]`: 30 requirements.

On a bare trixie, in turn: the oracle (one line of apt with all that is needed, then pip once), uv
after the oracle's line, and buildfix, each in a fresh root. Then buildfix with a wheelhouse, and
again for a second environment, unless `--cold`. Seconds are printed as they come; at the end the
medians of the ratios to the oracle of the same round. `--limit` takes the first of each kind only.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.acceptance.report import parse
from tests.acceptance.runner import Ended, keep_attempts, new_logs, timed
from tests.bed import (
    BUILDFIX,
    TARGET_PYTHON,
    BareRoot,
    Stack,
    available,
    build_wheel,
    command_layer,
    end_on_term,
    with_buildfix,
)
from tests.bed.roots import TOOLCHAIN_PACKAGES

PAIRS = 1
LIMIT_SECONDS = 1800.0
KINDS = {
    "C": {
        "psutil": "psutil",
        "netifaces": "netifaces",
        "bsdiff4": "bsdiff4",
        "ephem": "ephem",
        "pycurl": "pycurl",
        "psycopg2": "psycopg2",
        "setproctitle": "setproctitle",
        "simplejson": "simplejson._speedups",
        "wrapt": "wrapt._wrappers",
        "markupsafe": "markupsafe._speedups",
        "multidict": "multidict._multidict",
    },
    "C++": {"greenlet": "greenlet", "ujson": "ujson", "kiwisolver": "kiwisolver"},
    "Cython": {"frozenlist": "frozenlist._frozenlist", "cymem": "cymem.cymem"},
    "CFFI": {"argon2-cffi-bindings": "_argon2_cffi_bindings", "xattr": "xattr"},
    "pure": {
        "docopt": "docopt",
        "pyperclip": "pyperclip",
        "tabulate": "tabulate",
        "termcolor": "termcolor",
    },
    "wheels": {
        "requests": "requests",
        "flask": "flask",
        "rich": "rich",
        "httpx": "httpx",
        "attrs": "attr",
        "click": "click",
        "networkx": "networkx",
        "idna": "idna",
    },
}
"""The projects of each kind, with a module that proves them; only `wheels` come as wheels."""
PACKAGES = (*TOOLCHAIN_PACKAGES, "libcurl4-openssl-dev", "libssl-dev", "libpq-dev", "libffi-dev")
"""What the oracle knows."""
FILE = "/requirements.txt"
OTHER_PYTHON = "/w/bin/python"
_LISTS = ("apt-get", "update")
_APT = ("apt-get", "install", "--no-install-recommends", "-y", *PACKAGES)
_UV = (
    ("python3", "-m", "venv", "/opt/uv"),
    ("/opt/uv/bin/pip", "install", "--no-cache-dir", "uv"),
)
_IMPORT = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]"


class Failed(Exception):
    """A way did not install everything."""


def main(argv: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", nargs="?", type=int, default=PAIRS)
    parser.add_argument("--limit", type=int, default=99, help="at most so many of each kind")
    parser.add_argument("--cold", action="store_true", help="without the wheelhouse")
    words = parser.parse_args(argv)
    end_on_term()
    if reason := available():
        print(reason)
        return 2
    chosen = {kind: dict(list(of.items())[: words.limit]) for kind, of in KINDS.items()}
    with tempfile.TemporaryDirectory() as folder:
        stack = command_layer("uv", with_buildfix("trixie", build_wheel(Path(folder))), _UV)
    logs = new_logs("builds-at-once")
    print(f"{sum(map(len, chosen.values()))} requirements; logs in {logs}", flush=True)
    ratios: dict[str, list[float]] = {}
    for number in range(words.pairs):
        for label, ratio in round_of(
            stack, chosen, logs / str(number + 1), number, words.cold
        ).items():
            ratios.setdefault(label, []).append(ratio)
    for label, found in ratios.items():
        print(f"{label:<24} {statistics.median(found):.2f} times the oracle's, median")
    return 0


def round_of(
    stack: Stack, chosen: dict[str, dict[str, str]], logs: Path, number: int, cold: bool
) -> dict[str, float]:
    """Measure each way once, the oracle last in every other round; return ratios to it."""
    ways: dict[str, Callable[[BareRoot, dict[str, dict[str, str]], Path], list[float]]] = {
        "oracle": by_oracle,
        "buildfix": by_buildfix,
        "uv after apt": by_uv,
    }
    order = list(ways) if number % 2 == 0 else list(reversed(ways))
    found: dict[str, float] = {}
    for label in order:
        found[label] = sum(measured(stack, chosen, logs / label.split()[0], ways[label]))
        print(f"{label:<24} {found[label]:7.1f} s", flush=True)
    if not cold:
        parts = measured(stack, chosen, logs / "wheelhouse", by_wheelhouse)
        for label, seconds in zip(
            ("with a wheelhouse", "a second environment"), parts, strict=True
        ):
            found[label] = seconds
            print(f"{label:<24} {seconds:7.1f} s", flush=True)
    return {label: found[label] / found["oracle"] for label in found if label != "oracle"}


def measured(
    stack: Stack,
    chosen: dict[str, dict[str, str]],
    logs: Path,
    way: Callable[[BareRoot, dict[str, dict[str, str]], Path], list[float]],
) -> list[float]:
    """Return the seconds of the parts of a way, in a fresh root; raises Failed."""
    with BareRoot(stack) as root:
        root.path(FILE).write_text("\n".join(lines_of(chosen)) + "\n", encoding="utf-8")
        return way(root, chosen, logs)


def lines_of(chosen: dict[str, dict[str, str]]) -> list[str]:
    """Return the requirements file: what is built may not come as a wheel."""
    built = [name for kind, of in chosen.items() if kind != "wheels" for name in of]
    return [*(f"--no-binary {name}" for name in built), *(n for of in chosen.values() for n in of)]


def by_oracle(root: BareRoot, chosen: dict[str, dict[str, str]], logs: Path) -> list[float]:
    """One line of apt, and pip once."""
    pip = (TARGET_PYTHON, "-m", "pip", "install", "--no-cache-dir", "-r", FILE)
    parts = [run(root, argv, logs, f"{n}") for n, argv in enumerate((_LISTS, _APT, pip))]
    prove(root, chosen, logs)
    return [one.seconds for one in parts]


def by_uv(root: BareRoot, chosen: dict[str, dict[str, str]], logs: Path) -> list[float]:
    """The same line of apt, and uv once."""
    uv = ("/opt/uv/bin/uv", "pip", "install", "--no-cache", "--python", TARGET_PYTHON, "-r", FILE)
    parts = [run(root, argv, logs, f"{n}") for n, argv in enumerate((_LISTS, _APT, uv))]
    prove(root, chosen, logs)
    return [one.seconds for one in parts]


def by_buildfix(root: BareRoot, chosen: dict[str, dict[str, str]], logs: Path) -> list[float]:
    """One command, with nothing but the file."""
    argv = (BUILDFIX, "fix", "--yes", "--json", "--python", TARGET_PYTHON, "-r", FILE)
    ended = run(root, argv, logs, "buildfix")
    prove(root, chosen, logs)
    return [ended.seconds]


def by_wheelhouse(root: BareRoot, chosen: dict[str, dict[str, str]], logs: Path) -> list[float]:
    """Twice the same with a wheelhouse, for two environments; what is built is named."""
    root.check(["python3", "-m", "venv", "/w"])
    built = [name for kind, of in chosen.items() if kind != "wheels" for name in of]
    found = []
    for number, python in enumerate((TARGET_PYTHON, OTHER_PYTHON)):
        head = (BUILDFIX, "fix", "--yes", "--json", "--from-source", "--wheelhouse", "/wheels")
        argv = (*head, "--python", python, *built)
        found.append(run(root, argv, logs, f"buildfix-{number}").seconds)
    prove(root, {kind: of for kind, of in chosen.items() if kind != "wheels"}, logs, OTHER_PYTHON)
    return found


def run(root: BareRoot, argv: Sequence[str], logs: Path, label: str) -> Ended:
    """Run a command; raises Failed where it fails."""
    ended = timed(root, argv, logs, label, LIMIT_SECONDS)
    if argv[0] == BUILDFIX:
        keep_attempts(root, parse(ended.stdout), logs)
    if ended.returncode:
        raise Failed(f"{' '.join(argv[:4])} ended with {ended.returncode}; see {logs}")
    return ended


def prove(
    root: BareRoot, chosen: dict[str, dict[str, str]], logs: Path, python: str = TARGET_PYTHON
) -> None:
    """Import a module of each project; raises Failed."""
    modules = [module for of in chosen.values() for module in of.values()]
    run(root, (python, "-I", "-c", _IMPORT, *modules), logs, "proof")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
