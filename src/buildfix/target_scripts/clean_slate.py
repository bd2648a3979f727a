"""Before code of the target's is run in this process, all of buildfix goes out of its sight."""

import sys


def clean_slate(*words: str) -> None:
    """Leave nothing of buildfix in the process but what runs; `words` become its arguments."""
    for name in [one for one in sys.modules if one.partition(".")[0] == "buildfix"]:
        del sys.modules[name]
    sys.dont_write_bytecode = bool(sys.flags.dont_write_bytecode)
    sys.argv[1:] = words
