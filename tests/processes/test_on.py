"""Another machine: addresses, what is copied there, and how buildfix is run there.

The other machine is this one with another home, where a stand-in for buildfix tells what it got.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import default_environment

from buildfix.cli import run
from buildfix.cli.local_files import LocalFiles
from buildfix.core.errors import BuildfixError, MachineError, PersonNeeded, UsageError
from buildfix.core.redaction import redacted
from buildfix.machines import address, remote_run, self_archive, ssh
from buildfix.machines.address import FORMS, machine_at
from buildfix.machines.container import Container
from buildfix.machines.remote import Ends, put_by_tee, run_there
from buildfix.machines.remote_run import Job, Streams, run_on

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the other machine is POSIX's")

HOSTILE = ("a b", "$(touch hit)", "`touch hit`", "'; touch hit; '", '"', "\\", "*", "", "-x", "ä\n")
LAUNCH = Path(remote_run.__file__).parent / "there" / "launch.py"
STAND_IN = """
import json, os, sys, time
told = {"words": sys.argv[1:], "env": dict(os.environ), "cwd": os.getcwd(), "path": sys.path}
told["stdin"] = sys.stdin.read()
told["seen"] = {word: open(word).read() for word in sys.argv if word.endswith(".txt")}
print(json.dumps(told), flush=True)
if "wait" in sys.argv:
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        sys.exit(130)
sys.exit(int(sys.argv[1]) if sys.argv[1].isdigit() else 0)
"""


class Next:
    """This machine with another home, and with these programs only."""

    title = "next:door"
    one_stream = False
    same_network = True

    def __init__(self, home: Path, programs: Sequence[str] = ("python3",)) -> None:
        self.home = home
        self.calls: list[tuple[str, ...]] = []
        self.put_names: list[str] = []
        (home / "bin").mkdir()
        for name in programs:
            (home / "bin" / name).symlink_to(sys.executable)
        (home / "bin" / "tee").symlink_to(shutil.which("tee") or "")
        self.ends: Ends | None = None

    def start(
        self, argv: Sequence[str], ends: Ends, *, terminal: bool = False
    ) -> subprocess.Popen[bytes]:
        self.calls.append(tuple(argv))
        program = self.home / "bin" / argv[0]
        words = [str(program), *argv[1:]] if program.exists() else ["sh", "-c", "exit 127"]
        env = {"HOME": str(self.home), "PATH": os.defpath}
        ends = self.ends if self.ends and LAUNCH.name in str(argv) else ends
        streams = vars(ends)
        return subprocess.Popen(words, env=env, start_new_session=not terminal, **streams)

    def put(self, file: Path, target: str) -> None:
        self.put_names.append(file.name)
        put_by_tee(self, file, target)

    def close(self) -> None:
        pass


@pytest.fixture
def next_door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Next:
    """Give another machine, and a stand-in for buildfix to bring there."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    (here / "main.py").write_text(STAND_IN, encoding="utf-8")
    (here / "init.py").write_text("", encoding="utf-8")
    files = {
        "buildfix/__init__.py": here / "init.py",
        "buildfix/__main__.py": here / "main.py",
        "buildfix/machines/there/launch.py": LAUNCH,
    }
    monkeypatch.setattr(remote_run, "own_files", lambda *_: files)
    return Next(there)


def told(
    machine: Next,
    tmp_path: Path,
    job: Job,
    streams: Streams = Streams(),  # noqa: B008
) -> tuple[int, dict[str, Any], str]:
    """Run a job; returns the exit code, what the stand-in got, and what was said here."""
    out = tmp_path / "out"
    said: list[str] = []
    with out.open("wb") as file:
        machine.ends = Ends(subprocess.PIPE, file)
        code, _ = run_on(machine, lambda _: job, tmp_path, streams, said.append)
    return code, json.loads(out.read_text(encoding="utf-8")), "\n".join(said)


def test_words_variables_and_exit_code_pass_through(next_door: Next, tmp_path: Path) -> None:
    job = Job(("7", *HOSTILE), {"PIP_INDEX_URL": "https://u:secret@index.invalid/"})
    code, got, said = told(next_door, tmp_path, job)
    assert code == 7
    assert got["words"] == ["7", *HOSTILE]
    assert got["env"]["PIP_INDEX_URL"] == "https://u:secret@index.invalid/"
    assert got["stdin"] == ""
    assert not any("site-packages" in folder for folder in got["path"])
    assert not any("secret" in word for call in next_door.calls for word in call)
    assert "Copying buildfix to next:door" in said
    on = next_door.home / ".cache/buildfix/on"
    assert on.stat().st_mode & 0o777 == 0o700
    assert list((on / "runs").iterdir()) == []


