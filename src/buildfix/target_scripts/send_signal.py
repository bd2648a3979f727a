"""Sends a signal to processes; those that have ended are passed over."""

import os
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List


def main(words: "List[str]") -> None:
    """Send the signal that is named first, by its number, to the processes that are named then."""
    for process in words[1:]:
        with suppress(ProcessLookupError):
            os.kill(int(process), int(words[0]))
