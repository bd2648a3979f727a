"""The program: `buildfix`, or `python -m buildfix`.

What it imports before `main` is built into every Python or loaded already, because the current
folder may still be on `sys.path`.
"""

import gc
import os
import sys

_INTERRUPTED = 130
_COLLECTED_EVERY = 100_000
"""New objects between two garbage collections; by default a start has dozens that free nothing."""


def _leave_current_folder() -> None:
    """Remove the current folder from `sys.path`, where `-m` and PYTHONPATH put it.

    A `json.py` in it would be imported in place of Python's own. buildfix itself may lie there.
    """
    own = os.path.realpath(os.path.join(os.path.dirname(__file__), os.pardir))  # noqa: PTH118, PTH120
    try:
        here = os.path.realpath(os.curdir)
    except OSError:  # the folder is gone; what looks for modules there fails oddly
        sys.path[:] = [entry for entry in sys.path if os.path.isabs(entry)]  # noqa: PTH117
        return
    if here != own:
        sys.path[:] = [entry for entry in sys.path if os.path.realpath(entry) != here]


def main() -> None:
    """Run the command line and exit with its code; the version costs no import."""
    _leave_current_folder()
    os.environ["BUILDFIX_RUNNING"] = "1"  # see cli/shim.py
    gc.set_threshold(_COLLECTED_EVERY)
    from buildfix.machines.streams import Streams

    streams = Streams()
    if sys.argv[1:] in (["--version"], ["-V"]):
        from buildfix import __version__

        sys.stdout.write(f"buildfix {__version__}\n")
        sys.exit(streams.ended(0))
    streams.show_status(sys.argv[1:])
    try:
        from buildfix.cli import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before the command itself, which handles it, began
        sys.stderr.write("buildfix: Stopped by Ctrl-C.\n")
        code = _INTERRUPTED
    sys.exit(streams.ended(code))


if __name__ == "__main__":
    main()
