"""Start buildfix from `buildfix.pyz`: the `__main__.py` of that archive (`src/build_pyz.py`).

The files are unpacked once, into the folder that keeps copies for `--on`: other Pythons run some of
them, and compiled modules can be kept beside them.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import runpy
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

OLDEST = (3, 10)


def main() -> None:
    """Unpack what is not unpacked yet, and run buildfix from there."""
    if sys.version_info < OLDEST:
        version = ".".join(map(str, sys.version_info[:2]))
        sys.exit(f"buildfix: Python 3.10 or later is needed; {sys.executable} is {version}.")
    folder = unpacked(Path(sys.path[0]))
    for name in [name for name in sys.modules if name.partition(".")[0] == "buildfix"]:
        del sys.modules[name]  # those were imported from the archive
    sys.path[0] = str(folder)
    runpy.run_module("buildfix", run_name="__main__", alter_sys=True)


def unpacked(archive: Path) -> Path:
    """Return the folder with the files of the archive, which is named by its digest."""
    copies = _copies()
    copy = copies / hashlib.sha256(archive.read_bytes()).hexdigest()
    if copy.is_dir():
        os.utime(copy)  # it is in use
        return copy
    fresh = Path(tempfile.mkdtemp(dir=copies))
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(fresh)
    try:
        fresh.rename(copy)
    except OSError:  # another run has unpacked the same meanwhile
        shutil.rmtree(fresh)
    return copy


def _copies() -> Path:
    """Return the folder of copies in the user's cache, or else one for this run."""
    from buildfix.machines.there.receive import Refused, folder_of

    try:
        return folder_of("copies")
    except (OSError, RuntimeError, Refused):
        folder = tempfile.mkdtemp(prefix="buildfix-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:  # while it was unpacked; afterwards buildfix handles it
        sys.stderr.write("buildfix: Stopped by Ctrl-C.\n")
        sys.exit(130)
