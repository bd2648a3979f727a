"""What a person is shown of a cause: the lines around it, and a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from buildfix.catalog import Knowledge
from buildfix.catalog.grammars import Meaning
from buildfix.catalog.schema import CausePattern
from buildfix.core import Cause
from buildfix.core.light_dataclass import dataclass
from buildfix.diagnosis.demangle import demangled
from buildfix.diagnosis.logs.margins import LONGEST, clean, without_escapes, without_stamps
from buildfix.diagnosis.logs.tolerance import search

_AROUND = 4
_MESSAGE = re.compile(
    r"(?:[\d)] ?: (?:[^:\uff1a]{1,40}[:\uff1a] ?)?|^(?:Fatal )?Error: )(?P<message>.+)"
)
"""What follows the place and the label of an error, in any language."""
_OPTION = re.compile(r" \[(?:-W[\w=+-]+|-f[\w-]+)\]$")


@dataclass(frozen=True)
class Surroundings:
    """A line and those around it as they stand in the log, for one that may come to be shown."""

    first: int
    """The number of the first of them."""
    lines: Sequence[str]
    at: int = 0
    """The index of the line itself."""

    def out_of_margin(self) -> tuple[tuple[int, str], ...]:
        """Return each line, out of the margin of the one that they surround, with its number.

        So a caret stays under what it points to; a line with another margin loses its own.
        """
        raw = [without_stamps(without_escapes(line)).rstrip() for line in self.lines]
        own = raw[self.at]
        margin = own[: own.find(clean(own))] if "\r" not in own else ""
        return tuple(
            (number, _without(margin, line)) for number, line in enumerate(raw, start=self.first)
        )


def _without(margin: str, line: str) -> str:
    """Return a line without a margin; one that does not have it without its own."""
    rest = line[len(margin) :]
    is_plain = line.startswith(margin) and len(line) <= LONGEST and "\r" not in line
    return rest if is_plain and rest.lstrip(" |").startswith(clean(line)) else clean(line)


def surroundings(lines: Sequence[str], index: int, offset: int) -> Surroundings:
    """Return the lines around one; those longer than any message are not kept whole."""
    start = max(index - _AROUND, 0)
    kept = lines[start : index + _AROUND + 1]
    if max(map(len, kept), default=0) > LONGEST:
        kept = [clean(without_escapes(line)) for line in kept]
    return Surroundings(offset + start, kept, index - start)


def sentence(recipe: CausePattern | Meaning, cause: Cause, knowledge: Knowledge) -> str:
    """Return the sentence of a cause; what turned out to be a compiler's is said of it."""
    return _of_compiler(recipe, cause, knowledge) or _as_recipe_says(recipe, cause)


def _of_compiler(recipe: CausePattern | Meaning, cause: Cause, knowledge: Knowledge) -> str:
    """Return what a cause says of a compiler, if it names a program or a part of one."""
    compiler = knowledge.capability(cause.kind, cause.subject)
    if compiler is None or not (compiler.named or "").startswith("compiler-missing:"):
        return ""
    if isinstance(recipe, Meaning) or recipe.kind == "compiler-missing":
        return ""
    match = search(recipe.pattern, cause.text)
    named = match.groupdict() if match else {}
    title = compiler.title.removeprefix("a ")
    if named.get("tool"):
        return f"No {title} found ({named['tool']})."
    lacks = named.get("header") or named.get("library")
    return f"The {title} is missing, or incomplete: {lacks} is part of it." if lacks else ""


def _as_recipe_says(recipe: CausePattern | Meaning, cause: Cause) -> str:
    subject = "a file" if cause.subject == "-" else cause.subject
    known = {"subject": subject, "message": _message(cause.text)}
    said = recipe.says.format(**known, name=demangled(cause.subject))
    return f"{said[:1].upper()}{said[1:]}" if cause.subject == "-" else said


def _message(line: str) -> str:
    """Return what a compiler says in a line, as a sentence."""
    match = _MESSAGE.search(line)
    text = _OPTION.sub("", match["message"] if match else line).rstrip(".")
    return f"{text}."
