"""What `recipes/wheels.toml` says, typed: from which pip on wheels of a kind are taken."""

from __future__ import annotations

import re
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from buildfix.catalog.table import Table, compile_pattern


@dataclass(frozen=True)
class WheelKind:
    """A kind of wheel that pips before a certain one do not know."""

    name: str
    pattern: re.Pattern[str]
    """What a platform tag or an ABI tag of such wheels matches as a whole."""
    pip: Version
    """The first pip that takes them."""
    source: str

    @classmethod
    def read(cls, table: Table) -> WheelKind:
        """Take a kind from its table; raises RecipeError."""
        text = table.text("pip")
        try:
            pip = Version(text)
        except InvalidVersion:
            raise table.error("pip", "must be a version") from None
        pattern = compile_pattern(table, "pattern", table.text("pattern"))
        kind = cls(table.text("name"), pattern, pip, table.text("source"))
        table.done()
        return kind
