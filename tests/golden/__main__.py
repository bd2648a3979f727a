"""`python -m tests.golden`: write the golden files anew."""

from __future__ import annotations

from buildfix.catalog import Knowledge
from tests.golden.plans import FOLDER, file_of, golden, load


def main() -> None:
    """Write a file for every release, and remove those that no one asks for any more."""
    table, knowledge = load(), Knowledge()
    texts = {file_of(*one): golden(*one, table.families, knowledge) for one in table.stock}
    FOLDER.mkdir(exist_ok=True)
    for left in set(FOLDER.glob("*.json")) - set(texts):
        left.unlink()
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
