"""Shows the commands by which a run looks at this machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from buildfix.machines.local import Completed, LocalMachine, Variables


class ShownMachine(LocalMachine):
    """This machine, with everything that only looks at it shown before it is run."""

    def __init__(self, show: Callable[[Sequence[str]], None]):
        """Pass each argument vector to `show`."""
        super().__init__()
        self._show = show

    def run(self, argv: Sequence[str], env: Variables = (), stdin: str = "") -> Completed:
        """Run to the end and return what it printed; raises CommandNotFound."""
        self._show(argv)
        return super().run(argv, env, stdin)