def test_a_copy_is_used_again_unless_it_is_damaged(next_door: Next, tmp_path: Path) -> None:
    job = Job(("0",), {})
    told(next_door, tmp_path, job)
    next_door.put_names.clear()
    assert told(next_door, tmp_path, job)[2] == ""
    assert next_door.put_names == ["job.tar.gz"]
    (copy,) = (next_door.home / ".cache/buildfix/on/copies").iterdir()
    (copy / "buildfix/__init__.py").write_text("import evil", encoding="utf-8")
    assert "Copying buildfix" in told(next_door, tmp_path, job)[2]
    assert (copy / "buildfix/__init__.py").read_text(encoding="utf-8") == ""


def test_copies_and_runs_that_nobody_used_for_a_week_are_removed(
    next_door: Next, tmp_path: Path
) -> None:
    on = next_door.home / ".cache/buildfix/on"
    for name, days in (("copies/old", 8), ("copies/fresh", 1), ("runs/old", 8), ("runs/fresh", 1)):
        (on / name).mkdir(parents=True)
        when = time.time() - days * 24 * 3600
        os.utime(on / name, (when, when))
    told(next_door, tmp_path, Job(("0",), {}))
    assert sorted(path.name for path in on.glob("*/*") if len(path.name) < 9) == ["fresh", "fresh"]


def test_a_folder_that_is_another_ones_link_is_not_used(next_door: Next, tmp_path: Path) -> None:
    (next_door.home / ".cache/buildfix").mkdir(parents=True)
    (next_door.home / ".cache/buildfix/on").symlink_to(tmp_path)
    with pytest.raises(MachineError, match="is not a folder of this user"):
        told(next_door, tmp_path, Job((), {}))


def test_the_newest_python_is_taken_where_python3_is_missing(
    next_door: Next, tmp_path: Path
) -> None:
    (next_door.home / "bin/python3").rename(next_door.home / "bin/python3.12")
    assert told(next_door, tmp_path, Job(("0",), {}))[0] == 0
    assert next_door.calls[-1][0] == "python3.12"


def test_without_python_it_is_said_what_to_install(next_door: Next, tmp_path: Path) -> None:
    (next_door.home / "bin/python3").unlink()
    with pytest.raises(PersonNeeded) as caught:
        told(next_door, tmp_path, Job((), {}))
    assert "cannot run on next:door: it has no Python" in str(caught.value)
    assert "Install Python 3.10 or later there" in str(caught.value)


def test_an_old_python_is_named(
    next_door: Next, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_run, "_OLDEST", (3, 99))
    with pytest.raises(PersonNeeded, match=r"Python 3\.\d+ is too old"):
        told(next_door, tmp_path, Job((), {}))
    assert list((next_door.home / ".cache/buildfix/on/runs").iterdir()) == []


def test_a_machine_that_answers_nonsense_is_an_error(next_door: Next, tmp_path: Path) -> None:
    python = next_door.home / "bin/python3"
    python.unlink()
    python.write_text("#!/bin/sh\necho no such container >&2\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(MachineError, match="on next:door: no such container"):
        told(next_door, tmp_path, Job((), {}))


def test_a_lost_connection_is_told(
    next_door: Next, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_run, "_attend", lambda *_: 255)
    with pytest.raises(MachineError, match=r"next:door was lost\. What was changed there"):
        told(next_door, tmp_path, Job((), {}))


def test_an_interrupt_here_is_one_there(next_door: Next, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def interrupt() -> None:
        while not (out.exists() and out.read_text(encoding="utf-8")):
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    assert told(next_door, tmp_path, Job(("0", "wait"), {}))[0] == 130


def test_a_document_is_kept_apart_from_a_terminal_with_one_stream(
    next_door: Next, tmp_path: Path
) -> None:
    next_door.one_stream = True
    next_door.ends = Ends(subprocess.DEVNULL)
    streams = Streams(terminal=True, stdout_apart=True)
    code, document = run_on(next_door, lambda _: Job(("3",), {}), tmp_path, streams, lambda _: None)
    assert (code, json.loads(document)["words"]) == (3, ["3"])


def test_words_are_quoted_for_the_shell_of_the_other_side(tmp_path: Path) -> None:
    script = "import json, sys; print(json.dumps(sys.argv[1:]))"
    line = " ".join(ssh.quoted([sys.executable, "-c", script, *HOSTILE]))
    done = subprocess.run(["sh", "-c", line], capture_output=True, check=True, cwd=tmp_path)
    assert json.loads(done.stdout) == list(HOSTILE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "lxml",
        "telnet://h",
        "ssh:h",
        "ssh://",
        "ssh://-oProxyCommand=x",
        "ssh://-l@h",
        "ssh://h:port",
        "ssh://h/folder",
        "chroot:",
        "docker:",
        "docker:-it",
        "docker:a b",
    ],
)
def test_what_is_no_address_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="is not the address of a machine"):
        machine_at(text, asks=False)


