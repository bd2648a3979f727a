"""The pages of the user's indexes, as the target's own pip reads them."""

from __future__ import annotations

import contextlib
import hashlib
import html.parser
import io
import os
import pathlib
import re
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, Dict

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from buildfix.target_scripts.pip_session import (
    LIMIT,
    answers,
    check_whole,
    opened,
    refusal,
    trouble_of,
)

Row = Dict[str, Any]
"""A file of a page (PEP 691)."""

ACCEPT = "application/vnd.pypi.simple.v1+json, text/html; q=0.1"
WHOLE = ("https://", "http://")
"""How a URL begins that is not relative to its page."""
ABSENT = (404, 410)
"""How an index answers that does not have a project."""


class Links(html.parser.HTMLParser):
    """Collects the files of an index page in HTML (PEP 503)."""

    def __init__(self, base: str):
        """Take the page's URL, which links may be relative to."""
        super().__init__()
        self.base = base
        self.files: list[Row] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect a link, or the base of the other links."""
        found = dict(attrs)
        target = found.get("href")
        if tag == "base" and target:
            self.base = target
        if tag == "a" and target:
            self.files.append(self._row(target, found))

    def _row(self, target: str, attributes: dict[str, str | None]) -> Row:
        url, _, fragment = urllib.parse.urljoin(self.base, target).partition("#")
        name, _, value = fragment.partition("=")
        beside = {"data-core-metadata", "data-dist-info-metadata"}
        return {
            "filename": urllib.parse.unquote(url.rsplit("/", 1)[-1]),
            "url": url,
            "hashes": {name: value} if value else {},
            "requires-python": attributes.get("data-requires-python"),
            "yanked": "data-yanked" in attributes,
            "core-metadata": not beside.isdisjoint(attributes),
        }


class Index:
    """The index pages that the user's pip would read."""

    def __init__(self, arguments: Sequence[str]):
        """Take the user's own options of pip's `install`."""
        self.command, self.options, self.session = opened(arguments)
        options = self.options
        self.formats = options.format_control.get_allowed_formats
        self.troubles: dict[str, str] = {}  # why an address does not answer
        self.silent: set[str] = set()  # not asked again: pip would retry for seconds
        self.constraints = self.constraints_in(options.constraints)
        self.prereleases: bool = options.pre
        self.urls = [] if options.no_index else [options.index_url, *options.extra_index_urls]
        places = [(place, local_path(place)) for place in options.find_links]
        self.folders = [path for _, path in places if os.path.isdir(path)]
        self.links = [
            pathlib.Path(path).absolute().as_uri() if os.path.isfile(path) else place
            for place, path in places
            if place.startswith(("http:", "https:")) or os.path.isfile(path)
        ]
        self.pages: dict[str, list[Row]] = {}
        self.locks: dict[str, threading.Lock] = {}

    def rows(self, name: str) -> list[Row]:
        """Return the files of a project on all pages; each page is fetched once."""
        with self.locks.setdefault(name, threading.Lock()):
            if name not in self.pages:
                self.pages[name] = list(self._rows(name))
        return self.pages[name]

    def constraints_in(self, places: Iterable[str]) -> dict[str, list[Requirement]]:
        """Return the requirements in constraint files, by project."""
        found: dict[str, list[Requirement]] = {}
        texts = (self._text_of(place).replace("\\\n", " ") for place in places)
        for line in (line for text in texts for line in text.splitlines()):
            with contextlib.suppress(InvalidRequirement):
                one = Requirement(re.sub(r"(^|\s+)(#|--).*", "", line).strip())
                found.setdefault(canonicalize_name(one.name), []).append(one)
        return found

    def get(self, url: str) -> bytes:
        """Return the content of a URL or path."""
        kept = io.BytesIO()
        self._copy(url, kept)
        return kept.getvalue()

    def fetch(self, url: str, path: str, hashes: Iterable[str] = ()) -> None:
        """Write a file of the index to `path`; remove it if it is not complete."""
        try:
            with open(path, "wb") as file:
                self._copy(url, file, hashes)
        except Exception:
            if os.path.exists(path):
                os.unlink(path)
            raise

    def _rows(self, name: str) -> Iterator[Row]:
        """Yield the files in pip's order: of equal ones it takes the last."""
        for folder in self.folders:
            for filename in sorted(os.listdir(folder)):
                yield {"filename": filename, "url": os.path.join(folder, filename), "hashes": {}}
        for base in filter(None, self.urls):
            yield from self._page(base.rstrip("/") + "/" + name + "/", base)
        for url in self.links:
            yield from self._page(url, url)

    def _page(self, url: str, base: str) -> list[Row]:
        """Return the files of a page; none if it does not exist or answer, as in pip."""
        if base in self.silent:
            return []
        if url.startswith("file:") and os.path.isdir(local_path(url)):
            url = url.rstrip("/") + "/index.html"
        try:
            answer = self.session.get(url, headers={"Accept": ACCEPT})
            if answer.status_code != 200:
                if answer.status_code not in ABSENT:
                    self.troubles[base] = refusal(answer)
                return []
            return rows_of(answer)
        except Exception as error:  # pip's session raises many kinds
            self.troubles[base] = trouble_of(error, url)
            if not answers(error):
                self.silent.add(base)
            return []

    def _text_of(self, place: str) -> str:
        """Return the text of a constraint file; empty if it cannot be read."""
        try:
            if place.startswith(("http:", "https:")):
                answer = self.session.get(place)
                answer.raise_for_status()
                return str(answer.text)
            with open(local_path(place), encoding="utf-8-sig", errors="replace") as file:
                return file.read()
        except Exception:  # pip reports it at the install
            return ""

    def _copy(self, url: str, file: IO[bytes], hashes: Iterable[str] = ()) -> None:
        digests = {one.partition(":")[0]: one.partition(":")[2] for one in hashes}
        wanted = digests.get("sha256")
        digest, left, size = hashlib.sha256(), LIMIT, None
        pieces: IO[bytes]
        if os.path.isfile(local_path(url)):
            pieces = open(local_path(url), "rb")  # noqa: SIM115 -- closed below
        else:
            answer = self.session.get(url, stream=True, headers={"Accept-Encoding": "identity"})
            answer.raise_for_status()
            pieces, size = answer.raw, answer.headers.get("Content-Length")
        with contextlib.closing(pieces):
            for piece in iter(lambda: pieces.read(1 << 20), b""):
                left -= len(piece)
                if left < 0:
                    raise ValueError("it is larger than a source should be")
                digest.update(piece)
                file.write(piece)
        check_whole(LIMIT - left, size)
        if wanted and wanted != digest.hexdigest():
            raise ValueError("its content does not match the index (sha256)")


def rows_of(answer: Any) -> list[Row]:
    """Return the files of an index page, which is JSON (PEP 691) or HTML (PEP 503)."""
    if "json" in answer.headers.get("Content-Type", ""):
        files: list[Row] = answer.json()["files"]
        for one in files:
            if not one["url"].startswith(WHOLE):  # joining thousands takes half a second
                one["url"] = urllib.parse.urljoin(answer.url, one["url"])
        return files
    links = Links(answer.url)
    links.feed(answer.text)
    return links.files


def local_path(place: str) -> str:
    """Return the path of a `file:` URL; anything else unchanged."""
    if not place.lower().startswith("file:"):
        return place
    return urllib.request.url2pathname(urllib.parse.urlsplit(place).path)
