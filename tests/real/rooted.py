"""A machine that is a throw-away root, for the product's own code to run on from outside."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping, Sequence

from buildfix.core.errors import CommandNotFound
from buildfix.machines.interrupts import Interrupts
from buildfix.machines.local import Completed, LocalMachine, Stream, Variables, Watch
from tests.bed import BareRoot
from tests.bed.bare import ENVIRONMENT


class RootedMachine:
    """A bare root as a `Machine`."""

    def __init__(self, root: BareRoot):
        self.root = root
        self.environ: Mapping[str, str] = ENVIRONMENT

    def run(self, argv: Sequence[str], env: Variables = (), stdin: str = "") -> Completed:
        if self.which(argv[0]) is None:
            raise CommandNotFound(f"The program {argv[0]} was not found.")
        done = self.root.run(argv, env=dict(env), stdin=stdin)
        return Completed(done.returncode, done.stdout, done.stderr)

    @contextlib.contextmanager
    def stream(
        self,
        argv: Sequence[str],
        env: Variables = (),
        *,
        own_session: bool = False,
        held: Interrupts | None = None,
        watch: Watch | None = None,
    ) -> Iterator[Stream]:
        chroot = ["chroot", str(self.root.path("/")), *argv]
        here = LocalMachine(ENVIRONMENT)
        with here.stream(chroot, env, own_session=own_session, held=held, watch=watch) as stream:
            yield stream

    def which(self, command: str) -> str | None:
        folders = ENVIRONMENT["PATH"].split(":")
        here = ":".join(str(self.root.path(folder)) for folder in folders)
        found = shutil.which(command, path=here)
        return found and found.removeprefix(str(self.root.path("/")).rstrip("/"))

    def commands(self) -> frozenset[str]:
        folders = (self.root.path(folder) for folder in ENVIRONMENT["PATH"].split(":"))
        return frozenset(
            entry.name for each in folders if each.is_dir() for entry in each.iterdir()
        )
