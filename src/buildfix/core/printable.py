"""What strangers wrote, as it may be printed: on a terminal, in a file, in a script's comments.

Log lines, names of packages and files, answers of an index and error messages can hold what a
terminal obeys: it sets titles, moves the cursor, hides text, or shows one link and opens another.
"""

from __future__ import annotations

import re

_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI of ECMA-48: colors, the cursor
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)"  # OSC, DCS …
    r"|\x1b[ -/]*[0-~]"
)
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tabs and line ends, DEL, C1
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # directions, and what is not seen
    "\ud800-\udfff\ufff9-\ufffb]"  # halves of characters, annotations
)
_REPLACED = "?"
"""It exists in every encoding of a terminal."""


def printable(text: str) -> str:
    """Return a text without anything that a terminal obeys; its lines and tabs stay.

    Whole escape sequences disappear; every other control character becomes a question mark, so
    that what is left of a broken or nested sequence shows and does nothing.
    """
    if text.isprintable():
        return text
    plain = _SEQUENCES.sub("", text.replace("\r\n", "\n"))
    return _CONTROLS.sub(_REPLACED, plain)