def test_the_forms_of_an_address_are_shown_as_they_are() -> None:
    assert redacted(FORMS) == FORMS


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        machine_at("ssh://me:secret@h", asks=False)
    assert "secret" not in str(caught.value)


def test_an_address_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[Any, ...]] = []
    monkeypatch.setattr(address, "Ssh", lambda *words, asks: made.append((*words, asks)))
    for text in ("ssh://h", "ssh://me@h.example:2222", "ssh://[::1]:22/"):
        machine_at(text, asks=True)
    assert made == [
        ("h", None, None, True),
        ("h.example", "me", 2222, True),
        ("::1", None, 22, True),
    ]


@pytest.mark.parametrize(
    ("said", "error", "word"),
    [
        ("@@@@\n@ WARNING @\nHost key verification failed.\r\n", PersonNeeded, "check the key"),
        ("me@h: Permission denied (publickey).\r\n", PersonNeeded, "can log in with a key"),
        ("ssh: connect to host h port 22: Connection refused\r\n", MachineError, "the address"),
    ],
)
def test_what_ssh_says_becomes_one_line(said: str, error: type[BuildfixError], word: str) -> None:
    found = ssh._refused("me@h", said)
    assert type(found) is error
    assert str(found).startswith("Cannot connect to me@h: ")
    assert word in str(found)
    assert "\n" not in str(found)


def test_a_container_is_entered_by_its_engine() -> None:
    podman = Container("podman:web", "podman", "web")
    start = ["podman", "exec", "--interactive"]
    assert podman.call(["python3", "a b"], terminal=False) == [*start, "web", "python3", "a b"]
    assert podman.call(["python3"], terminal=True) == [*start, "--tty", "web", "python3"]


def test_a_missing_engine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BuildfixError, match="program docker was not found"):
        run_there(machine_at("docker:web", asks=False), ["true"])


def test_a_root_is_entered_by_root_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(PersonNeeded, match="Only root can enter chroot:"):
        machine_at(f"chroot:{tmp_path}", asks=False)
    with pytest.raises(UsageError, match="does not exist"):
        machine_at(f"chroot:{tmp_path}/none", asks=False)


def test_all_dependencies_are_found_from_their_metadata() -> None:
    here = {name: str(value) for name, value in default_environment().items()}
    files = self_archive.own_files(here, Path("recipes"))
    assert {"buildfix/__main__.py", "typer/__init__.py", "rich/__init__.py"} <= files.keys()
    assert {"plumbum/__init__.py", "elftools/__init__.py", "mdurl/__init__.py"} <= files.keys()
    assert any(name.startswith("buildfix/recipes/") for name in files)
    assert not any(name.startswith("pytest/") or ".." in name for name in files)
    assert not {Path(name).suffix for name in files} & {".so", ".pyc", ".pyd"}
    old = {**here, "python_version": "3.0", "python_full_version": "3.0.1"}
    with pytest.raises(MachineError, match=r"3\.0\.1"):
        self_archive.own_files(old, Path("recipes"))


# --- files of this machine


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder to work in."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def name_there(path: Path) -> str:
    return f"/run/files{path.absolute().as_posix()}"


