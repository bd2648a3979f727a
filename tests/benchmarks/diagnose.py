"""`python -m tests.benchmarks.diagnose [PART...]`: speed, memory and hostile logs.

Parts: `ordinary` (throughput on every kind of log that `logs` knows), `huge` (peak memory of
`buildfix explain -` on a generated log of 1 GB, streamed), `hostile` (huge lines and near misses),
`patterns` (each pattern of the recipes alone on lines made against it). All of them by default;
returns 1 where a limit is broken.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any

from buildfix.catalog import Knowledge
from buildfix.catalog.schema import CausePattern, Fact, Ignored, Mark, Suppressed
from buildfix.catalog.stored import LazyPattern
from buildfix.diagnosis.logs import margins as clean
from buildfix.diagnosis.logs.literals import is_selective, literals_of
from buildfix.diagnosis.logs.rank import diagnose
from tests.benchmarks.logs import ordinary_logs
from tests.scoreboard.cases import load_cases
from tests.scoreboard.speed import ordinary_log

MOST_MEMORY = 150_000_000
LONGEST_MATCH = 0.005
LINE = 4096
LONGEST_LINE = 1 << 14
GROWTH = 6.5
"""How much slower four times the text may be; a linear pattern takes four times as long."""
WORTH_MEASURING = 0.0005
TRIES = 9
"""Of which the quickest counts: a busy machine lends the others to someone else."""
MILLION = 1_000_000
SIZE = 4 * MILLION
HUGE = 50 * MILLION
LEAST_SPEED = 20
LONGEST_10_MB = 5
LONGEST_MILLION = 120
"""Seconds."""
CORPUS = "the corpus put together"

_parser: Any = import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; returns 1 where a limit is broken."""
    parts: dict[str, Callable[[], bool]] = {
        "ordinary": ordinary,
        "huge": huge,
        "hostile": hostile,
        "patterns": patterns,
    }
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.diagnose")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(parts))
    parser.add_argument("--size", type=int, default=1000, help="megabytes of the huge log")
    parser.add_argument("--log", type=Path, help="a log of your own for `ordinary`")
    options = parser.parse_args(argv)
    if set(options.parts) - parts.keys():
        parser.error(f"the parts are {', '.join(parts)}")
    parts["ordinary"] = lambda: ordinary(options.log)
    parts["huge"] = lambda: huge(options.size)
    kept = [parts[name]() for name in options.parts or parts]
    return 0 if all(kept) else 1


def ordinary(log: Path | None = None) -> bool:
    """Print the throughput on ordinary logs and on the corpus, or on a log of one's own.

    By processor time, so that a busy machine tells little less than an idle one.
    """
    knowledge = Knowledge()
    diagnose([""], knowledge)
    if log:
        logs = iter([(str(log), log.read_text("utf-8", "replace"))])
    else:
        logs = chain(ordinary_logs(SIZE), [(CORPUS, ordinary_log(load_cases(), SIZE))])
    slow = []
    for name, text in logs:
        speed = max(speed_on(text, knowledge) for _ in range(3))
        slow += [name] * (speed < LEAST_SPEED and name != CORPUS)
        print(f"{name:32} {speed:6.1f} MB/s", flush=True)
    for name, pattern in unsieved(knowledge):
        print(f"UNSIEVED {name}: every line is looked at for {pattern.pattern!r}")
    return not slow


def speed_on(text: str, knowledge: Knowledge) -> float:
    """Return how many megabytes of a log, in UTF-8, are read in a second of processor time."""
    return len(text.encode()) / 1e6 / timed(lambda: diagnose([text], knowledge))


def unsieved(knowledge: Knowledge) -> Iterator[tuple[str, LazyPattern]]:
    """Yield the patterns that have no text by which the lines for them could be found."""
    for cause in knowledge.causes.causes:
        if not cause.after and not is_selective(literals_of(cause.pattern.pattern)):
            yield cause.name, cause.pattern


