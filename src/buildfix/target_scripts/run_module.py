"""Runs a module like `python -m`, but without the current folder on `sys.path`."""

import runpy

from buildfix.target_scripts.clean_slate import clean_slate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List


def main(words: "List[str]") -> None:
    """Run the module named by the first word; the other words are its arguments."""
    clean_slate(*words[1:])
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)
