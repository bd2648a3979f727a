"""Indexes on loopback that remember what they were asked, and projects that build without any."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.injectors import write_wheel
from tests.unit.archives import sdist_of

SOURCE = Path(__file__).parents[2] / "src"
START = f"import sys; sys.path[0] = {str(SOURCE)!r}; from buildfix.__main__ import main; main()"
KEPT = ("PATH", "LANG", "SSL_CERT_FILE")
BACKEND = """
import os, pathlib, sys, zipfile
TEXT = pathlib.Path("module.txt").read_text()
NAME, VERSION = {name!r}, {version!r}
def get_requires_for_build_wheel(config_settings=None):
    return []
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    {imports}
    info = NAME + "-" + VERSION + ".dist-info"
    file = NAME + "-" + VERSION + "-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, file), "w") as archive:
        archive.writestr(NAME + ".py", TEXT)
        meta = "Metadata-Version: 2.1\\nName: " + NAME + "\\nVersion: " + VERSION + "\\n"
        archive.writestr(info + "/METADATA", meta)
        kind = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
        archive.writestr(info + "/WHEEL", kind)
        archive.writestr(info + "/RECORD", "")
    return file
build_editable = build_wheel
get_requires_for_build_editable = get_requires_for_build_wheel
"""
"""A build backend that lies in the project itself and requires nothing."""


def project(name: str, module: str, imports: str = "pass", version: str = "1.0") -> dict[str, str]:
    """Return the files of a project with one module of that text, whose build `imports` things."""
    return {
        "pyproject.toml": (
            '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n'
            f'[project]\nname = "{name}"\nversion = "{version}"\n'
        ),
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        "own.py": BACKEND.format(name=name, version=version, imports=imports),
        "module.txt": module,
    }


def put(folder: Path, files: Mapping[str, str]) -> Path:
    """Write a project's files into a folder; returns the folder."""
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@dataclass
class Index:
    """An index that has every project in some versions, unless it has `only` some."""

    folder: Path
    versions: tuple[str, ...]
    only: frozenset[str] | None = None
    address: str = ""
    asked: list[str] = field(default_factory=list)
    """The paths that were asked for."""

    @property
    def url(self) -> str:
        """Where installers look."""
        return f"{self.address}/simple"

    def add(self, name: str, files: Mapping[str, str], version: str = "1.0") -> None:
        """Have a project as source, in that version alone."""
        sdist_of(self.folder, files, f"{name}-{version}")

    def page(self, name: str) -> bytes | None:
        """Return the page of a project; None where it has nothing of it."""
        module = name.replace("-", "_")
        sdists = sorted(self.folder.glob(f"{module}-*.tar.gz"))
        if not sdists and self.only is not None and name not in self.only:
            return None
        for version in () if sdists else self.versions:
            if not (self.folder / f"{module}-{version}-py3-none-any.whl").exists():
                write_wheel(self.folder, name, version)
        files = sdists or sorted(self.folder.glob(f"{module}-*.whl"))
        links = "".join(f'<a href="/files/{one.name}">{one.name}</a>' for one in files)
        return f"<!DOCTYPE html><html><body>{links}</body></html>".encode()


@contextmanager
def serving(index: Index) -> Iterator[Index]:
    """Serve an index while the context lasts."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            index.asked.append(self.path)
            parts = [part for part in self.path.split("/") if part]
            found: bytes | None = None
            if parts[:1] == ["simple"] and len(parts) == 2:
                found = index.page(parts[1])
            elif parts[:1] == ["files"] and (index.folder / parts[-1]).is_file():
                found = (index.folder / parts[-1]).read_bytes()
            self.send_response(404 if found is None else 200)
            kind = "text/html" if parts[:1] == ["simple"] else "application/octet-stream"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(found or b"")))
            self.end_headers()
            self.wfile.write(found or b"")

        do_HEAD = do_GET  # noqa: N815 - http.server's name

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    index.folder.mkdir(parents=True, exist_ok=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    index.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()


def run_buildfix(
    words: Sequence[str], work: Path, environ: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run this checkout in a folder, with only these variables and a home of its own."""
    home = {"HOME": str(work / "home"), "PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1"}
    variables = {name: os.environ[name] for name in KEPT if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", START, *words],
        cwd=work,
        env={**variables, **home, **environ},
        capture_output=True,
        text=True,
        timeout=300,
        stdin=subprocess.DEVNULL,
    )


def make_venv(folder: Path) -> str:
    """Make a virtual environment with pip; returns its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=300)
    return str(folder / "bin" / "python")


def module_of(python: str, name: str) -> str:
    """Return the text of an installed module, empty where none is installed."""
    code = f"import importlib.util as u; s = u.find_spec({name!r}); print(s.origin if s else '')"
    found = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)
    path = found.stdout.strip()
    return Path(path).read_text(encoding="utf-8") if path else ""
