"""What a person sees on a real terminal, from the first moment to the end.

The package manager is a script that stands for apt's; the project is built by a backend of its own.
"""

from __future__ import annotations

import os
import platform
import re
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

SOURCE = Path(__file__).parents[2]
RAW = "raw output of the"
AT_ONCE = 0.2
QUESTION = r"Proceed\? \[y/N/d/e\] "
_STYLE = re.compile(r"\x1b\[[0-9;]*[mK]")
PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "faced"
version = "1.0"
[external]
build-requires = ["dep:generic/faced-library"]
"""
BACKEND = f"""\
import os, time, zipfile
INFO = "faced-1.0.dist-info"
METADATA = "Metadata-Version: 2.1\\nName: faced\\nVersion: 1.0\\n"
def prepare_metadata_for_build_wheel(folder, settings=None):
    os.mkdir(f"{{folder}}/{{INFO}}")
    with open(f"{{folder}}/{{INFO}}/METADATA", "w") as file:
        file.write(METADATA)
    return INFO
def build_wheel(folder, settings=None, metadata=None):
    for number in range(12):
        print("{RAW} build", number, flush=True)
        time.sleep(0.3)
    name = "faced-1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{{folder}}/{{name}}", "w") as wheel:
        wheel.writestr("faced.py", "import os, time; time.sleep(float(os.environ['SLOW']))")
        wheel.writestr(f"{{INFO}}/METADATA", METADATA)
        wheel.writestr(f"{{INFO}}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\n"
                       "Tag: py3-none-any\\n")
        wheel.writestr(f"{{INFO}}/RECORD", "")
    return name
"""
CAPABILITY = """\
[[capability]]
id = "dep:generic/faced-library"
title = "faced's library"
commands = ["faced-config"]
"""
PACKAGES = """

[packages."dep:generic/faced-library"]
build = ["libfaced-dev", "libfaced-with-a-long-name-dev"]
"""
APT = f"""\
#!/bin/sh
case "$*" in
*--print-uris*)
  echo "0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded."
  echo "After this operation, 387 MB of additional disk space will be used."
  echo "'http://archive.example/f.deb' libfaced-dev_1.2_all.deb 95000000 MD5Sum:0";;
*install*)
  touch "$FACED/installed"
  echo "0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded."
  for one in libfaced-dev libfaced-with-a-long-name-dev; do
    echo "Unpacking $one (1.2) ..."; echo "{RAW} manager"; sleep 0.3
  done;;
esac
"""
DPKG = """\
#!/bin/sh
test -e "$FACED/installed" && echo "ii  libfaced-dev" && echo "ii  libfaced-with-a-long-name-dev"
exit 0
"""

SYSTEM = platform.freedesktop_os_release()["ID"] if Path("/etc/os-release").exists() else ""
Terminal = Callable[..., "pexpect.spawn[str]"]

needs_root = pytest.mark.skipif(
    SYSTEM not in ("debian", "ubuntu") or os.geteuid() != 0,
    reason="apt's stand-in is for Debian; as another user, sudo would run the real one",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with the project, recipes, stand-ins for apt's programs, and a target."""
    texts = {
        "project/pyproject.toml": PYPROJECT,
        "project/backend.py": BACKEND,
        "recipes/capabilities/faced.toml": CAPABILITY,
        "bin/apt-get": APT,
        "bin/dpkg-query": DPKG,
    }
    shipped = SOURCE / f"recipes/hosts/{SYSTEM}.toml"
    if shipped.is_file():
        texts[f"recipes/hosts/{SYSTEM}.toml"] = shipped.read_text(encoding="utf-8") + PACKAGES
    for name, text in texts.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    return tmp_path


@pytest.fixture
def terminal(folder: Path) -> Iterator[Terminal]:
    """Start buildfix on a terminal of some width; what still runs afterwards is ended."""
    children: list[pexpect.spawn[str]] = []

    def start(*words: str, columns: int = 80, **variables: str) -> pexpect.spawn[str]:
        kept = {name: os.environ[name] for name in os.environ if name not in ("CI", "COLUMNS")}
        env = {
            **kept,
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": f"{SOURCE / 'src'}",
            "HOME": str(folder),
            "XDG_STATE_HOME": str(folder / "state"),
            "TERM": "xterm",
            "LC_ALL": "C.UTF-8",
            "FACED": str(folder),
            "SLOW": "0",
            **variables,
        }
        argv = ["-m", "buildfix", *words, "--recipes", str(folder / "recipes")]
        argv += ["--python", str(folder / "venv/bin/python"), "./project"]
        child = pexpect.spawn(
            sys.executable,
            argv,
            cwd=folder,
            env=env,
            encoding="utf-8",
            timeout=60,
            dimensions=(40, columns),
        )
        child.settings = termios.tcgetattr(child.child_fd)  # type: ignore[attr-defined]
        children.append(child)
        return child

    yield start
    for child in children:
        child.close(force=True)


