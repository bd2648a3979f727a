"""Recorded machines: what stands in for a real one, so that the loop can be watched in no time.

`Recorded` plays back outputs for argument vectors, in their order; nothing is really run.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from buildfix.core import Host, Interpreter
from buildfix.core.errors import CommandNotFound
from buildfix.machines.interrupts import Interrupts
from buildfix.machines.local import Completed, Stream, Variables, Watch

PYTHON = "/v/bin/python"

INTERPRETER = Interpreter(
    path=PYTHON,
    version="3.13.5",
    implementation="CPython",
    prefix="/v",
    base_prefix="/usr",
    include="/usr/include/python3.13",
    has_headers=False,
    externally_managed=False,
    pip="25.1.1",
    can_make_venv=False,
    platlib="/v/lib/python3.13/site-packages",
)

TRIXIE = Host(
    system="linux",
    id="debian",
    id_like=(),
    version="13",
    codename="trixie",
    title="Debian GNU/Linux 13 (trixie)",
    arch="x86_64",
    libc="glibc 2.41",
    privilege="root",
    cores=2,
    memory_total=4 << 30,
    memory_available=3 << 30,
    packages=frozenset({"python3", "python3-pip", "python3-venv"}),
    interpreter=INTERPRETER,
)


@dataclass
class Played:
    """What a recorded process prints and how it ends."""

    output: str = ""
    returncode: int = 0


NO_COMPILER = Played("error: command 'x86_64-linux-gnu-gcc' failed: No such file or directory", 1)
NO_HEADER = Played("a.c:1:10: fatal error: ffi.h: No such file or directory", 1)
"""How builds fail for want of a compiler, and of the header of libffi."""


@dataclass
class PlayedStream:
    """Lines that are there already, and how the process ended."""

    returncode: int
    lines: list[str]
    peak_rss: int | None = None
    given_up: bool = False

    def __iter__(self) -> Iterator[str]:
        return iter(self.lines)


Answer = Played | Callable[[Sequence[str]], Played]


@dataclass
class Recorded:
    """A machine on which every command that contains a key plays its answers, the last for ever."""

    answers: Mapping[str, list[Answer]]
    environ: Mapping[str, str] = field(default_factory=lambda: {"PATH": "/usr/bin"})
    on_path: Mapping[str, str] = field(default_factory=lambda: {PYTHON: PYTHON})
    ran: list[tuple[str, ...]] = field(default_factory=list)
    variables: list[dict[str, str]] = field(default_factory=list)

    def run(self, argv: Sequence[str], env: Variables = (), stdin: str = "") -> Completed:  # noqa: ARG002
        played = self._play(argv, env)
        return Completed(played.returncode, played.output, "")

    @contextlib.contextmanager
    def stream(
        self,
        argv: Sequence[str],
        env: Variables = (),
        *,
        own_session: bool = False,  # noqa: ARG002
        held: Interrupts | None = None,  # noqa: ARG002
        watch: Watch | None = None,  # noqa: ARG002
    ) -> Iterator[Stream]:
        played = self._play(argv, env)
        yield PlayedStream(played.returncode, played.output.splitlines())

    def which(self, command: str) -> str | None:
        return self.on_path.get(command)

    def commands(self) -> frozenset[str]:
        return frozenset(name.rpartition("/")[2] for name in self.on_path)

    def _play(self, argv: Sequence[str], env: Variables) -> Played:
        self.ran.append(tuple(argv))
        self.variables.append(dict(env))
        line = " ".join(argv)
        for key, answers in self.answers.items():
            if key in line:
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                return answer(argv) if callable(answer) else answer
        raise CommandNotFound(f"The program {argv[0]} was not found.")


def interpreter_facts(**changes: object) -> Played:
    """Return what the target interpreter says of itself."""
    facts = replace(INTERPRETER, **changes).__dict__  # type: ignore[arg-type]
    return Played(json.dumps(facts))


def distribution(name: str, *compiled: str, **more: object) -> Played:
    """Return what the target interpreter says of an installed distribution."""
    facts = {
        "name": name,
        "version": "1.0",
        "wheel": f"{name}-1.0-cp313-cp313-linux_x86_64.whl",
        "packages": [name],
        "compiled": list(compiled),
        "programs": [],
        "binary": True,
        "files": 1,
        "lost": [],
    }
    return Played(json.dumps({name: {**facts, **more}}))
