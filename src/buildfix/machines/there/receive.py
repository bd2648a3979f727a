"""What another machine does to receive a copy of buildfix and the files of a run (`--on`).

Run as `python3 -I -S - MODE WORDS...` with this text on standard input. The last line that it
prints is its answer, in JSON; one with `error` says why there is none. All lies in one folder in
the user's cache that nobody else may enter: a folder for each copy of buildfix, by the digest of
its content, and one for each run.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import stat
import sys
import tarfile
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

KEPT_SECONDS = 7 * 24 * 3600


class Refused(Exception):
    """The copy cannot be used, or not be stored safely."""


def begin() -> dict[str, Any]:
    """Make the folder of a run; return it, and what markers ask about this Python."""
    return {"run": tempfile.mkdtemp(dir=folder_of("runs")), "environment": environment()}


def have(digest: str) -> bool:
    """Return whether there is a copy of buildfix with this digest."""
    copy = folder_of("copies") / digest
    if copy.is_dir() and digest_of(copy) == digest:
        os.utime(copy)
        return True
    shutil.rmtree(copy, ignore_errors=True)
    return False


def unpack(run: str, digest: str) -> str:
    """Unpack the files of a run, and the copy of buildfix if there is one; return its folder."""
    copies = folder_of("copies")
    archive = Path(run, "buildfix.tar.gz")
    if archive.exists():
        fresh = Path(tempfile.mkdtemp(dir=copies))
        extract(archive, fresh)
        if digest_of(fresh) != digest:
            shutil.rmtree(fresh)
            raise Refused("the copy of buildfix was damaged in transit")
        try:
            fresh.rename(copies / digest)
        except OSError:  # another run has made the same copy meanwhile
            shutil.rmtree(fresh)
    extract(Path(run, "job.tar.gz"), Path(run))
    return str(copies / digest)


def end(run: str) -> str:
    """Remove the files of a run; return the document that it wrote, a letter for each byte."""
    if Path(run).parent != folder_of("runs"):
        raise Refused(f"{run} is not the folder of a run")
    document = Path(run, "document")
    content = document.read_bytes() if document.exists() else b""
    shutil.rmtree(run)
    return content.decode("latin-1")


def send(run: str) -> None:
    """Write an archive of the files in `out` of the folder of a run to stdout."""
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as tar:
        for path in sorted(Path(run, "out").glob("*")):
            if path.is_file():
                tar.add(path, path.name)


def digest_of(folder: Path) -> str:
    """Return the digest of the names and contents of all files in a folder, but compiled ones."""
    return digest_of_files(
        {
            path.relative_to(folder).as_posix(): path
            for path in folder.rglob("*")
            if path.is_file() and path.parent.name != "__pycache__"
        }
    )


def digest_of_files(files: Mapping[str, Path]) -> str:
    """Return the digest of files by their names in a copy; both machines compute it."""
    whole = hashlib.sha256()
    for name in sorted(files):
        one = hashlib.sha256(files[name].read_bytes()).hexdigest()
        whole.update(f"{name}\0{one}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def folder_of(name: str) -> Path:
    """Return a private folder, without what nobody used for a week."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    if not cache.is_absolute():
        raise Refused("the user has no home folder")
    folder = cache / "buildfix" / "on"
    make_private(folder)
    folder /= name
    make_private(folder)
    for entry in folder.iterdir():
        if time.time() - entry.lstat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(entry, ignore_errors=True)
    return folder


def make_private(folder: Path) -> None:
    """Make sure that a folder exists, and that nobody else can enter it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid():
        raise Refused(f"{folder} is not a folder of this user")
    folder.chmod(0o700)


def extract(archive: Path, folder: Path) -> None:
    """Unpack an archive, which may hold credentials, and remove it."""
    with tarfile.open(archive) as tar:
        if hasattr(tarfile, "data_filter"):
            tar.extractall(folder, filter="data")
        else:  # before Python 3.12, and not mended since
            tar.extractall(folder)  # noqa: S202 - it is our own
    archive.unlink()


def environment() -> dict[str, str]:
    """Return what environment markers ask (PEP 508)."""
    version = platform.python_version()
    return {
        "implementation_name": sys.implementation.name,
        "implementation_version": version,
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": version,
        "python_version": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "sys_platform": sys.platform,
    }


def main(mode: str, *words: str) -> None:
    """Answer one question."""
    os.umask(0o077)
    if mode == "send":
        send(*words)
        return
    modes: dict[str, Any] = {"begin": begin, "have": have, "unpack": unpack, "end": end}
    answer: dict[str, Any]
    try:
        answer = {"answer": modes[mode](*words)}
    except (OSError, Refused) as error:
        answer = {"error": str(error)}
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