def to_the_end(child: pexpect.spawn[str], seen: str = "") -> str:
    """Return everything that was shown, after comparing the terminal's settings."""
    settings: Any = child.settings  # type: ignore[attr-defined]
    seen += child.read()
    assert termios.tcgetattr(child.child_fd) == settings
    child.close()
    return seen


def lines_of(shown: str) -> list[str]:
    """Return the lines that stay, and each state of the line that moves."""
    return [line for line in re.split(r"[\r\n]+", _STYLE.sub("", shown)) if line.strip()]


def assert_fits(shown: str, columns: int) -> None:
    for line in lines_of(shown):
        assert len(line) <= columns or len(line.split()) <= 2, line


def first_output(argv: list[str], env: dict[str, str]) -> float:
    begun = time.monotonic()
    child = pexpect.spawn(argv[0], argv[1:], env=env, timeout=30)
    child.read_nonblocking(1)
    took = time.monotonic() - begun
    child.kill(signal.SIGKILL)
    child.close(force=True)
    return took


def test_something_is_shown_at_once(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name != "CI"}
    env = {**kept, "PYTHONPATH": str(SOURCE / "src"), "TERM": "xterm", "HOME": str(tmp_path)}
    python = [sys.executable, "-c", "print('started')"]
    run = [sys.executable, "-m", "buildfix", "-n", "--os", "debian:13", "./nowhere"]
    times = [(first_output(python, env), first_output(run, env)) for _ in range(8)]
    python_alone, with_buildfix = (min(several) for several in zip(*times, strict=True))
    assert with_buildfix - python_alone < AT_ONCE


@needs_root
@pytest.mark.parametrize("columns", [40, 80, 200])
def test_accepted_plan_is_followed_without_a_raw_line(terminal: Terminal, columns: int) -> None:
    child = terminal(columns=columns)
    child.expect(QUESTION)
    seen = (child.before or "") + str(child.after)
    child.sendline("y")
    shown = to_the_end(child, seen)
    assert child.exitstatus == 0, shown
    assert RAW not in shown
    assert "libfaced-with-a-long-name-dev" in shown
    assert "Unpacking packages" in shown
    assert "Built faced in " in shown
    for amount in ("2 packages", "95 MB to download", "387 MB on disk"):
        assert amount in shown
    assert_fits(shown, columns)


@needs_root
@pytest.mark.parametrize("columns", [40, 80, 200])
def test_details_and_export_are_shown_before_a_refusal(terminal: Terminal, columns: int) -> None:
    child = terminal(columns=columns)
    child.expect(QUESTION)
    child.sendline("d")
    child.expect(QUESTION)
    details = child.before or ""
    assert "libfaced-dev 1.2" in details
    assert "$ apt-get" in details
    child.sendline("e")
    child.expect(QUESTION)
    assert "#!/bin/sh" in (child.before or "")
    child.sendline("n")
    shown = to_the_end(child)
    assert child.exitstatus == 4
    assert "Cancelled." in shown
    assert_fits(details + shown, columns)


@needs_root
@pytest.mark.parametrize(
    ("awaited", "told"),
    [
        ("Starting", "Stopped by Ctrl-C."),
        ("(Resolving|Reading)", "Nothing was changed."),
        ("Planning", "Nothing was changed."),
        (QUESTION, "before the plan was applied"),
        ("Unpacking", "apt-get is finishing its current step"),
        ("Building faced", "while the installer ran"),
        ("Verifying", "while verifying the import"),
    ],
)
def test_interrupt_in_each_phase_leaves_the_terminal_as_it_was(
    terminal: Terminal, awaited: str, told: str
) -> None:
    child = terminal(columns=200, SLOW="9" if awaited == "Verifying" else "0")
    if awaited in ("Unpacking", "Building faced", "Verifying"):
        child.expect(QUESTION)
        child.sendline("y")
    child.expect(awaited)
    child.sendintr()
    shown = to_the_end(child)
    assert child.exitstatus == 130, shown
    assert told in shown


@needs_root
def test_raw_output_is_shown_if_asked_for(terminal: Terminal) -> None:
    shown = to_the_end(terminal("--yes", "-v"))
    assert f"{RAW} manager" in shown
    assert f"{RAW} build" in shown


@needs_root
def test_quiet_run_shows_its_last_line_only(terminal: Terminal) -> None:
    shown = to_the_end(terminal("--yes", "-q", columns=200))
    assert len(lines_of(shown)) == 1
    assert lines_of(shown)[0].startswith("Installed ./project into ")
    assert lines_of(to_the_end(terminal("--yes", "-qq"))) == []


@needs_root
def test_a_terminal_that_cannot_move_gets_each_phase_once(terminal: Terminal) -> None:
    shown = to_the_end(terminal("--yes", TERM="dumb", columns=200))
    assert "\x1b" not in shown
    wanted = ["Planning", "Unpacking packages", "Building faced"]
    assert [line for line in lines_of(shown) if line in wanted] == wanted
    assert RAW not in shown
