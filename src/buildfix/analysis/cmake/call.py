"""One command of a CMake project as it is followed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from buildfix.analysis import symbolic_values

if TYPE_CHECKING:
    from buildfix.analysis.cmake.evaluator import Interpreter  # noqa: F401  # named below


@dataclass(frozen=True)
class Call(symbolic_values.Call["Interpreter"]):
    """A command: `args` are its arguments as they are written, None where one is unknown."""

    words: list[str] = field(default_factory=list)
    """Its arguments, lists split, without what is unknown."""

    def after(self, keyword: str) -> list[str]:
        """Return the words that follow a keyword, nothing where it is not there."""
        return self.words[self.words.index(keyword) + 1 :] if keyword in self.words else []

    def set(self, name: str, value: str | None) -> None:
        """Set a variable, to None where its value is unknown."""
        self.machine.variables[name] = value

    @property
    def required(self) -> bool:
        """Whether what is looked for must be found."""
        return "REQUIRED" in self.words[1:]

    def look_for(self, kind: str, subject: str, version: str | None = None) -> bool:
        """Say whether the imagined machine has something, demanded where it is required."""
        return self.machine.look_for(self.probe(kind, subject, version), required=self.required)


def split_list(text: str | None) -> list[str]:
    """Return the items of a list that are not empty."""
    return [part for part in (text or "").split(";") if part]
