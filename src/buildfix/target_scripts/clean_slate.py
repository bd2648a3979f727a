"""Hides buildfix from code of the target that is to run in this process."""

import sys


def clean_slate(*words: str) -> None:
    """Remove buildfix from `sys.modules`; `words` become the arguments of the process."""
    for name in [one for one in sys.modules if one.partition(".")[0] == "buildfix"]:
        del sys.modules[name]
    sys.dont_write_bytecode = bool(sys.flags.dont_write_bytecode)
    sys.argv[1:] = words
