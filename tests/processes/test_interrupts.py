"""Interrupts while a package manager works, with real processes."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pexpect
import pytest

from buildfix.engine.background_analysis import AnalysisResult, BackgroundAnalysis
from buildfix.machines.interrupts import Interrupts, descendants, held_back
from buildfix.machines.local import LocalMachine

posix = pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX's")
SLOW = "import time; print('begun', flush=True); time.sleep(1); print('done')"
FAMILY = (
    "import subprocess, sys; "
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
    "print(child.pid, flush=True); child.wait()"
)
LEAVES_DAEMON = (
    "import subprocess, sys; print('done', flush=True); "
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(20)'])"
)


def script(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def runs(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and ") Z " not in stat.read_text(encoding="utf-8")


@posix
def test_the_first_interrupt_is_noticed_and_the_process_goes_on() -> None:
    interrupts = Interrupts()
    with LocalMachine().stream(script(SLOW), held=interrupts) as stream:
        lines = iter(stream)
        assert next(lines) == "begun"
        interrupts.note(signal.SIGINT, None)
        assert list(lines) == ["", "done"]
    assert stream.returncode == 0


@posix
def test_a_real_interrupt_reaches_neither_the_program_nor_the_process() -> None:
    with held_back() as interrupts:
        with LocalMachine().stream(script(SLOW), held=interrupts) as stream:
            lines = iter(stream)
            assert next(lines) == "begun"
            os.kill(os.getpid(), signal.SIGINT)
            assert "done" in list(lines)
        assert (interrupts.count, stream.returncode) == (1, 0)
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)


@posix
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_the_second_interrupt_kills_the_process_and_its_children() -> None:
    interrupts = Interrupts()
    with LocalMachine().stream(script(FAMILY), held=interrupts) as stream:
        lines = iter(stream)
        child = int(next(lines))
        assert runs(child)
        interrupts.note(signal.SIGINT, None)
        interrupts.note(signal.SIGINT, None)
        rest = list(lines)
    assert set(rest) <= {""}
    assert stream.returncode == -signal.SIGTERM
    assert not runs(child)


@posix
def test_a_process_that_is_not_read_to_its_end_is_waited_for(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    text = f"{SLOW}; open({str(mark)!r}, 'w').close()"
    with (
        pytest.raises(RuntimeError, match="the screen is gone"),
        LocalMachine().stream(script(text), held=Interrupts()) as stream,
    ):
        next(iter(stream))
        raise RuntimeError("the screen is gone")
    assert mark.exists()


@posix
def test_a_daemon_that_holds_the_output_open_is_not_waited_for() -> None:
    start = time.monotonic()
    with LocalMachine().stream(script(LEAVES_DAEMON), held=Interrupts()) as stream:
        assert list(stream) == ["done"]
    assert time.monotonic() - start < 10


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_descendants_of_a_process_are_found() -> None:
    with LocalMachine().stream(script(FAMILY), own_session=True) as stream:
        child = int(next(iter(stream)))
        assert child in descendants(os.getpid())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_process_of_the_analysis_is_ended_with_it(tmp_path: Path) -> None:
    mark, went_on = tmp_path / "pid", []

    def look() -> AnalysisResult:
        text = (
            "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"
        )
        LocalMachine().run([*script(text), str(mark)])
        went_on.append("after it")
        return AnalysisResult()

    analysis = BackgroundAnalysis()
    analysis.begin(look)
    while not (mark.exists() and mark.read_text()):
        time.sleep(0.05)
    assert runs(int(mark.read_text()))
    analysis.stop()
    assert not Path("/proc", mark.read_text()).exists()
    assert analysis.ready()
    assert not went_on


def test_an_analysis_that_is_stopped_before_its_time_does_nothing() -> None:
    analysis = BackgroundAnalysis()
    done: list[AnalysisResult] = []

    def look() -> AnalysisResult:
        done.append(AnalysisResult())
        return done[0]

    analysis.begin(look)
    analysis.stop()
    assert analysis.ready()
    assert not done


KEPT = """
import subprocess
from buildfix.machines.interrupts import terminal_kept
try:
    with terminal_kept():
        subprocess.run(["stty", "raw", "-echo"], check=True)
        raise ValueError
except ValueError:
    subprocess.run(["stty", "-a"], check=True)
"""


@posix
def test_the_terminals_settings_come_back_after_an_error() -> None:
    child = pexpect.spawn(sys.executable, ["-c", KEPT], encoding="utf-8", timeout=30)
    child.expect(pexpect.EOF)
    settings = str(child.before).split()
    child.close()
    assert child.exitstatus == 0
    assert {"icanon", "echo", "opost"} <= set(settings)
