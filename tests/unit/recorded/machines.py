"""Machines whose system programs are played back, and whose Python is recorded: for the loop."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from buildfix import engine
from buildfix.catalog import Knowledge
from buildfix.core import Host, Report, Request, events
from buildfix.core.errors import CommandNotFound
from buildfix.machines.interrupts import Interrupts
from buildfix.machines.local import Completed, LocalMachine, Machine, Stream, Variables, Watch
from buildfix.platforms.host_facts import with_packages
from tests.unit.machines import (
    PYTHON,
    Answer,
    Played,
    PlayedStream,
    Recorded,
    distribution,
    interpreter_facts,
)
from tests.unit.recorded.stubs import UNEXPECTED, Play, choose, read_plays, stub_path

RECORDINGS = Path(__file__).parent
DONE = Played("Successfully installed cffi-1.0")


def merged(folder: Path, *names: str) -> Path:
    """Write one recording of several, in their order."""
    path = folder / "merged.toml"
    texts = ((RECORDINGS / f"{name}.toml").read_text(encoding="utf-8") for name in names)
    path.write_text("\n".join(texts), encoding="utf-8")
    return path


@contextlib.contextmanager
def stubbed(folder: Path, *names: str) -> Iterator[LocalMachine]:
    """Let this machine have nothing on PATH but stubs that play recordings, and sudo and env."""
    stubs = Path(stub_path(folder, merged(folder, *names))["PATH"].split(":")[0])
    (stubs / "env").symlink_to("/usr/bin/env")
    sudo = stubs / "sudo"
    sudo.write_text('#!/bin/sh\n[ "$1" = -n ] && shift\nexec "$@"\n', encoding="utf-8")
    sudo.chmod(0o755)
    yield LocalMachine({"PATH": str(stubs)})


@dataclass
class Player:
    """A machine of another system that plays a recording by itself, with that system's codes."""

    plays: tuple[Play, ...]
    environ: Mapping[str, str] = field(default_factory=dict)
    ran: list[tuple[str, ...]] = field(default_factory=list)
    _given: set[int] = field(default_factory=set)

    def run(self, argv: Sequence[str], env: Variables = (), stdin: str = "") -> Completed:  # noqa: ARG002
        play = self._play(argv)
        return Completed(play.code & 0xFFFFFFFF, play.stdout, play.stderr)

    @contextlib.contextmanager
    def stream(
        self,
        argv: Sequence[str],
        env: Variables = (),  # noqa: ARG002
        *,
        own_session: bool = False,  # noqa: ARG002
        held: Interrupts | None = None,  # noqa: ARG002
        watch: Watch | None = None,  # noqa: ARG002
    ) -> Iterator[Stream]:
        play = self._play(argv)
        yield PlayedStream(play.code & 0xFFFFFFFF, (play.stdout + play.stderr).splitlines())

    def which(self, command: str) -> str | None:
        return command if command in self.commands() else None

    def commands(self) -> frozenset[str]:
        return frozenset(play.argv[0] for play in self.plays)

    def _play(self, argv: Sequence[str]) -> Play:
        if argv[0] not in self.commands():
            raise CommandNotFound(f"The program {argv[0]} was not found.")
        self.ran.append(tuple(argv))
        number = choose(self.plays, argv, self._given)
        if number is None:
            return Play(tuple(argv), "", code=UNEXPECTED)
        self._given.add(number)
        return self.plays[number]


def player(folder: Path, *names: str) -> Player:
    """Return a machine that plays these recordings."""
    return Player(read_plays(merged(folder, *names)))


@dataclass
class Both:
    """A system's programs from one machine, the target's Python from another."""

    system: Machine
    python: Recorded
    environ: Mapping[str, str] = field(default_factory=lambda: {"PATH": ""})

    def run(self, argv: Sequence[str], env: Variables = (), stdin: str = "") -> Completed:
        return self._of(argv).run(argv, env, stdin)

    def stream(
        self,
        argv: Sequence[str],
        env: Variables = (),
        *,
        own_session: bool = False,
        held: Interrupts | None = None,
        watch: Watch | None = None,
    ) -> contextlib.AbstractContextManager[Stream]:
        machine = self._of(argv)
        return machine.stream(argv, env, own_session=own_session, held=held, watch=watch)

    def which(self, command: str) -> str | None:
        return self.python.which(command) or self.system.which(command)

    def commands(self) -> frozenset[str]:
        return self.system.commands()

    def _of(self, argv: Sequence[str]) -> Machine:
        return self.python if argv[0] == PYTHON else self.system


class Clock:
    """Stands in for the module `time`: a pause takes no time, and lasts half an hour."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses = 0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, _seconds: float) -> None:
        self.now += 1800
        self.pauses += 1


@dataclass
class Explanation:
    """What became of a run of the loop."""

    report: Report
    story: list[events.Event]
    python: Recorded

    @property
    def waits(self) -> list[str]:
        return [event.reason for event in self.story if isinstance(event, events.Waiting)]

    @property
    def installs(self) -> list[Mapping[str, str]]:
        """The variables that each attempt of the installer got."""
        pairs = zip(self.python.ran, self.python.variables, strict=True)
        return [variables for argv, variables in pairs if "install" in argv]


def told(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    system: Machine,
    host: Host,
    knowledge: Knowledge,
    *attempts: Answer,
    attended: bool = False,
    agreed: bool = True,
) -> Explanation:
    """Run the loop for one project whose builds end as `attempts` say, then well."""
    python = Recorded(
        {
            ".py interpreter": [interpreter_facts(base_prefix="/opt/python", has_headers=True)],
            ".py distributions": [distribution("cffi", "_cffi")],
            ".py imports": [Played('{"_cffi": null}')],
            "pip install": [*attempts, DONE],
        }
    )
    machine = Both(system, python)
    monkeypatch.setattr(
        "buildfix.platforms.host_facts.gather",
        lambda here, knowledge, _python: with_packages(host, here, knowledge),
    )
    request = Request(("cffi",), python=PYTHON, unattended=not attended)
    story = list(engine.repair(request, machine, knowledge, lambda _: agreed, folder / "logs"))
    last = story[-1]
    assert isinstance(last, events.Finished)
    return Explanation(last.report, story, python)
