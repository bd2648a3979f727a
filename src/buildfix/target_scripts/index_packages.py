"""What a resolution needs from the indexes: pages, metadata and sdists, each fetched once."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import urllib.parse
import zipfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from buildfix.index.files import File, read_files, version_and_tags
from buildfix.index.metadata import Metadata, read_metadata, read_sdist
from buildfix.index.resolve import Given, Provider
from buildfix.index.wanted import Settings, Unreadable, parsed, wanted_by
from buildfix.target_scripts.index_pages import Index, local_path
from buildfix.target_scripts.pip_session import trouble_of
from buildfix.target_scripts.sdist import build_requires, project_table, sdist_texts

WORKERS = 8


class IndexPackages:
    """Answers what a resolution asks; see `buildfix.index.wanted.PackageSource`."""

    def __init__(self, index: Index, folder: str):
        """Take the pages, and the folder for sdists."""
        self.index, self.folder = index, folder
        self.paths: dict[str, str] = {}  # of sdists, by their URLs: where each was put
        self.builds: dict[str, list[str]] = {}  # what its build requires
        self.failed: dict[str, str] = {}  # why a file could not be fetched
        self.pool = ThreadPoolExecutor(WORKERS)
        self._listed: dict[str, Sequence[File]] = {}
        self._said: dict[str, Metadata | None] = {}
        self._locks: dict[str, threading.Lock] = {}  # of projects, and of files by their URLs

    def files(self, project: str) -> Sequence[File]:
        """Return all files that the indexes have of a project."""
        with self._locks.setdefault(project, threading.Lock()):
            if project not in self._listed:
                self._listed[project] = read_files(self.index.rows(project), project)
        return self._listed[project]

    def metadata(self, project: str, file: File) -> Metadata:
        """Return the metadata of a file; raises Unreadable."""
        with self._locks.setdefault(file.url, threading.Lock()):
            if file.url not in self._said:
                self._said[file.url] = self._metadata(project, file)
        found = self._said[file.url]
        if found is None:
            raise Unreadable(file.filename)
        return found

    def expect(self, project: str, files: Sequence[File]) -> None:
        """Start fetching the metadata of these files."""
        for file in files:
            if file.is_wheel and file.url not in self._said:
                self.pool.submit(self.metadata, project, file)

    def by_url(self, requirement: Requirement) -> Given:
        """Return the file at a requirement's URL; raises Unreadable, as for any repository."""
        url = (requirement.url or "").partition("#")[0]
        filename = urllib.parse.unquote(urllib.parse.urlsplit(url).path.rsplit("/", 1)[-1])
        name = canonicalize_name(requirement.name)
        known = version_and_tags(filename, name)
        local = os.path.isfile(local_path(url))
        if known is None or not (local or url.startswith(("http:", "https:"))):
            raise Unreadable(url)
        file = File(filename, known[0], known[1], url=url)
        return Given(self.metadata(name, file), file)

    def _metadata(self, project: str, file: File) -> Metadata | None:
        try:
            if not file.is_wheel:
                return self._sdist(file)
            if file.has_metadata:
                text = self.index.get(file.url + ".metadata")
                return read_metadata(text.decode("utf-8", "replace"))
            return self._wheel(project, file)
        except Exception as error:  # pip's session raises many kinds
            self.failed[file.url] = trouble_of(error, file.url)
            return None

    def _wheel(self, project: str, file: File) -> Metadata:
        """Return a wheel's metadata, from a part of the file if the server sends ranges."""
        path = local_path(file.url)
        if not os.path.isfile(path):
            with contextlib.suppress(Exception):  # no ranges, or an old pip
                from pip._internal.network.lazy_wheel import dist_from_wheel_url

                found = dist_from_wheel_url(project, file.url, self.index.session)
                return read_metadata(found.read_text("METADATA"))
            name = "wheel-" + hashlib.sha256(file.url.encode()).hexdigest()
            path = os.path.join(self.folder, name)
            self.index.fetch(file.url, path, file.hashes)
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
            return read_metadata(archive.read(names[0]).decode("utf-8", "replace"))

    def _sdist(self, file: File) -> Metadata:
        path = os.path.join(self.folder, os.path.basename(file.filename))
        self.index.fetch(file.url, path, file.hashes)
        self.paths[file.url] = path
        texts = sdist_texts(path)
        self.builds[file.url] = build_requires(texts)
        return read_sdist(texts, project_table(texts))


class Ahead:
    """Fetches, beside a resolution, what it will probably need next."""

    def __init__(self, packages: IndexPackages, settings: Settings):
        """Take the packages to fetch, and the settings of the resolution."""
        self._provider, self._settings = Provider(packages, settings), settings
        self._pool = packages.pool
        self._seen: set[tuple[str, tuple[str, ...]]] = set()

    def look(self, texts: Iterable[str], extras: tuple[str, ...] = ()) -> None:
        """Start fetching what these requirements will probably lead to."""
        for text in texts:
            requirement = parsed(text)
            if requirement is None or requirement.url or (text, extras) in self._seen:
                continue
            if self._settings.holds(requirement, extras):
                self._seen.add((text, extras))
                with contextlib.suppress(RuntimeError):  # the pool is closed
                    self._pool.submit(self._one, requirement)

    def _one(self, requirement: Requirement) -> None:
        wanted = next(wanted_by(requirement))
        try:
            metadata = self._provider.likely(wanted)
        except Exception:  # the resolution reports it
            return
        if metadata is not None and self._settings.dependencies:
            self.look(metadata.requires)
            if wanted.extras:
                self.look(metadata.requires, tuple(wanted.extras))
