"""Start a copy of buildfix on another machine (`--on`), as its command line would be started here.

Run as `python3 -I -S .../launch.py RUN`. The words and variables stand in a file of the run's
folder, not in the argument vector, which other users can read.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
import threading
from pathlib import Path


def main(run: Path) -> None:
    """Run the job in the folder of a run."""
    file = run / "job.json"
    job = json.loads(file.read_text(encoding="utf-8"))
    file.unlink()  # it may hold credentials
    os.environ.update(job["variables"])
    os.environ.setdefault("HOME", str(Path.home()))  # chroot(8) sets none
    if job["inside"]:
        (run / "out").mkdir()
        os.chdir(run)
    elif Path.cwd() == Path("/"):
        os.chdir(os.environ["HOME"])
    if job["apart"]:
        document = os.open(run / "document", os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(document, 1)
    if job["signals"]:
        heed_signals()
    sys.argv = ["buildfix", *job["words"]]
    sys.path.insert(0, str(Path(__file__).parents[3]))
    runpy.run_module("buildfix", run_name="__main__", alter_sys=True)


def heed_signals() -> None:
    """Treat each byte of standard input as a signal, and its end as the end of the connection."""
    signals = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)

    def attend() -> None:
        number = b"-"
        while number:
            number = os.read(signals, 1)
            os.kill(os.getpid(), number[0] if number else signal.SIGHUP)

    threading.Thread(target=attend, daemon=True).start()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
