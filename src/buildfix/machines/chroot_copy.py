"""A throw-away copy of a root: an overlay in a mount namespace, which ends with this process.

A holder (`overlay_holder.py`) mounts it, and ends when this process closes its standard input, by
intention or because it was killed. With it end all processes in the copy, and all mounts: nothing
of them is ever visible outside of that namespace.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from buildfix.core.errors import CommandNotFound, MachineError
from buildfix.machines.chroot import Chroot
from buildfix.machines.local import start_process

_HOLDER = Path(__file__).parent / "overlay_holder.py"
_OWN_SPACE = ("--mount", "--pid", "--fork", "--kill-child", "--propagation", "private")
_SEPARATORS = frozenset(",:\\")
"""Characters that separate the options of an overlay mount."""


class ChrootCopy(Chroot):
    """A copy of a root, to change at will."""

    def __init__(
        self, title: str, lower: Sequence[Path], home: Path, shared: tuple[Path, str] | None = None
    ):
        """Put an overlay over `lower`, the uppermost first, with all changes below `home`.

        A folder that is `shared` is also in the root of the copy, by that name, and its changes
        stay. Raises MachineError if this machine cannot do that.
        """
        super().__init__(title, lower[-1])
        self.upper = home / "upper"
        """What was changed; another copy may lie over it once this one is closed."""
        point, work = home / "root", home / "work"
        for folder in (self.upper, point, work):
            folder.mkdir()
        self.upper.chmod(0o755)  # it is the folder / of the copy
        paths = (*map(str, lower), str(self.upper), str(work))
        if _SEPARATORS & set("".join(paths)):
            raise MachineError(f"Cannot copy {title}: its path contains a comma or a colon.")
        self._root = str(point)
        words = (":".join(map(str, lower)), *paths[-2:], self._root)
        self._holder = _started((*words, *map(str, shared or ())))
        own = f"/proc/{self._holder.pid}/ns"
        spaces = (f"--mount={own}/mnt", f"--pid={own}/pid_for_children")
        self._prefix = ("nsenter", *spaces, "--")

    def close(self) -> None:
        """End everything that runs in the copy, and unmount it; its files stay."""
        if self._holder.stdin:
            self._holder.stdin.close()
        self._holder.wait()


def _started(words: Sequence[str]) -> subprocess.Popen[bytes]:
    """Return the holder once the copy is mounted; raises MachineError."""
    call = ["unshare", *_OWN_SPACE, "--", sys.executable, "-I", "-S", str(_HOLDER), *words]
    ends = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    try:
        holder = start_process(call, os.environ, (), start_new_session=True, **ends)
    except CommandNotFound as error:
        raise MachineError(f"Cannot copy the root: {error.happened}") from error
    said = holder.stdout.readline() if holder.stdout else b""
    if said.strip() != b"ready":
        if holder.stdin:
            holder.stdin.close()
        holder.wait()
        reason = said.decode("utf-8", "replace").strip() or "it ended at once"
        raise MachineError(f"Cannot copy the root: {reason}.")
    return holder
