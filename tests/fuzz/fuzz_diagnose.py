"""Coverage-guided fuzzing of the diagnosis, run by hand.

    pip install atheris          # has wheels for CPython 3.11 to 3.13 on Linux
    python -m tests.fuzz.fuzz_diagnose --seeds FOLDER        # writes the corpus' logs there
    python -m tests.fuzz.fuzz_diagnose FOLDER -max_total_time=180 -timeout=10 -max_len=16384

The options after the folder are libFuzzer's; an input that breaks something is left as
`crash-…` or `timeout-…` in the current folder, and passing that file alone repeats it.
What must hold is said in `check`.
"""

from __future__ import annotations

import hashlib
import sys
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

HOW_TO_GET = "atheris is not installed here: pip install atheris"
SEED_SIZE = 16_000


def main() -> int:
    """Write seeds or fuzz, as the arguments say."""
    if sys.argv[1:2] == ["--seeds"]:
        return write_seeds(Path(sys.argv[2]))
    try:
        atheris: Any = import_module("atheris")
    except ImportError:
        print(HOW_TO_GET, file=sys.stderr)
        return 2
    with atheris.instrument_imports(include=["buildfix"]):
        import_module("buildfix.diagnosis")
        import_module("buildfix.catalog")
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()
    return 0


def write_seeds(folder: Path) -> int:
    """Write the end of each log of the corpus, and each example of the recipes, to a folder."""
    from buildfix.catalog import Knowledge
    from tests.scoreboard.cases import load_cases

    folder.mkdir(parents=True, exist_ok=True)
    recipes = Knowledge().causes
    lines = [
        "\n".join((*one.before, one.line)).encode()
        for cause in recipes.causes
        for one in cause.examples
    ]
    marks = "\n".join(one.line for mark in recipes.marks for one in mark.examples).encode()
    for data in (*lines, marks, *(case.data()[-SEED_SIZE:] for case in load_cases())):
        (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    return 0


def check(data: bytes) -> None:
    """Diagnose bytes whole and in pieces: no crash, the same result, a cause that is in the log."""
    from buildfix.diagnosis.logs.margins import clean, without_escapes
    from buildfix.diagnosis.logs.rank import diagnose
    from buildfix.diagnosis.logs.read import decoded

    knowledge = _knowledge()
    text = "".join(decoded(BytesIO(data)))
    diagnosis = diagnose([text], knowledge)
    cut = len(text) // 3
    assert diagnose([text[:cut], text[cut:]], knowledge) == diagnosis, "depends on the cut"
    lines = text.split("\n")
    assert (diagnosis.cause is not None) == diagnosis.failed, "failed and cause disagree"
    for cause in diagnosis.causes:
        assert 1 <= cause.line <= len(lines), "a line outside the log"
        shown = clean(without_escapes(lines[cause.line - 1]))
        assert cause.text == shown, "another line's text"


def _knowledge() -> Any:
    if not _loaded:
        _loaded.append(import_module("buildfix.catalog").Knowledge())
    return _loaded[0]


_loaded: list[Any] = []


if __name__ == "__main__":
    sys.exit(main())