def huge(megabytes: int = 1000) -> bool:
    """Print the peak memory and the time of a fresh process that reads a huge log.

    Ordinary logs of every kind, and the corpus', of 50 MB together and then again.
    """
    argv = [sys.executable, "-m", "buildfix", "explain", "-"]
    # First of all, since a child's peak counts what its parent had when it began.
    child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert child.stdin is not None
    kinds = [text for _, text in ordinary_logs(HUGE // 11)]
    blocks = [text.encode() for text in (*kinds, ordinary_log(load_cases(), HUGE // 11))]
    started = time.perf_counter()
    rounds = max(megabytes * MILLION // sum(map(len, blocks)), 1)
    with child.stdin as log:
        size = sum(log.write(block) for _ in range(rounds) for block in blocks)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    seconds = time.perf_counter() - started
    busy = usage.ru_utime + usage.ru_stime
    print(
        f"log of {size / 1e6:.0f} MB: exit {child.returncode}, {peak / 1e6:.0f} MB of memory, "
        f"{seconds:.0f} s, {busy:.0f} s of processor time: {size / 1e6 / busy:.1f} MB/s"
    )
    return peak < MOST_MEMORY


def hostile() -> bool:
    """Print how long huge lines, words never met before and a million near misses take."""
    knowledge = Knowledge()
    diagnose([""], knowledge)
    logs: dict[str, Iterable[str]] = {
        "a line of 10 MB": repeat("x" * 65536, 153),
        "a line of 10 MB of words": repeat("error " * 10923, 153),
        "10 MB of spaces": repeat(" " * 65536, 153),
        "10 MB of carriage returns": repeat("50%\r" * 16384, 153),
        "10 MB of broken escapes": repeat("\x1b]" * 32768, 153),
        "10 MB of new words": (new_words(at) for at in range(153)),
    }
    slowest = 0.0
    for name, pieces in logs.items():
        seconds = timed(lambda: diagnose(pieces, knowledge))  # noqa: B023
        slowest = max(slowest, seconds)
        print(f"{name}: {seconds:.2f} s", flush=True)
    slow = 0.0
    for text in near_misses(knowledge):
        lines = "".join(f"{text} {number}\n" for number in range(MILLION // 500))
        seconds = timed(lambda: diagnose([lines], knowledge)) * 500  # noqa: B023
        slow = max(slow, seconds)
        if seconds > LONGEST_MILLION:
            print(f"SLOW {seconds:.0f} s for 10^6 lines of {text[:150]!r}", flush=True)
    print(f"near misses of every example: at most {slow:.0f} s for 10^6 lines")
    return slowest < LONGEST_10_MB and slow < LONGEST_MILLION


def new_words(block: int) -> str:
    """Return 64 KiB of words that no other block has."""
    start = block * 8192
    words = (f"{number * 7919:07x}" for number in range(start, start + 8192))
    return "".join(word + (" " if at % 10 else "\n") for at, word in enumerate(words))


def near_misses(knowledge: Knowledge) -> list[str]:
    """Return the examples of all recipes, and the lines before them, without their last letter."""
    recipes = knowledge.causes
    told: tuple[CausePattern | Suppressed | Mark | Fact | Ignored, ...] = (
        *recipes.causes,
        *recipes.marks,
        *recipes.noise,
        *recipes.facts,
        *recipes.boring,
    )
    examples = (one.examples[0] for one in told if one.examples)
    return [line[:-1] for one in examples for line in (*one.before, one.line)]


def patterns() -> bool:
    """Print the patterns that are slow on a hostile text, or slower than linear."""
    bad = 0
    for name, pattern, size in all_patterns(Knowledge()):
        for attack in attacks(pattern, size):
            found = weakness(pattern, attack)
            if found:
                bad += 1
                print(
                    f"{name}: {found} on {attack[:60]!r} repeated; pattern {pattern.pattern[:120]}"
                )
                break
    print(f"patterns with a weakness: {bad}")
    return bad == 0


def weakness(pattern: LazyPattern, attack: str) -> str | None:
    """Return what is wrong with a pattern on a text, None where nothing is."""
    size, part = len(attack), len(attack) // 4
    long = timed(lambda: pattern.search(attack))
    if long < WORTH_MEASURING:
        return None
    long = min(timed(lambda: pattern.search(attack)) for _ in range(TRIES))
    short = min(timed(lambda: pattern.search(attack[:part])) for _ in range(TRIES))
    told = f"{long * 1000:.2f} ms for {size} characters, {short * 1000:.2f} for {part}"
    if long > LONGEST_MATCH * size / LINE or (long > WORTH_MEASURING and long > GROWTH * short):
        return told
    return None


def attacks(pattern: LazyPattern, size: int) -> Iterator[str]:
    """Yield texts made against a pattern: its parts repeated, after each beginning it can have."""
    parts = list(dict.fromkeys(parts_of(_parser.parse(pattern.pattern))))
    pieces = [*parts, *(one + other for one in parts[:6] for other in parts[:6])]
    starts = list(islice(prefixes(parts), 8))
    for piece in dict.fromkeys(pieces):
        for start in starts:
            yield (start + piece * (size // len(piece) + 1))[: size - 1] + "\x00"


def prefixes(parts: Sequence[str]) -> Iterator[str]:
    """Yield beginnings of what a pattern matches, roughly."""
    yield ""
    for count in range(1, len(parts)):
        yield "".join(parts[:count])


def parts_of(parsed: Iterable[Any]) -> Iterator[str]:
    """Yield the literal texts of a parsed pattern, and a character of each of its classes."""
    run = ""
    for operation, value in parsed:
        name = str(operation)
        if name == "LITERAL":
            run += chr(value)
            continue
        if run:
            yield run
            run = ""
        yield from _parts_of_one(name, value)
    if run:
        yield run


def _parts_of_one(name: str, value: Any) -> Iterator[str]:
    match name:
        case "IN":
            yield from _of_class(value)
        case "ANY" | "NOT_LITERAL":
            yield "a"
        case "SUBPATTERN":
            yield from parts_of(value[3])
        case "BRANCH":
            for branch in value[1]:
                yield from parts_of(branch)
        case "MAX_REPEAT" | "MIN_REPEAT":
            yield from parts_of(value[2])


def _of_class(items: Iterable[Any]) -> Iterator[str]:
    """Yield a character or two that a class lets through."""
    words = {"DIGIT": "1", "SPACE": " ", "WORD": "a", "NOT_DIGIT": "a", "NOT_SPACE": "a"}
    for operation, value in islice(items, 4):
        match str(operation):
            case "LITERAL":
                yield chr(value)
            case "RANGE":
                yield chr(value[0])
            case "NEGATE":
                yield from ("a", "1", "/", " ")
                return
            case "CATEGORY":
                yield words.get(str(value).removeprefix("CATEGORY_"), " ")


def all_patterns(knowledge: Knowledge) -> Iterator[tuple[str, LazyPattern, int]]:
    """Yield every regular expression that a log meets, with a name and how much text it is given.

    A line out of its margin mostly; all three lines that follow for `then`; for what is looked for
    in a whole block, the longest line that it can have.
    """
    recipes = knowledge.causes
    lines: tuple[Mark | Suppressed | CausePattern, ...] = (
        *recipes.marks,
        *recipes.noise,
        *recipes.causes,
    )
    yield from ((one.name, one.pattern, LINE) for one in lines)
    for cause in recipes.causes:
        if cause.after:
            yield f"{cause.name} (after)", cause.after, LINE
        if cause.then:
            yield f"{cause.name} (then)", cause.then, 3 * LINE
    yield from ((f"fact {one.name}", one.pattern, LONGEST_LINE) for one in recipes.facts)
    for boring in recipes.boring:
        yield boring.name, LazyPattern(rf"^[ \t]*(?:{boring.pattern.pattern})"), LINE
    for name, value in vars(clean).items():
        if isinstance(value, re.Pattern):
            yield f"margin {name}", LazyPattern(value.pattern), LONGEST_LINE


def timed(work: Callable[[], object]) -> float:
    """Return the seconds of processor time that a piece of work takes."""
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    sys.exit(main())
