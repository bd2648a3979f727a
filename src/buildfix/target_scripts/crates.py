"""What the index of crates says of locked crates: the Rust they need, and which are for where.

Cargo's sparse index has a file of lines for each crate; nothing is downloaded but these.
"""

from __future__ import annotations

import json
import os
import re
import threading
import urllib.request
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from buildfix.target_scripts.steps.fetch import context

if TYPE_CHECKING:
    from buildfix.target_scripts.answers import CrateAnswer, CrateNeed, CratesQuestion

AT_ONCE = 16
"""Requests under way."""
LIMIT = 8_000_000
"""Bytes of one crate's file."""
REPLACED = re.compile(r"^\s*(?:replace-with|offline)\s*=", re.MULTILINE)


def answer(question: CratesQuestion) -> list[CrateAnswer]:
    """Return what is known in time, of the first ones at least.

    Nothing is asked if cargo itself uses another index.
    """
    crates, seconds = question["crates"], question["seconds"]
    if not crates or asks_elsewhere():
        return []
    server = Server(question["index"], seconds)

    def ask(name: str) -> str:
        return server.page(place_of(name.lower()))

    names = list(dict.fromkeys(name for name, _ in crates))
    found: list[CrateAnswer] = []
    asked: dict[Future[str], str] = {}
    pages: dict[str, str] = {}
    try:
        pages[names[0]] = ask(names[0])  # if the index cannot be reached, one request shows it
        pool = ThreadPoolExecutor(AT_ONCE)
        asked.update((pool.submit(ask, name), name) for name in names[1:])
        for done in as_completed(asked, timeout=seconds):
            if not done.exception():
                pages[asked[done]] = done.result()
    except (OSError, ValueError, HTTPException, TimeoutError, futures.TimeoutError):
        pass  # what has come in time counts
    finally:
        for one in asked:
            one.cancel()  # Python does not end before what is asked has an answer
    for name, version in crates:
        found += rows_of(pages.get(name, ""), name, version)
    return found


class Server:
    """An index's server, asked over connections that stay open, one for each thread.

    A connection for each crate takes longer than the answers. A proxy gets one for each request.
    """

    def __init__(self, index: str, seconds: float):
        """Ask this index, and wait so many seconds for each answer."""
        self.index, self.seconds = index.rstrip("/"), seconds
        self.trust = context()
        handler = urllib.request.HTTPSHandler(context=self.trust)
        self.opener = urllib.request.build_opener(handler)
        parts = urlsplit(self.index)
        self.host, self.path, scheme = parts.hostname or "", parts.path, parts.scheme
        self.port = parts.port
        self.is_secure = scheme == "https"
        proxied = scheme in urllib.request.getproxies() and not proxy_bypass(self.host)
        self.is_direct = scheme in ("http", "https") and not proxied
        self.thread = threading.local()

    def page(self, place: str) -> str:
        """Return a page; raises OSError, ValueError or HTTPException."""
        if self.is_direct:
            answer = self.asked("/".join((self.path, place)))
            if answer.status == 200:
                text = answer.read(LIMIT).decode("utf-8")
                if not answer.isclosed():
                    self.thread.connection.close()
                return text
            answer.read(LIMIT)
        with self.opener.open("/".join((self.index, place)), timeout=self.seconds) as page:
            return str(page.read(LIMIT).decode("utf-8"))

    def asked(self, path: str) -> HTTPResponse:
        """Return the answer over this thread's connection, or over a new one if that has ended."""
        connection: HTTPConnection | None = getattr(self.thread, "connection", None)
        if connection:
            try:
                connection.request("GET", path)
                return connection.getresponse()
            except (OSError, HTTPException):
                connection.close()
        self.thread.connection = connection = self.connection()
        connection.request("GET", path)
        return connection.getresponse()

    def connection(self) -> HTTPConnection:
        """Return a new connection."""
        if self.is_secure:
            return HTTPSConnection(self.host, self.port, timeout=self.seconds, context=self.trust)
        return HTTPConnection(self.host, self.port, timeout=self.seconds)


def asks_elsewhere() -> bool:
    """Return whether cargo is told to work offline or to use another source of crates."""
    if os.environ.get("CARGO_NET_OFFLINE") == "true":
        return True
    home = os.environ.get("CARGO_HOME") or os.path.expanduser("~/.cargo")
    for name in ("config.toml", "config"):
        try:
            with open(os.path.join(home, name), encoding="utf-8") as file:
                if REPLACED.search(file.read()):
                    return True
        except (OSError, UnicodeDecodeError):
            continue
    return False


def place_of(name: str) -> str:
    """Return where a crate's file is in an index."""
    if len(name) < 4:
        return "/".join([str(len(name)), *([name[0]] if len(name) == 3 else []), name])
    return "/".join((name[:2], name[2:4], name))


def rows_of(page: str, name: str, version: str) -> list[CrateAnswer]:
    """Return what a crate's file says of one version, as a list of one row or none."""
    for line in page.splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if row.get("vers") == version:
            needed = [one for one in row.get("deps", ()) if one.get("kind") != "dev"]
            return [
                {
                    "name": name,
                    "version": version,
                    "rust": row.get("rust_version") or "",
                    "needs": [need_of(one) for one in needed],
                    "features": {**(row.get("features") or {}), **(row.get("features2") or {})},
                }
            ]
    return []


def need_of(row: dict[str, Any]) -> CrateNeed:
    """Return what the index says of a dependency."""
    default = ["default"] if row.get("default_features", True) else []
    return {
        "name": row.get("package") or row["name"],
        "alias": row["name"],
        "target": row.get("target") or "",
        "optional": bool(row.get("optional")),
        "features": [*default, *(row.get("features") or ())],
    }
