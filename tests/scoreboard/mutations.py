"""`python -m tests.scoreboard.mutations [KIND]`: how many examples are read the same when changed.

Each example of the recipes is changed in ways after which a person still reads it, one kind of
change at a time. With the name of a kind, the examples that are read otherwise are printed too.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from buildfix.catalog import Knowledge
from buildfix.catalog.schema import CausePattern, Example
from buildfix.diagnosis.logs.rank import diagnose

_WIDTH = 72
_QUOTED = re.compile(r"(?<![\w'])[`'\"‘“](?P<text>[^`'\"‘’“”\s]{1,80})['\"’”](?!\w)")
_FAILED = "\nFailed to build x\n"


@dataclass(frozen=True)
class Sample:
    """An example, and whose it is."""

    recipe: str
    lines: tuple[str, ...]
    at: int
    """The index of the line that says the cause."""

    @property
    def line(self) -> str:
        return self.lines[self.at]

    def with_line(self, line: str) -> Sample:
        """Return the sample with another decisive line."""
        return replace(self, lines=(*self.lines[: self.at], line, *self.lines[self.at + 1 :]))

    def with_each(self, change: Callable[[str], str]) -> Sample:
        """Return the sample with every line changed."""
        return replace(self, lines=tuple(map(change, self.lines)))


Mutation = Callable[[Sample], Sample]


def samples(knowledge: Knowledge) -> Iterator[Sample]:
    """Yield every example of every cause."""
    for recipe in knowledge.causes.causes:
        yield from (_sample(recipe, example) for example in recipe.examples)


def _sample(recipe: CausePattern, example: Example) -> Sample:
    lines = (*example.before, example.line, *example.after)
    return Sample(recipe.name, lines, len(example.before))


def reading(sample: Sample, knowledge: Knowledge) -> tuple[str, str]:
    """Return the kind and subject that a log of only this says."""
    cause = diagnose(["\n".join(sample.lines) + _FAILED], knowledge).cause
    assert cause is not None
    return cause.identity


def _first_letter(sample: Sample) -> Sample:
    """Swap the case of the first letter of the sentence: after the margin or after `error: `."""
    line = sample.line
    match = re.match(r"(?:.*?\b(?:[Ee]rror|ERROR|[A-Z]\w+Error|fatal|Exception): )?\W*", line)
    at = match.end() if match else 0
    word = re.match(r"[A-Za-z][a-z]+(?= )", line[at:])
    return sample.with_line(line[:at] + line[at].swapcase() + line[at + 1 :]) if word else sample


def _label(word: str) -> Mutation:
    """Write `error:` and `warning:` in another case."""
    return lambda sample: sample.with_line(
        re.sub(r"(?:^|(?<=\s))(?:[Ee]rror|ERROR): ", f"{word}: ", sample.line, count=1)
    )


def _without_articles(sample: Sample) -> Sample:
    return sample.with_line(re.sub(r"(?<= )(?:the|a|an) (?=[a-z])", "", sample.line))


def _with_articles(sample: Sample) -> Sample:
    verbs = (
        r"\b(?P<verb>find|found|install|requires|needs|locate) (?=[a-zA-Z]+ (?!is|was|are)[a-z])"
    )
    line = re.sub(verbs, r"\g<verb> the ", sample.line.replace(" the ", " "))
    return sample.with_line(line)


def _quotes(left: str, right: str) -> Mutation:
    def change(sample: Sample) -> Sample:
        return sample.with_each(lambda line: _QUOTED.sub(rf"{left}\g<text>{right}", line))

    return change


def _paths(sample: Sample) -> Sample:
    """Put what lies in common folders into others."""
    return sample.with_each(_moved)


def _moved(text: str) -> str:
    return re.sub(r"(?<![\w.*])/(?:usr|tmp|home|root|v|opt)/(?=\w)", "/srv/ci7/", text)


def _no_path(sample: Sample) -> Sample:
    """Name programs and sources without their folder."""
    return sample.with_line(
        re.sub(
            r"^(?:/[\w.+-]+)+/(?=(?:ld|gcc|g\+\+|cc|sh|clang|python3?)\b)|^(?:\.\./|\w+/)+(?=[\w-]+\.(?:c|cpp|cc|h|pyx|build):\d)",
            "",
            sample.line,
        )
    )


def _line_numbers(sample: Sample) -> Sample:
    return sample.with_each(lambda line: re.sub(r":\d+:\d+: ", ":9017:3: ", line))


def _no_column(sample: Sample) -> Sample:
    return sample.with_each(lambda line: re.sub(r":(\d+):\d+: (?=[a-z])", r":\1: ", line))


def _colour(sample: Sample) -> Sample:
    return sample.with_line(
        re.sub(
            r"(?P<word>[Ee]rror:?|ERROR:?|fatal:?)(?= )",
            "\x1b[1m\x1b[31m\\g<word>\x1b[0m\x1b[1m",
            sample.line,
            count=1,
        )
        + "\x1b[0m"
    )


def _prefix(text: str) -> Mutation:
    return lambda sample: sample.with_each(lambda line: text + line)


def _alone(sample: Sample) -> Sample:
    """Leave out the lines before it."""
    return replace(sample, lines=sample.lines[sample.at :], at=0)


def _wrapped(margin: str) -> Mutation:
    """Break the line at a blank, as a terminal or CMake does."""

    def change(sample: Sample) -> Sample:
        head, tail = sample.line[:_WIDTH], sample.line[_WIDTH:]
        blank = head.rfind(" ") if tail else -1
        if blank < _WIDTH // 2:
            return sample
        broken = (sample.line[:blank], margin + sample.line[blank + 1 :])
        lines = (*sample.lines[: sample.at], *broken, *sample.lines[sample.at + 1 :])
        return replace(sample, lines=lines)

    return change


def _full_stop(sample: Sample) -> Sample:
    line = sample.line
    is_sentence = line[-1:].isalpha() and re.search(r"[a-z]+ [a-z]+ [a-z]+", line)
    return sample.with_line(f"{line}." if is_sentence else line.removesuffix("."))


def _exclaimed(sample: Sample) -> Sample:
    """Say it after another exception, as a build script that raises it does."""
    words = re.match(r"(?:RuntimeError|Exception|ValueError|SystemExit): ", sample.line)
    if words is None:
        return sample
    return sample.with_line("BuildError: " + sample.line[words.end() :])


MUTATIONS: dict[str, Mutation] = {
    "case of the first letter": _first_letter,
    "label ERROR": _label("ERROR"),
    "label Error": _label("Error"),
    "label error": _label("error"),
    "without articles": _without_articles,
    "with articles": _with_articles,
    "quotes '": _quotes("'", "'"),
    'quotes "': _quotes('"', '"'),
    "quotes ` '": _quotes("`", "'"),
    "quotes ` `": _quotes("`", "`"),
    "quotes of Unicode": _quotes("‘", "’"),
    "paths": _paths,
    "without a path": _no_path,
    "line numbers": _line_numbers,
    "without a column": _no_column,
    "color": _colour,
    "prefix of pip": _prefix("      "),
    "prefix of pip's box": _prefix("  │ "),
    "prefix of docker": _prefix("#14 102.7 "),
    "prefix of a CI service": _prefix("2026-01-05T10:11:12.1234567Z "),
    "prefix of a job": _prefix("[build 3/7] "),
    "prefix of stderr": _prefix("  stderr: "),
    "alone": _alone,
    "wrapped": _wrapped(""),
    "wrapped and indented": _wrapped("  "),
    "full stop": _full_stop,
    "exception": _exclaimed,
}


def outcomes(
    name: str, originals: Sequence[tuple[Sample, tuple[str, str]]], knowledge: Knowledge
) -> Iterator[tuple[Sample, tuple[str, str], tuple[str, str]]]:
    """Yield each sample that a mutation changes, what it said before, and what it says then."""
    change = MUTATIONS[name]
    for sample, before in originals:
        mutated = change(sample)
        if mutated != sample:
            yield mutated, expected(before, name, mutated), reading(mutated, knowledge)


def expected(before: tuple[str, str], name: str, mutated: Sample) -> tuple[str, str]:
    """Return the cause that a mutated sample means: a path within it changes too."""
    kind, subject = before
    if name == "without a path" and subject not in mutated.line:
        return kind, subject.rpartition("/")[2]
    return (kind, _moved(subject)) if name == "paths" else before


def same(before: tuple[str, str], after: tuple[str, str]) -> bool:
    """Return whether two readings mean the same, whatever the case of the subject."""
    return tuple(map(_plain, before)) == tuple(map(_plain, after))


def _plain(text: str) -> str:
    return re.sub(r"[`'\"‘’]", "", text).rstrip(".").lower()


def main(argv: Sequence[str]) -> int:
    """Print the share of each kind of change, and what is read otherwise."""
    knowledge = Knowledge()
    originals = [(one, reading(one, knowledge)) for one in samples(knowledge)]
    for name in MUTATIONS:
        if argv and name not in argv:
            continue
        results = list(outcomes(name, originals, knowledge))
        wrong = [one for one in results if not same(one[1], one[2])]
        share = 1 - len(wrong) / max(len(results), 1)
        print(f"{name:28} {len(results):5} changed, {share:7.1%} read the same")
        if argv:
            for mutated, before, after in wrong:
                print(f"  {mutated.recipe}: {mutated.lines[mutated.at]}\n    {before} -> {after}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
