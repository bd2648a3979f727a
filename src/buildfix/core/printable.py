"""Makes text from others safe to print: on a terminal, in a file, in a script's comments.

Log lines, names of packages and files, an index's answers and error messages can contain control
sequences: they set a terminal's title, move the cursor, hide text, or disguise links.
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
    """Return a text without terminal control sequences; line ends and tabs stay.

    Whole escape sequences are removed; every other control character becomes a question mark, so
    that the rest of a broken or nested sequence is visible and harmless.
    """
    if text.isprintable():
        return text
    plain = _SEQUENCES.sub("", text.replace("\r\n", "\n"))
    return _CONTROLS.sub(_REPLACED, plain)
