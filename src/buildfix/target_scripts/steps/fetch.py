"""Downloads one file and puts it in place only if its checksum is right.

Else nothing is left behind, and one line says why. Exit code 0: it is there.

    fetch.py URL SHA256 FILE [--mirror VARIABLE=ROOT]

Where the variable is set, its value stands for ROOT at the beginning of the URL. Proxies are those
of the environment, as urllib reads it; certificates those of OpenSSL, else of certifi.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import http.client
import importlib
import os
import re
import signal
import ssl
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from typing import IO, Any

TIMEOUT = 60
"""Seconds of silence."""
LIMIT = 200_000_000
"""Bytes of a file."""
CHUNK = 1 << 16


class Refused(Exception):
    """What stands in the way, in words."""


class NoDowngrade(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from https to anything else."""

    def redirect_request(
        self,
        request: urllib.request.Request,
        answer: Any,
        code: int,
        message: str,
        headers: Any,
        url: str,
    ) -> urllib.request.Request | None:
        """Return what asks for the new place; raises Refused."""
        if request.full_url.startswith("https:") and not url.startswith("https:"):
            raise Refused("the server redirects from https to " + shown(url))
        return super().redirect_request(request, answer, code, message, headers, url)


def shown(url: str) -> str:
    """Return a URL without credentials."""
    return re.sub(r"://[^/@]*@", "://****@", url)


def context() -> ssl.SSLContext:
    """Return a TLS context that trusts what OpenSSL trusts here, certifi's list if that is none."""
    paths = ssl.get_default_verify_paths()
    folder = paths.capath and os.path.isdir(paths.capath) and os.listdir(paths.capath)
    if paths.cafile or folder or sys.platform == "win32":
        return ssl.create_default_context()
    for name in ("certifi", "pip._vendor.certifi"):
        try:
            return ssl.create_default_context(cafile=importlib.import_module(name).where())
        except (ImportError, OSError):
            continue
    return ssl.create_default_context()


def located(url: str, mirror: str | None) -> str:
    """Return where to ask: the URL, or the same below the root that the mirror's variable names."""
    name, _, root = (mirror or "").partition("=")
    told = os.environ.get(name, "").rstrip("/") if name else ""
    if told:
        return told + url[len(root) :]
    if not url.startswith("https:"):
        raise Refused("only https is allowed, but this is " + shown(url))
    return url


def download(url: str, file: IO[bytes]) -> str:
    """Write what the URL gives into a file; return its checksum."""
    opener = urllib.request.build_opener(
        NoDowngrade, urllib.request.HTTPSHandler(context=context())
    )
    digest, size = hashlib.sha256(), 0
    with opener.open(url, timeout=TIMEOUT) as answer:
        whole = answer.headers.get("Content-Length")
        while True:
            chunk = answer.read(CHUNK)
            if not chunk:
                break
            size += len(chunk)
            if size > LIMIT:
                raise Refused(f"the file is larger than {LIMIT} bytes")
            digest.update(chunk)
            file.write(chunk)
    if whole and size != int(whole):
        raise Refused(f"the download was cut short: {size} of {whole} bytes arrived")
    return digest.hexdigest()


def checksum(path: str) -> str | None:
    """Return a file's checksum; None if it does not exist."""
    try:
        with open(path, "rb") as file:
            digest = hashlib.sha256()
            for chunk in iter(lambda: file.read(CHUNK), b""):
                digest.update(chunk)
            return digest.hexdigest()
    except OSError:
        return None


def make_folders(path: str) -> list[str]:
    """Make a folder and those above it; return the ones that were not there, the lowest first."""
    made = []
    while path and not os.path.isdir(path):
        made.append(path)
        path = os.path.dirname(path)
    for folder in reversed(made):
        os.mkdir(folder, 0o700)
    return made


def place(url: str, expected: str, target: str) -> None:
    """Download into a file beside the target, and rename it there once its checksum is right."""
    made = make_folders(os.path.dirname(target))
    handle, partial = tempfile.mkstemp(prefix=".partial-", dir=os.path.dirname(target))
    done = False
    try:
        with os.fdopen(handle, "wb") as file:
            found = download(url, file)
        if found != expected:
            raise Refused(f"its checksum is {found}, but should be {expected}")
        os.chmod(partial, 0o700)
        os.replace(partial, target)
        done = True
    finally:
        if not done:
            os.unlink(partial)
            with contextlib.suppress(OSError):  # another has put something there meanwhile
                for folder in made:
                    os.rmdir(folder)


def reason(error: BaseException) -> str:
    """Return what went wrong, in words."""
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answers {error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError):
        return str(error.reason)
    if isinstance(error, http.client.IncompleteRead):
        return f"the download was cut short after {len(error.partial)} bytes"
    return str(error) or type(error).__name__


def main() -> None:
    """Fetch what the words name."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("sha256")
    parser.add_argument("file")
    parser.add_argument("--mirror")
    words = parser.parse_args()
    target = os.path.abspath(os.path.expanduser(words.file))
    if checksum(target) == words.sha256:
        print(target + " already exists")
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    url = words.url
    try:
        url = located(words.url, words.mirror)
        place(url, words.sha256, target)
    except (Refused, OSError, ValueError, http.client.HTTPException) as error:
        sys.exit(f"cannot fetch {shown(url)}, nothing was changed: {reason(error)}")
    except KeyboardInterrupt:
        sys.exit(f"cannot fetch {shown(url)}, nothing was changed: interrupted")
    print(target + " fetched and verified")


if __name__ == "__main__":
    main()
