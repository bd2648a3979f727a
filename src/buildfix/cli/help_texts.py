"""What help pages show below the options."""

from __future__ import annotations


def examples(*lines: str, after: str = "") -> str:
    """Return command lines as the epilog of a help page, with a paragraph `after` them."""
    title = "Example:" if len(lines) == 1 else "Examples:"
    shown = "\n".join((title, *(f"$ {line}" for line in lines)))
    text = "\n\n".join(filter(None, (shown, after)))
    return text.replace("[", "\\[")  # rich's markup
