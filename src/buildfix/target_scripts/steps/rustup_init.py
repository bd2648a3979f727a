"""Runs rustup-init, and removes what it left behind if it fails.

It installs rustup itself before it fetches a toolchain. Ends with one line that says why.

    rustup_init.py RUSTUP_INIT [ARG...]
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence


def homes() -> list[str]:
    """Return the folders of Cargo and rustup (rustup book, "Environment variables")."""
    named = (("CARGO_HOME", "~/.cargo"), ("RUSTUP_HOME", "~/.rustup"))
    return [os.path.expanduser(os.environ.get(name) or default) for name, default in named]


def entries(home: str) -> set[str]:
    """Return what is in a home and one level below."""
    found = set()
    for folder in (home, os.path.join(home, "bin"), os.path.join(home, "toolchains")):
        if os.path.isdir(folder):
            found.add(folder)
            found.update(os.path.join(folder, name) for name in os.listdir(folder))
    return found


def take_back(before: Mapping[str, set[str]]) -> None:
    """Remove what is there and was not before."""
    for home, known in before.items():
        for path in sorted(entries(home) - known):
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path, ignore_errors=True)
            elif os.path.lexists(path):
                os.unlink(path)


def run(argv: Sequence[str]) -> tuple[int, str]:
    """Run to the end, passing on what is printed; return the exit code and the last error."""
    error = ""
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        for line in process.stdout or ():
            text = line.decode("utf-8", "replace").rstrip()
            print(text, flush=True)
            if text.startswith("error"):
                error = text
    return process.returncode, error


def main() -> None:
    """Run it to its end, or take it back."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    before = {home: entries(home) for home in homes()}
    code, error = 1, "interrupted"
    try:
        code, error = run(sys.argv[1:])
    except OSError as problem:
        error = str(problem)
    except KeyboardInterrupt:
        pass
    if code:
        take_back(before)
        sys.exit("rustup-init failed, nothing was changed: " + (error or f"exit code {code}"))


if __name__ == "__main__":
    main()