def test_requirements_that_name_files_are_brought_along(project: Path) -> None:
    for name in ("demo", "a-1.tar.gz", "b-1-py3-none-any.whl"):
        (project / name).mkdir() if name == "demo" else (project / name).write_text(name)
    files = LocalFiles("/run/files")
    assert files.requirement("lxml>=5") == "lxml>=5"
    assert files.requirement("https://h.invalid/x-1.whl") == "https://h.invalid/x-1.whl"
    assert files.requirement("git+https://h.invalid/x") == "git+https://h.invalid/x"
    assert files.requirement("./demo[fast]") == f"{name_there(project / 'demo')}[fast]"
    assert files.requirement("a-1.tar.gz") == name_there(project / "a-1.tar.gz")
    url = (project / "b-1-py3-none-any.whl").as_uri()
    there = name_there(project / "b-1-py3-none-any.whl")
    assert files.requirement(f"b @ {url}") == f"b @ file://{there}"
    for nowhere in (files.requirement, files.requirements_file):
        with pytest.raises(UsageError, match=r"none-1\.whl does not exist on this machine"):
            nowhere("./none-1.whl")
    copies = dict(files.copies)
    assert f"files{project.as_posix()}/a-1.tar.gz" in copies


def test_a_project_comes_without_caches_and_environments(project: Path) -> None:
    for name in ("src/a.py", "v/pyvenv.cfg", "v/b.py", ".c/CACHEDIR.TAG", "__pycache__/a.pyc"):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text("")
    (project / "link").symlink_to("src/a.py")
    files = LocalFiles("/run/files")
    files.requirement("./")
    names = {name.partition(f"{project.name}/")[2] for name, _ in files.copies}
    assert names == {"", "src", "src/a.py", "link"}


def test_a_link_out_of_a_project_is_refused(project: Path) -> None:
    (project / "link").symlink_to("/etc/passwd")
    with pytest.raises(UsageError, match="is a link to /etc/passwd"):
        LocalFiles("/run/files").requirement("./")


