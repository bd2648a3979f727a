"""Mount an overlay of a root, with its /proc, /dev and /sys, and wait for the end of stdin.

Run in its own mount and process namespaces (unshare(1)) as `overlay_holder.py LOWER UPPER WORK
POINT [FOLDER NAME]`; the folder is then also in the root, by that name. It prints `ready`, or what
went wrong.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

_RESOLVER = Path("/etc/resolv.conf")


def main(lower: str, upper: str, work: str, point: str, *shared: str) -> None:
    """Mount everything, and hold it until stdin ends."""
    root = Path(point)
    options = f"lowerdir={lower},upperdir={upper},workdir={work}"
    mounts = [
        ["-t", "overlay", "-o", options, "buildfix", point],
        ["-t", "proc", "proc", str(root / "proc")],
        ["--rbind", "/dev", str(root / "dev")],
        ["-t", "sysfs", "-o", "ro", "sysfs", str(root / "sys")],
    ]
    if shared:
        folder, place = shared
        mounts.append(["--bind", folder, str(root / place)])
    for words in mounts:
        if words[0] == "--bind":
            Path(words[-1]).mkdir(exist_ok=True)
        done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)  # noqa: S607
        if done.returncode:
            sys.stdout.write(" ".join(done.stderr.split()) + "\n")
            return
    resolver = root / "etc" / "resolv.conf"
    if not resolver.exists() and _RESOLVER.is_file():
        resolver.unlink(missing_ok=True)  # a link to what only a running system has
        shutil.copyfile(_RESOLVER, resolver)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
