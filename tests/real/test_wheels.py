"""Builds avoided for real: an old pip, a wheelhouse carried between roots, a private index."""

from __future__ import annotations

import base64
import http.server
import io
import json
import shutil
import subprocess
import sys
import tarfile
import threading
import urllib.parse
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from buildfix.cli import run
from tests.bed import BUILDFIX, TARGET_PYTHON, BareRoot, Stack
from tests.real.test_ways import LOCAL_PROJECT

PRIVATE = "mine-of-nobody-else"
SDIST = "mine_of_nobody_else-1.tar.gz"
WHEEL = "mine_of_nobody_else-1+named-py3-none-any.whl"
USER, SECRET = "reader", "s3cret-of-nobody"
HOUSE = "/srv/wheels"


class Index(http.server.BaseHTTPRequestHandler):
    """A simple index (PEP 503) that lets nobody in without name and password."""

    files: Mapping[str, bytes] = {}

    def do_GET(self) -> None:
        told = base64.b64encode(f"{USER}:{SECRET}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {told}":
            self.answer(401, b"", [("WWW-Authenticate", 'Basic realm="private"')])
        elif self.path == f"/simple/{PRIVATE}/":
            self.list_files(lambda name: not name.endswith(".whl"))
        elif self.path == f"/named/{PRIVATE}/" or self.path == "/links.html":
            self.list_files(lambda name: name.endswith(".whl"))
        elif urllib.parse.unquote(self.path.removeprefix("/files/")) in self.files:
            self.answer(200, self.files[urllib.parse.unquote(self.path.removeprefix("/files/"))])
        else:
            self.answer(404, b"")

    def list_files(self, wanted: Callable[[str], bool]) -> None:
        names = filter(wanted, self.files)
        links = "".join(f'<a href="/files/{name}">{name}</a>' for name in names)
        self.answer(200, links.encode(), [("Content-Type", "text/html")])

    def answer(self, code: int, body: bytes, headers: list[tuple[str, str]] | None = None) -> None:
        self.send_response(code)
        for name, value in [*(headers or []), ("Content-Length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def sdist_of_mine() -> bytes:
    data = io.BytesIO()
    facts = f"Metadata-Version: 2.1\nName: {PRIVATE}\nVersion: 1\n"
    project = LOCAL_PROJECT["pyproject.toml"].replace('name = "mine"', f'name = "{PRIVATE}"', 1)
    texts = {**LOCAL_PROJECT, "pyproject.toml": project, "PKG-INFO": facts}
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name, text in texts.items():
            entry = tarfile.TarInfo(f"{SDIST.removesuffix('.tar.gz')}/{name}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return data.getvalue()


def wheel_of_mine() -> bytes:
    info = f"{WHEEL.rpartition('-py3')[0]}.dist-info"
    texts = {
        "mine/__init__.py": "",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {PRIVATE}\nVersion: 1+named\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = "".join(f"{name},,\n" for name in (*texts, f"{info}/RECORD"))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in {**texts, f"{info}/RECORD": rows}.items():
            archive.writestr(name, text)
    return data.getvalue()


@pytest.fixture
def private_index() -> Iterator[str]:
    """Give the URL, with credentials, of an index that has the source of PRIVATE.

    Beside it, at `named`, is one that has a wheel of it, which `links.html` lists, too.
    """
    files = {SDIST: sdist_of_mine(), WHEEL: wheel_of_mine()}
    handler = type("Private", (Index,), {"files": files})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{USER}:{SECRET}@127.0.0.1:{server.server_port}/simple/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def bookworm(bed_layer: Callable[[str], Stack]) -> Iterator[Callable[[], BareRoot]]:
    """Give what opens throw-away bookworms, and close them in the end."""
    roots: list[BareRoot] = []

    def opened() -> BareRoot:
        roots.append(BareRoot(bed_layer("bookworm")).__enter__())
        return roots[-1]

    yield opened
    for root in roots:
        root.close()


def fix(root: BareRoot, *words: str, env: Mapping[str, str] | None = None) -> dict[str, Any]:
    argv = [BUILDFIX, "-y", "--json", "--python", TARGET_PYTHON, *words]
    done = root.run(argv, env=env, timeout=600)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def installed(report: Mapping[str, Any]) -> set[str]:
    return {name for step in report["applied"] for name in step.get("packages", ())}


@pytest.mark.bed
@pytest.mark.slow
def test_an_old_pip_is_upgraded_for_a_wheel_that_it_does_not_take(
    bookworm: Callable[[], BareRoot],
) -> None:
    root = bookworm()
    root.check([TARGET_PYTHON, "-m", "pip", "install", "-q", "pip==20.2.4"])
    planned = root.run([BUILDFIX, "-n", "--json", "--python", TARGET_PYTHON, "markupsafe"])
    plan = json.loads(planned.stdout)
    assert [step["argv"][1:] for step in plan["steps"]] == [
        ["-m", "pip", "install", "--upgrade", "pip"]
    ]
    report = fix(root, "markupsafe")
    assert [step["summary"].split(":")[0] for step in report["applied"]] == ["Upgrade pip"]
    assert len(report["attempts"]) == 1
    assert "manylinux" in report["verified"]["wheel"]


@pytest.mark.bed
@pytest.mark.slow
def test_a_pip_that_takes_the_wheel_is_left_alone(bookworm: Callable[[], BareRoot]) -> None:
    root = bookworm()
    root.check([TARGET_PYTHON, "-m", "pip", "install", "-q", "pip==21.2.4"])
    report = fix(root, "markupsafe")
    assert (report["applied"], len(report["attempts"])) == ([], 1)


@pytest.mark.bed
@pytest.mark.slow
def test_what_one_machine_built_another_does_not(bookworm: Callable[[], BareRoot]) -> None:
    first, second = bookworm(), bookworm()
    words = ("--wheelhouse", HOUSE, "--from-source", "psycopg2")
    report = fix(first, *words)
    assert "build-essential" in installed(report)
    (record,) = [json.loads(one.read_text()) for one in first.path(HOUSE).glob("*.json")]
    assert (record["platform"]["id"], record["platform"]["version"]) == ("debian", "12")
    assert "libpq.so.5" in record["needs"]
    assert "libpq-dev" in record["packages"]
    assert sorted(path.suffix for path in first.path(HOUSE).iterdir()) == [".json", ".whl"]

    shutil.copytree(first.path(HOUSE), second.path(HOUSE))
    report = fix(second, *words)
    assert installed(report) == {"libpq5"}
    assert len(report["attempts"]) == 1
    assert second.run(["sh", "-c", "command -v gcc"]).returncode != 0
    assert second.run([TARGET_PYTHON, "-c", "import psycopg2._psycopg"]).returncode == 0


@pytest.mark.bed
@pytest.mark.slow
def test_a_private_index_keeps_its_secret(
    bookworm: Callable[[], BareRoot], private_index: str
) -> None:
    root = bookworm()
    env = {"PIP_EXTRA_INDEX_URL": private_index}
    argv = [BUILDFIX, "-y", "--python", TARGET_PYTHON, "--wheelhouse", HOUSE, PRIVATE]
    done = root.run(argv, env=env, timeout=600)
    assert done.returncode == 0, done.stdout
    again = root.run([BUILDFIX, "wheels", "--json", "--python", TARGET_PYTHON, PRIVATE], env=env)
    assert json.loads(again.stdout)["best"] == SDIST
    written = [
        path
        for folder in ("/root", HOUSE)
        for path in root.path(folder).rglob("*")
        if path.is_file() and not path.is_symlink()
    ]
    assert any(path.suffix == ".log" for path in written)
    assert any(path.name.endswith(".whl.json") for path in written)
    texts = [path.read_bytes().decode("utf-8", "replace") for path in written]
    told = [done.stdout, done.stderr, again.stdout, again.stderr, *texts]
    assert [text for text in told if SECRET in text] == []


def test_wheels_are_asked_of_a_private_index(
    private_index: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", private_index)
    monkeypatch.setenv("PIP_NO_BINARY", PRIVATE)
    assert run(["wheels", "--json", PRIVATE]) == 1
    out = capsys.readouterr().out
    facts = json.loads(out)
    assert (facts["schema"], facts["taken"]) == ("buildfix.wheels/1", SDIST)
    assert [one["kind"] for one in facts["reasons"]] == ["no-wheel", "binary-forbidden"]
    assert SECRET not in out
    assert run(["wheels", "nobodys"]) == 1
    assert SECRET not in capsys.readouterr().err


@pytest.fixture
def named(private_index: str, tmp_path: Path) -> Callable[..., Path]:
    """Give what writes recipes that name an index, or a page of links, beside the private one."""

    def write(*, links: bool = False, own: bool = True) -> Path:
        folder = tmp_path / "recipes"
        (folder / "projects").mkdir(parents=True)
        url = private_index.replace("/simple/", "/links.html" if links else "/named/")
        flags = f"links = {str(links).lower()}\nown = {str(own).lower()}\n"
        text = f'name = "{PRIVATE}"\nsource = "this test"\n[[index]]\nurl = "{url}"\n{flags}'
        (folder / f"projects/{PRIVATE}.toml").write_text(text, encoding="utf-8")
        return folder

    return write


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the interpreter of a virtual environment with pip."""
    place = tmp_path_factory.mktemp("target") / "v"
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    return str(place / "bin" / "python")


def uninstalled(python: str) -> str:
    argv = [python, "-m", "pip", "uninstall", "-q", "-y", PRIVATE]
    subprocess.run(argv, check=True, stderr=subprocess.DEVNULL)
    return python


@pytest.mark.slow
@pytest.mark.parametrize("links", [False, True])
def test_a_wheel_of_the_projects_own_index_goes_before_a_build(
    links: bool,
    named: Callable[..., Path],
    private_index: str,
    python: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", private_index)
    words = ("--recipes", str(named(links=links)), "--python", uninstalled(python), PRIVATE)
    assert run(["wheels", "--json", *words]) == 1
    ways = json.loads(capsys.readouterr().out)["roads"]
    assert ways[0]["kind"] == "index"
    assert run(["fix", "--dry-run", "--json", *words]) == 3
    (step,) = json.loads(capsys.readouterr().out)["steps"]
    assert WHEEL in step["summary"]
    assert run(["fix", "--yes", "--json", *words]) == 0
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert [one["summary"] for one in report["applied"]] == [step["summary"]]
    assert report["verified"]["version"] == "1+named"
    assert "--no-deps" in report["applied"][0]["argv"]
    assert SECRET not in captured.out + captured.err


@pytest.mark.slow
def test_an_index_of_others_is_not_taken_unattended(
    named: Callable[..., Path],
    private_index: str,
    python: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", private_index)
    words = ("--recipes", str(named(own=False)), "--python", uninstalled(python), PRIVATE)

    def wheels_planned(*more: str) -> bool:
        run(["fix", "--dry-run", "--json", *more, *words])
        steps = json.loads(capsys.readouterr().out)["steps"]
        return any(WHEEL in step["summary"] for step in steps)

    assert wheels_planned()
    assert not wheels_planned("--yes")
    assert not wheels_planned("--from-source")


@pytest.mark.slow
def test_a_folders_wheel_is_kept_for_who_asks_by_name(
    python: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project, house = tmp_path / "project", tmp_path / "house"
    lines = LOCAL_PROJECT["pyproject.toml"].splitlines()
    plain = "\n".join(line for line in lines if not line.startswith("ext-modules"))
    (project / "mine").mkdir(parents=True)
    (project / "pyproject.toml").write_text(plain, encoding="utf-8")
    (project / "mine/__init__.py").write_text("", encoding="utf-8")
    words = ("--json", "--python", python, "--wheelhouse", str(house))
    assert run(["fix", "--dry-run", *words, str(project)]) == 0
    capsys.readouterr()
    assert run(["fix", "--yes", *words, str(project)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["kept"] == [str(house / "mine-1-py3-none-any.whl")]
    assert sorted(path.suffix for path in house.iterdir()) == [".json", ".whl"]
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert run(["fix", "--yes", "--from-source", *words, "mine"]) == 0
    (attempt,) = json.loads(capsys.readouterr().out)["attempts"]
    assert attempt["argv"][-1] == report["kept"][0]


def test_a_dry_run_for_another_system_looks_into_the_wheelhouse(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    private_index: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", private_index)
    name = "mine_of_nobody_else-1-cp311-cp311-linux_x86_64.whl"
    (tmp_path / name).write_bytes(wheel_of_mine())
    platform = {"system": "linux", "id": "debian", "version": "12", "arch": "x86_64"}
    record = {
        "schema": "buildfix.wheel/1",
        "project": PRIVATE,
        "version": "1",
        "wheel": name,
        "requirement": PRIVATE,
        "sdist": None,
        "python": "CPython 3.11.2",
        "tags": [],
        "platform": {**platform, "libc": "glibc 2.36"},
        "needs": ["libc.so.6", "libpq.so.5"],
        "steps": [],
        "packages": [],
        "date": "",
        "buildfix": "",
    }
    (tmp_path / f"{name}.json").write_text(json.dumps(record), encoding="utf-8")

    def packages(system: str) -> list[str]:
        words = ("--dry-run", "--json", "--os", system, "--wheelhouse", str(tmp_path), PRIVATE)
        run(["fix", *words])
        steps = json.loads(capsys.readouterr().out)["steps"]
        return [name for step in steps for name in step.get("packages", ())]

    assert packages("debian:12") == ["python3-venv", "libpq5"]
    assert "libpq5" not in packages("debian:13")
