"""Sends a signal to processes; those that have ended are skipped."""

import os
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List


def main(words: "List[str]") -> None:
    """Send the signal with the first number to the processes with the other numbers."""
    for process in words[1:]:
        with suppress(ProcessLookupError):
            os.kill(int(process), int(words[0]))
