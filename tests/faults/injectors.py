"""What injects a fault that the table's words cannot: each named by a row, with its settings."""

from __future__ import annotations

import hashlib
import http.server
import io
import subprocess
import tarfile
import threading
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from tests.faults.places import InRoot, Place

Environ = Mapping[str, str]
Injector = Callable[..., AbstractContextManager[Environ]]
"""Takes the place and the row's settings; gives the variables that buildfix is run with."""


@contextmanager
def index(
    place: Place,
    *,
    status: int = 200,
    projects: Mapping[str, str] | None = None,
    sources: Mapping[str, str] | None = None,
    harm: str = "",
    variable: str = "PIP_INDEX_URL",
) -> Iterator[Environ]:
    """Serve an index on loopback: `projects` (name to version) as pure wheels, or only a status.

    `sources` are sdists; `harm` is what is wrong with them: `cut` or `bomb`.
    """
    folder = place.work.parent / f"index-{variable.lower()}"
    folder.mkdir(exist_ok=True)
    for name, version in (projects or {}).items():
        write_wheel(folder, name, version)
    for name, version in (sources or {}).items():
        write_sdist(folder, name, version, bomb=harm == "bomb")
    with serving(folder, status, cut=harm == "cut") as address:
        yield {variable: f"{address}/simple", "PIP_RETRIES": "0"}


@contextmanager
def dead_port(place: Place, *, variable: str) -> Iterator[Environ]:  # noqa: ARG001
    """Name an address at which nothing listens, as a proxy or an index."""
    yield {variable: "http://127.0.0.1:9", "PIP_RETRIES": "0"}


@contextmanager
def full_folder(place: Place, *, folder: str, kilobytes: int = 4) -> Iterator[Environ]:
    """Mount a tiny file system at a folder of the root."""
    assert isinstance(place, InRoot)
    target = place.root.path(folder)
    target.mkdir(parents=True, exist_ok=True)
    size = f"size={kilobytes}k"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(target)], check=True)
    try:
        yield {}
    finally:
        subprocess.run(["umount", "-l", str(target)], check=True)


INJECTORS: Mapping[str, Injector] = {
    "index": index,
    "dead-port": dead_port,
    "full-folder": full_folder,
}


@contextmanager
def injected(place: Place, setting: Mapping[str, Any]) -> Iterator[Environ]:
    """Inject what a row of the table names."""
    settings = {key: value for key, value in setting.items() if key != "name"}
    with INJECTORS[setting["name"]](place, **settings) as variables:
        yield variables


def write_wheel(folder: Path, name: str, version: str) -> Path:
    """Write a wheel of one pure module that says its own version; returns its path."""
    module = name.replace("-", "_")
    files = {
        f"{module}.py": f"__version__ = {version!r}\n",
        f"{module}-{version}.dist-info/METADATA": (
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        ),
        f"{module}-{version}.dist-info/WHEEL": (
            "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        ),
    }
    record = f"{module}-{version}.dist-info/RECORD"
    rows = "".join(f"{path},sha256={_digest(text)},{len(text)}\n" for path, text in files.items())
    path = folder / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, text in {**files, record: f"{rows}{record},,\n"}.items():
            archive.writestr(inside, text)
    return path


def write_sdist(folder: Path, name: str, version: str, *, bomb: bool = False) -> None:
    """Write an sdist that compiles one file, or one that unpacks to a thousand times its size."""
    setup = f"from setuptools import Extension, setup\nsetup(name={name!r}, version={version!r}, "
    setup += f"ext_modules=[Extension({name!r}, ['{name}.c'])])\n"
    texts = {"setup.py": setup.encode(), f"{name}.c": b"int x;\n"}
    if bomb:
        texts = {"zeros": bytes(400 << 20), **texts}
    with tarfile.open(folder / f"{name}-{version}.tar.gz", "w:gz", compresslevel=9) as archive:
        for path, data in texts.items():
            member = tarfile.TarInfo(f"{name}-{version}/{path}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


def _digest(text: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


@contextmanager
def serving(folder: Path, status: int = 200, *, cut: bool = False) -> Iterator[str]:
    """Serve a folder's files as a simple index, or answer all with `status`; gives the address.

    With `cut` of each sdist comes the first half alone.
    """

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = _page(folder, self.path) if status == 200 else b""
            code = status if status != 200 or found is not None else 404
            self.send_response(code)
            kind = "text/html" if self.path.endswith("/") else "application/octet-stream"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(found or b"")))
            self.end_headers()
            half = cut and self.path.endswith(".tar.gz")
            self.wfile.write((found or b"")[: len(found or b"") // 2] if half else found or b"")

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _page(folder: Path, path: str) -> bytes | None:
    """Return what a simple index answers to a path, None where it has nothing."""
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["simple"] and len(parts) == 2:
        module = parts[1].replace("-", "_")
        names = [one.name for one in sorted(folder.iterdir()) if one.name.startswith(f"{module}-")]
        links = "".join(f'<a href="/files/{name}">{name}</a><br>' for name in names)
        return f"<!DOCTYPE html><html><body>{links}</body></html>".encode() if names else None
    if parts[:1] == ["files"] and len(parts) == 2 and (folder / parts[1]).is_file():
        return (folder / parts[1]).read_bytes()
    return None