def test_too_much_is_refused(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("buildfix.cli.local_files._MOST_BYTES", 10)
    (project / "a-1.whl").write_text("x" * 11)
    with pytest.raises(UsageError, match="larger than"):
        LocalFiles("/run/files").requirement("./a-1.whl")


def test_requirements_files_come_with_what_they_name(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "secret")
    (project / "deep").mkdir()
    (project / "wheels").mkdir()
    (project / "demo").mkdir()
    limits = project / "deep/limits.txt"
    limits.write_text("lxml<7\n-c ../wanted.txt\n")
    wanted = project / "wanted.txt"
    wanted.write_text(
        f"--index-url https://${{TOKEN}}@h.invalid/\n# ./demo\n-c deep/limits.txt\n-c {limits}\n"
        "-f wheels\n./demo[fast] ; python_version > '3'\nlxml \\\n  --hash=sha256:00\n"
    )
    files = LocalFiles("/run/files")
    assert files.requirements_file("wanted.txt") == name_there(wanted)
    assert files.variables == {"TOKEN": "secret"}
    copies = dict(files.copies)
    text = copies[f"files{wanted.as_posix()}"]
    assert isinstance(text, bytes)
    lines = text.decode().splitlines()
    assert lines[1:4] == ["# ./demo", "-c deep/limits.txt", f"-c {name_there(limits)}"]
    assert lines[5] == f"{name_there(project / 'demo')}[fast] ; python_version > '3'"
    assert lines[6:] == ["lxml \\", "  --hash=sha256:00"]
    assert copies[f"files{limits.as_posix()}"] == Path("deep/limits.txt")
    assert f"files{project.as_posix()}/wheels" in copies


def test_the_installers_own_words_are_looked_through(project: Path) -> None:
    for name in ("limits.txt", "ca.pem"):
        (project / name).write_text("")
    (project / "out").mkdir()
    files = LocalFiles("/run/files")
    words = (
        "--no-deps",
        "-c",
        "limits.txt",
        "--cert=ca.pem",
        "--target",
        "./out",
        "-i",
        "http://h",
    )
    assert list(files.installer_words(words)) == [
        *("--no-deps", "-c", name_there(project / "limits.txt")),
        *("--cert", name_there(project / "ca.pem"), "--target", "./out", "-i", "http://h"),
    ]
    assert list(files.installer_words(["-climits.txt"])) == [
        "-c",
        name_there(project / "limits.txt"),
    ]
    for refused in (["--report", "x.json"], ["-e", "."], ["--log=x"]):
        with pytest.raises(UsageError, match="cannot be combined with --on"):
            list(files.installer_words(refused))


# --- the command line


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """Give a list of the jobs that are run on a machine that does nothing."""
    made: list[Job] = []

    def run_on_nothing(_: object, job_for: Callable[[str], Job], *__: object) -> tuple[int, bytes]:
        made.append(job_for("/run"))
        return 3, b"{}\n"

    @contextlib.contextmanager
    def nothing(machine: object) -> Any:
        yield machine

    monkeypatch.setattr("buildfix.cli.on.run_on", run_on_nothing)
    monkeypatch.setattr("buildfix.cli.on.contextlib.closing", nothing)
    monkeypatch.setattr("buildfix.cli.on.machine_at", lambda text, **_: Container(text, "d", "x"))
    for name in [one for one in os.environ if one.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    return made


def test_a_command_is_run_there_with_its_own_words(
    jobs: list[Job], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "r.txt").write_text("six\n")
    words = ["--on", "docker:x", "-n", "--json", "--jobs", "2", "--python", "/v/bin/python"]
    assert run([*words, "-r", "r.txt", "lxml", "--", "--no-deps"]) == 3
    (job,) = jobs
    there = name_there(project / "r.txt")
    assert job.words[0] == "fix"
    assert set(job.words[1:-3]) >= {"--dry-run", "--json", "--jobs=2", f"--requirement={there}"}
    assert "--python=/v/bin/python" in job.words
    assert job.words[-3:] == ("lxml", "--", "--no-deps")
    assert [word for word in job.words if "--on" in word] == ["--on=local"]
    said = capsys.readouterr()
    assert said.out == "{}\n"
    assert "This ran on docker:x" in said.err


def test_other_commands_are_run_there_too(
    jobs: list[Job], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "build.log").write_text("")
    assert run(["doctor", "--on", "docker:x", "lxml"]) == 3
    (project / "host.json").write_text("{}")
    assert run(["explain", "build.log", "--host=host.json", "--on=docker:x"]) == 3
    assert run(["wheels", "lxml", "--on", "docker:x"]) == 3
    assert run(["install", "--on", "docker:x", "-U", "lxml"]) == 3
    assert [job.words[0] for job in jobs] == ["doctor", "explain", "wheels", "fix"]
    assert jobs[1].words[-1] == name_there(project / "build.log")
    assert f"--host={name_there(project / 'host.json')}" in jobs[1].words
    assert jobs[3].words[-3:] == ("lxml", "--", "-U")
    capsys.readouterr()


def test_settings_go_along_and_folders_of_this_machine_stay(
    jobs: list[Job],
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (project / "ca.pem").write_text("")
    for name, value in {
        "PIP_INDEX_URL": "https://h.invalid/simple",
        "PIP_CERT": str(project / "ca.pem"),
        "PIP_CACHE_DIR": "/home/me/.cache/pip",
        "UV_INDEX_STRATEGY": "first-index",
        "HTTPS_PROXY": "http://proxy.invalid:3128",
        "BUILDFIX_DEBUG": "1",
        "BUILDFIX_ON": "docker:y",
        "VIRTUAL_ENV": "/home/me/v",
    }.items():
        monkeypatch.setenv(name, value)
    run(["doctor", "--on", "docker:x"])
    variables = jobs[0].variables
    assert variables["PIP_INDEX_URL"] == "https://h.invalid/simple"
    assert variables["PIP_CERT"] == name_there(project / "ca.pem")
    assert variables["UV_INDEX_STRATEGY"] == "first-index"
    assert variables["BUILDFIX_DEBUG"] == "1"
    absent = {"PIP_CACHE_DIR", "HTTPS_PROXY", "VIRTUAL_ENV", "BUILDFIX_ON"}
    assert not absent & variables.keys()
    capsys.readouterr()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--on", "moon:x", "lxml"], 2, "is not the address of a machine"),
        (["--on", "docker:x", "--wheelhouse", "w", "lxml"], 2, "--wheelhouse"),
        (["--on", "docker:x", "-n", "--os", "fedora:42", "lxml"], 2, "--os"),
        (["wheels", "--on", "docker:x", "--os", "fedora:42", "lxml"], 2, "--os"),
        (["--on", "docker:x", "-n", "--host", "h.json", "lxml"], 2, "--host"),
    ],
)
def test_what_does_not_go_there_is_refused(
    words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == code
    assert said in capsys.readouterr().err
    assert run([*words, "--json"]) == code
    error = json.loads(capsys.readouterr().out)
    assert (error["exit_code"], error["error"]["code"]) == (code, "usage")


@pytest.mark.usefixtures("jobs", "project")
def test_an_editable_folder_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--on", "docker:x", "-e", "."]) == 2
    assert "Install it without -e" in capsys.readouterr().err


def test_local_is_this_machine(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "--on", "local", "--os", "debian:13", "/nowhere.log"]) == 2
    assert "Cannot read /nowhere.log" in capsys.readouterr().err
