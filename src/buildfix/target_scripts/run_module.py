"""Runs a module as `python -m` does, but never with the current folder on `sys.path`."""

import runpy

from buildfix.target_scripts.clean_slate import clean_slate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List


def main(words: "List[str]") -> None:
    """Run the module that is named first with the other words as its arguments."""
    clean_slate(*words[1:])
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)
