"""What the status line shows, from recorded lines of installers and package managers."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from buildfix.catalog.progress import ProgressPattern, progress_words
from buildfix.core import Attempt, Command, InstallPackages, Report, events
from buildfix.engine.build_clock import BuildClock
from buildfix.engine.memory_history import MemoryHistory
from buildfix.render import Level
from buildfix.render.activity import Activity, after, started, status_text
from buildfix.render.amounts import duration, rough_duration, size
from buildfix.render.plain import PlainView

PIP = Command(("/v/bin/python", "-m", "pip", "install", "lxml"))
APT = InstallPackages("Install x", manager="apt", packages=("x",), argv=("apt-get",))
BUILD = (
    "Collecting lxml",
    "  Installing build dependencies: started",
    "  Building wheel for lxml (pyproject.toml): started",
    "  x86_64-linux-gnu-gcc -O2 -I/usr/include/libxml2 -c src/lxml/etree.c -o build/etree.o",
    "  x86_64-linux-gnu-gcc -shared build/etree.o -lxml2 -o build/etree.so",
    "  Building wheel for lxml (pyproject.toml): finished with status 'done'",
    "Installing collected packages: lxml",
)
APT_LINES = (
    "0 upgraded, 3 newly installed, 0 to remove and 3 not upgraded.",
    "Get:1 http://archive.example/debian trixie/main amd64 libpq5 amd64 17.6-1 [226 kB]",
    "Unpacking libpq5:amd64 (17.6-1) ...",
    "Unpacking libpq-dev (17.6-1) ...",
    "Setting up libpq5:amd64 (17.6-1) ...",
)


def followed(activity: Activity, event: events.Event, lines: tuple[str, ...]) -> list[str]:
    kind = events.LogLine if isinstance(event, events.AttemptStarted) else events.StepOutput
    activity, texts = after(activity, event, 0.0), []
    for second, line in enumerate(lines, start=1):
        activity = after(activity, kind(line), float(second))
        texts.append(activity.ended or status_text(activity, float(second)))
    return texts


def test_build_is_followed_from_the_lines_of_pip() -> None:
    known = Activity(estimates={"lxml": "about 2 min"})
    assert followed(known, events.AttemptStarted(1, PIP, "/log"), BUILD) == [
        "Running pip  lxml",
        "Preparing the build",
        "Building lxml  about 2 min",
        "Building lxml  1 compiled  about 2 min  etree.c",
        "Building lxml  1 compiled  about 2 min  etree.c",
        "Built lxml in 3.0 s",
        "Installing",
    ]


def test_steps_of_a_build_tool_are_counted() -> None:
    building = BUILD[2]
    ninja = "[12/345] Compiling C object src/lib.so.p/lib_parser.c.o"
    make = "[ 40%] Building CXX object src/CMakeFiles/core.dir/array.cpp.o"
    texts = followed(Activity(), events.AttemptStarted(1, PIP, ""), (building, ninja, make))
    assert texts[1:] == ["Building lxml  12 of 345  lib_parser.c", "Building lxml  40%  array.cpp"]


def test_packages_are_counted_from_the_lines_of_apt() -> None:
    assert followed(Activity(), events.StepStarted(APT, APT.argv), APT_LINES) == [
        "Installing packages with apt",
        "Downloading packages  1 of 3  libpq5",
        "Unpacking packages  1 of 3  libpq5",
        "Unpacking packages  2 of 3  libpq-dev",
        "Configuring packages  1 of 3  libpq5",
    ]


@pytest.mark.parametrize("pattern", progress_words().progress, ids=lambda one: one.name)
def test_every_pattern_finds_its_examples_first(pattern: ProgressPattern) -> None:
    assert pattern.examples
    for example in pattern.examples:
        for program in pattern.programs:
            found = progress_words().read(example.line, program)
            assert found is not None
            assert found.name == (example.subject or "")


def test_time_is_shown_once_it_matters() -> None:
    activity = started(Activity(), "Resolving lxml", 100.0)
    assert status_text(activity, 101.0) == "Resolving lxml"
    assert status_text(activity, 141.0) == "Resolving lxml  41 s"


def test_plain_view_says_each_phase_once_and_no_raw_line() -> None:
    stream = io.StringIO()
    view = PlainView(stream)
    view.show(events.RunOpened("/state/log"))
    for label in ("Resolving lxml", "Reading lxml-6.1.tar.gz", "Planning", "Planning"):
        view.phase(label)
    view.show(events.AttemptStarted(1, PIP, "/state/log/attempt-1.log"))
    for line in BUILD:
        view.show(events.LogLine(line))
    view.phase("Reading something in the background")
    view.show(events.AttemptFinished(Attempt(PIP, "", 0, 1.0, None)))
    lines = stream.getvalue().splitlines()
    assert lines[:6] == [
        "Resolving lxml",
        "Reading lxml-6.1.tar.gz",
        "Planning",
        "Running pip",
        "Preparing the build",
        "Logs: /state/log",
    ]
    assert lines[6] == "Building lxml"
    assert lines[7].startswith("==> Built lxml in ")
    assert lines[8:] == ["Installing"]


def story_of_two() -> tuple[events.Event, ...]:
    """Return what happens while lxml and psutil are built at once."""
    begun = [events.BuildStarted(one, "1", PIP, "", 2) for one in ("lxml", "psutil")]
    ended = [
        events.BuildFinished("psutil", "1", 0, 12.0, ""),
        events.BuildFinished("lxml", "1", 1, 41.0, ""),
    ]
    lines = (events.LogLine("Collecting x", "lxml"), events.LogLine("Collecting y", "psutil"))
    return (events.AttemptStarted(1, PIP, ""), *begun, *lines, *ended)


def test_builds_that_run_at_once_are_each_shown_with_their_time() -> None:
    activity = Activity()
    texts = []
    for second, event in enumerate(story_of_two()):
        activity = after(activity, event, float(second))
        texts.append(status_text(activity, float(second)))
    assert texts[2] == "Building lxml, psutil  0 of 2 done"
    assert texts[4] == "Building lxml 3.0 s, psutil  0 of 2 done"
    assert texts[5] == "Building lxml 4.0 s  1 of 2 done"
    assert texts[6] == "Installing"


def test_output_of_builds_that_run_at_once_says_whose_it_is() -> None:
    stream = io.StringIO()
    view = PlainView(stream, Level.RAW)
    for event in story_of_two():
        view.show(event)
    lines = [line.strip() for line in stream.getvalue().splitlines()]
    assert "lxml: Collecting x" in lines
    assert "psutil: Collecting y" in lines
    assert "==> Built psutil in 12 s" in lines
    assert not any(line.startswith("==> Built lxml") for line in lines)


@pytest.mark.parametrize(
    ("level", "told"),
    [
        (Level.SILENT, ()),
        (Level.LAST_LINE, ("Nothing to do",)),
        (Level.NORMAL, ("Running pip", "==> Nothing to do")),
        (Level.RAW, ("==> attempt 1: ", "Collecting lxml", "==> Nothing to do")),
    ],
)
def test_each_level_shows_what_it_says(level: Level, told: tuple[str, ...]) -> None:
    stream = io.StringIO()
    view = PlainView(stream, level)
    view.show(events.AttemptStarted(1, PIP, "/log"))
    view.show(events.LogLine("Collecting lxml"))
    view.show(events.Finished(Report("installed", ("lxml",), interpreter="/v")))
    lines = stream.getvalue().splitlines()
    assert len(lines) == len(told)
    assert all(line.startswith(start) for line, start in zip(lines, told, strict=True))


def test_time_of_each_build_is_measured() -> None:
    clock = BuildClock("pip")
    for line in BUILD:
        clock.read(line)
    assert list(clock.took) == ["lxml"]


def test_history_keeps_memory_and_time_apart(tmp_path: Path) -> None:
    history = MemoryHistory(tmp_path / "peaks.json")
    history.learn("lxml", 5)
    history.learn_time("lxml", 1.5)
    history.learn_time("lxml", 2.5)
    history.learn("lxml", 3)
    assert (history.per_job(), history.seconds()) == ({"lxml": 5}, {"lxml": 2.5})


@pytest.mark.parametrize(
    ("seconds", "exact", "rough"),
    [
        (0.84, "0.8 s", "5 s"),
        (41.2, "41 s", "40 s"),
        (125, "2 min 5 s", "2 min"),
        (3780, "1 h 3 min", "1 h 3 min"),
    ],
)
def test_durations_are_short(seconds: float, exact: str, rough: str) -> None:
    assert (duration(seconds), rough_duration(seconds)) == (exact, rough)


@pytest.mark.parametrize(
    ("count", "text"), [(512, "512 B"), (2_500_000, "2.5 MB"), (95_100_000, "95 MB")]
)
def test_sizes_have_units(count: int, text: str) -> None:
    assert size(count) == text
