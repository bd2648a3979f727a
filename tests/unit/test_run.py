"""Starting processes: in which environment, and several at once."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from buildfix.core.errors import CommandNotFound
from buildfix.machines.local import LocalMachine

SHOW = "import os; print(os.environ.get('MINE', '-'), os.environ.get('THEIRS', '-'))"


def shown(machine: LocalMachine, *env: tuple[str, str]) -> str:
    return machine.run([sys.executable, "-c", SHOW], env).stdout.strip()


def test_variables_are_set_and_taken_away_for_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = LocalMachine()
    monkeypatch.setenv("THEIRS", "2")
    assert shown(machine, ("MINE", "1")) == "1 2"
    assert shown(machine, ("THEIRS", "")) == "- -"
    monkeypatch.delenv("THEIRS")
    assert shown(machine) == "- -"


def test_processes_of_several_threads_do_not_share_their_variables() -> None:
    machine = LocalMachine()
    values = [str(number) for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda value: shown(machine, ("MINE", value)), values)
        assert list(answers) == [f"{value} -" for value in values]
    assert shown(machine) == "- -"


def test_a_program_that_is_not_there_is_said_so() -> None:
    with pytest.raises(CommandNotFound, match="no-such-program"):
        LocalMachine().run(["no-such-program"])


def test_a_process_is_started_before_its_answer_is_asked_for() -> None:
    machine, argv = LocalMachine(), [sys.executable, "-c", "import os; print(os.getpid())"]
    with machine.begun(argv):
        (begun,) = machine._begun.values()
        assert machine.run(argv).stdout.strip() == str(begun.pid)
        assert machine.run(argv).stdout.strip() != str(begun.pid), "one answer is used once"


def test_a_process_whose_answer_nobody_asks_for_is_ended() -> None:
    machine = LocalMachine()
    with machine.begun([sys.executable, "-c", "import time; time.sleep(60)"]):
        (process,) = machine._begun.values()
        assert process.poll() is None
    assert process.returncode is not None
    assert process.stdout and process.stdout.closed


@pytest.mark.skipif(sys.platform != "linux", reason="sessions are watched on Linux")
def test_a_watch_ends_the_whole_session() -> None:
    # The grandchild heeds no request and holds the output open.
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    script = f"{sys.executable} -c '{code}' & echo $!; wait"
    seen: list[int] = []
    begun = time.monotonic()

    def watch(session: int) -> bool:
        seen.append(session)
        return len(seen) > 4

    with LocalMachine().stream(["sh", "-c", script], own_session=True, watch=watch) as stream:
        (pid,) = map(int, stream)
    assert stream.given_up
    assert stream.returncode != 0
    assert time.monotonic() - begun < 30
    assert len(set(seen)) == 1
    while _runs(pid):  # what is killed closes its files a moment before it is gone
        assert time.monotonic() - begun < 40
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
