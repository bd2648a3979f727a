"""What the model sees of a log: the words of a line, those of its neighbors, and its place.

Training and reading use these same functions, so that both mean the same by a feature.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

_URL = re.compile(r"https?://\S+")
_PATH = re.compile(r"(?:[A-Za-z]:)?[\\/][\w.\-+\\/]+")
_SEPARATOR = re.compile(r"[\\/]")
_TOKEN = re.compile(r"[A-Za-z_]+|\d+|[^\sA-Za-z_\d]")
_ALARM = re.compile(
    r"error|fail|not found|no such|cannot|can't|missing|unable|fatal|could not|couldn't|required"
    r"|supported|killed|denied|requires|must|undefined|undeclared|unknown|invalid|no module"
    r"|incompatible|compatib|mismatch|too (?:old|new)|unrecognized|refused|expected|not available"
    r"|no matching|no longer|not installed|removed|conflict|exceed|no space|timed out|aborted"
    r"|terminated|segmentation|exception|does not|doesn't|out of memory|please install|you need",
    re.IGNORECASE,
)
_LONGEST = 60
"""How many words of a line count."""
_LONGEST_TEXT = 300
"""How many letters of a line count."""
_NEIGHBORS = 14
"""How many words of a neighboring line count."""
_LETTERS = 4
"""How many letters of a line are one feature: forms of a word share most of them."""
_LAST = 80
"""How many lines at the end are candidates whatever they say."""
_MOST = 400
"""How many lines are candidates at most."""

Features = dict[str, float]


@dataclass(frozen=True)
class LogWords:
    """A log's lines as words."""

    lines: tuple[tuple[str, ...], ...]
    alarms: tuple[bool, ...]
    """Which lines contain a word of failure."""

    @property
    def candidates(self) -> tuple[int, ...]:
        """The indexes of the lines that may tell the cause."""
        count = len(self.lines)
        alarming = [at for at, alarm in enumerate(self.alarms) if alarm]
        if len(alarming) > _MOST:
            alarming = [*alarming[: _MOST // 2], *alarming[-_MOST // 2 :]]
        kept = {*alarming, *range(max(0, count - _LAST), count)}
        return tuple(at for at in sorted(kept) if self.lines[at])


def words_of_log(lines: Iterable[str], silent: re.Pattern[str]) -> LogWords:
    """Return a log's lines as words; those that match `silent` have none: they say nothing."""
    kept = list(lines)
    return LogWords(
        tuple(() if silent.match(line) else _words(line) for line in kept),
        tuple(bool(_ALARM.search(line)) for line in kept),
    )


def _words(line: str) -> tuple[str, ...]:
    """Return a line's words: paths by their last part, numbers as one."""
    text = _PATH.sub(_last_part, _URL.sub("<url>", line[:2000]))
    found = _TOKEN.findall(text)[:_LONGEST]
    return tuple("<n>" if one.isdigit() else one.lower() for one in found)


def _last_part(path: re.Match[str]) -> str:
    return f" <path> {re.split(_SEPARATOR, path[0])[-1][-20:]} "


def line_features(log: LogWords) -> Iterator[tuple[int, Features]]:
    """Yield each candidate's index, and the features that say whether it tells the cause."""
    count = len(log.lines)
    wanted = set(log.candidates)
    seen: Counter[tuple[str, ...]] = Counter()
    alarms = 0
    for at, words in enumerate(log.lines):
        seen[words] += 1
        if at in wanted:
            features = _ngrams(words, "")
            features |= dict.fromkeys(_place(at, count), 1.0)
            features["first:" + " ".join(words[:3])] = 1.0
            features["last:" + " ".join(words[-2:])] = 1.0
            for offset in (-2, -1, 1, 2):
                for word in _neighbor(log, at + offset):
                    features[f"{offset}:{word}"] = 0.5
            features[f"alarms{min(alarms, 6)}"] = features[f"repeat{min(seen[words], 3)}"] = 1.0
            if log.alarms[at]:
                features["alarm"] = 1.0
            yield at, features
        alarms += log.alarms[at]


def _ngrams(words: Sequence[str], prefix: str, weight: float = 1.0) -> Features:
    """Return runs of one, two and three words."""
    return {
        f"{prefix}{size}:" + " ".join(words[at : at + size]): weight
        for size in (1, 2, 3)
        for at in range(len(words) - size + 1)
    }


def _place(at: int, count: int) -> tuple[str, str]:
    """Return where a line stands: in which tenth, and how far from the end."""
    return f"place{10 * at // count}", f"end{min(12, (count - at).bit_length())}"


def _neighbor(log: LogWords, at: int) -> tuple[str, ...]:
    return log.lines[at][:_NEIGHBORS] if 0 <= at < len(log.lines) else ("<edge>",)


def cause_features(log: LogWords, at: int) -> Features:
    """Return the features of a line that say which kind of cause it tells."""
    text = f" {' '.join(log.lines[at])} "[:_LONGEST_TEXT]
    runs = (text[start : start + _LETTERS] for start in range(len(text) - _LETTERS + 1))
    features: Features = {f"c:{run}": 0.25 for run in runs}
    for offset in (0, -1, 1, -2, 2):
        if 0 <= at + offset < len(log.lines):
            weight = 0.3 if offset else 1.0
            features |= _ngrams(log.lines[at + offset], f"{offset}:", weight)
    return features


def hashed(features: Mapping[str, float], bits: int) -> dict[int, float]:
    """Return features by the number that their name hashes to, below 2 to the power of `bits`."""
    mask = (1 << bits) - 1
    found: dict[int, float] = {}
    for name, value in features.items():
        number = crc32(name.encode()) & mask
        found[number] = found.get(number, 0.0) + value
    return found
