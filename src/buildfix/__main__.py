"""The program: `buildfix`, or `python -m buildfix`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with its code; the version costs no import."""
    if sys.argv[1:] == ["--version"]:
        from buildfix import __version__

        sys.stdout.write(f"buildfix {__version__}\n")
        return
    from buildfix.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
