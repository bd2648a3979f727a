# Comes, after own_pip.py, before the scripts that ask the user's indexes: their pages, as pip would
# look at them, and which file of a page pip would take. What is asked stands in QUESTION, which is
# read from the first argument.
import contextlib
import dataclasses
import hashlib
import html.parser
import importlib.util
import io
import json
import os
import pathlib
import re
import sys
import threading
import types
import urllib.parse
import urllib.request
from importlib import import_module

QUESTION = json.loads(sys.argv[1])


def adopt(name, folder):
    """Make a package that of a folder; pip's own where none is there or it is too new for here."""
    try:
        place = os.path.join(folder or "", "__init__.py")
        spec = importlib.util.spec_from_file_location(
            name, place, submodule_search_locations=[folder]
        )
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
        for part in PARTS.get(name, ()):
            import_module(part)
        return
    except Exception:
        for loaded in [one for one in sys.modules if one.split(".")[0] == name]:
            del sys.modules[loaded]
    try:
        sys.modules[name] = import_module("pip._vendor." + name)
    except ImportError:  # a pip that is older than its resolver
        sys.modules.pop(name, None)


def adopt_index(folder):
    """Make `buildfix.index` that of buildfix's own folder, and nothing else of buildfix."""
    sys.modules["buildfix"] = types.ModuleType("buildfix")
    sys.modules["buildfix"].__path__ = [folder]


PARTS = {"packaging": ("packaging.requirements", "packaging.tags", "packaging.utils")}
sys.dont_write_bytecode = True  # nothing is left behind in anybody's folders
adopt("packaging", QUESTION.get("packaging"))
adopt("resolvelib", QUESTION.get("resolvelib"))
adopt_index(QUESTION.get("buildfix", ""))

from buildfix.index.files import read_files
from buildfix.index.selection import Rules
from packaging.markers import default_environment
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

try:
    from packaging.tags import Tag, sys_tags
except ImportError:  # pip's own before 20.0; only the files of a project can be told then
    sys_tags = None

ACCEPT = "application/vnd.pypi.simple.v1+json, text/html; q=0.1"
ABSENT = (404, 410)  # what an index says that has nothing of a project


class Links(html.parser.HTMLParser):
    """Collects the files of an index page in HTML (PEP 503)."""

    def __init__(self, base):
        super().__init__()
        self.base, self.files = base, []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "base" and attrs.get("href"):
            self.base = attrs["href"]
        if tag == "a" and attrs.get("href"):
            url, _, fragment = urllib.parse.urljoin(self.base, attrs["href"]).partition("#")
            name, _, value = fragment.partition("=")
            self.files.append(
                {
                    "filename": urllib.parse.unquote(url.rsplit("/", 1)[-1]),
                    "url": url,
                    "hashes": {name: value} if value else {},
                    "requires-python": attrs.get("data-requires-python"),
                    "yanked": "data-yanked" in attrs,
                    "core-metadata": any(
                        name in attrs for name in ("data-core-metadata", "data-dist-info-metadata")
                    ),
                }
            )


def configured_in(command, option):
    """Return the configuration file of pip's that sets an option, None where none does."""
    files = getattr(command.parser.config, "_parsers", {}).values()
    for path, parser in (pair for pairs in files for pair in pairs):
        if any(parser.has_option(section, option) for section in ("global", "install")):
            return path
    return None


def supported_tags():
    """Return the tags of the wheels that this very pip takes, the best first."""
    try:
        from pip._internal.utils.compatibility_tags import get_supported
    except ImportError:
        from pip._internal.pep425tags import get_supported
    return [tag if isinstance(tag, str) else str(tag) for tag in map(joined, get_supported())]


def joined(tag):
    return "-".join(tag) if isinstance(tag, tuple) else tag


class Index:
    """The index pages that the user's pip would look at."""

    def __init__(self, arguments):
        self.command, self.options, self.session = opened(arguments)
        options = self.options
        self.formats = options.format_control.get_allowed_formats
        self.no_binary_in = configured_in(self.command, "no-binary")
        self.troubles = {}  # why an address does not give what it may have
        self.silent = set()  # those that pip would try again for each project, for seconds
        self.constraints = constraints_of(map(self._text_of, options.constraints))
        self.prereleases = options.pre
        self.urls = [] if options.no_index else [options.index_url, *options.extra_index_urls]
        places = [(place, local_path(place)) for place in options.find_links]
        self.folders = [path for _, path in places if os.path.isdir(path)]
        self.links = [
            pathlib.Path(path).absolute().as_uri() if os.path.isfile(path) else place
            for place, path in places
            if place.startswith(("http:", "https:")) or os.path.isfile(path)
        ]
        self.pages, self.locks = {}, {}

    def rows(self, name):
        """Return the files that all pages have of a project; each page is asked once."""
        with self.locks.setdefault(name, threading.Lock()):
            if name not in self.pages:
                self.pages[name] = list(self._rows(name))
        return self.pages[name]

    def _rows(self, name):
        """Yield the files: of equal ones pip takes the last."""
        for folder in self.folders:
            for filename in sorted(os.listdir(folder)):
                yield {"filename": filename, "url": os.path.join(folder, filename), "hashes": {}}
        for base in filter(None, self.urls):
            yield from self._page(base.rstrip("/") + "/" + name + "/", base)
        for url in self.links:
            yield from self._page(url, url)

    def _page(self, url, base):
        """Return the files of a page; none where there is no such page or no answer, as with pip."""
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
        except Exception as error:
            self.troubles[base] = trouble_of(error, url)
            if not answers(error):
                self.silent.add(base)
            return []

    def _text_of(self, place):
        """Return the text of a file of constraints, nothing where it is not to be had."""
        try:
            if place.startswith(("http:", "https:")):
                answer = self.session.get(place)
                answer.raise_for_status()
                return answer.text
            with open(local_path(place), encoding="utf-8-sig", errors="replace") as file:
                return file.read()
        except Exception:  # pip tells of it at the install
            return ""

    def get(self, url):
        """Return what is behind a URL or a path."""
        kept = io.BytesIO()
        self._copy(url, kept)
        return kept.getvalue()

    def fetch(self, url, path, hashes=()):
        """Put a file of the index where `path` says, piece by piece, whole or not at all."""
        try:
            with open(path, "wb") as file:
                self._copy(url, file, hashes)
        except Exception:
            if os.path.exists(path):
                os.unlink(path)
            raise

    def _copy(self, url, file, hashes=()):
        digests = {one.partition(":")[0]: one.partition(":")[2] for one in hashes}
        wanted = digests.get("sha256")
        digest, left, size = hashlib.sha256(), LIMIT, None
        if os.path.isfile(local_path(url)):
            pieces = open(local_path(url), "rb")
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


def rows_of(answer):
    """Return the files of an index page, which is JSON (PEP 691) or HTML (PEP 503)."""
    if "json" in answer.headers.get("Content-Type", ""):
        files = answer.json()["files"]
        for one in files:
            one["url"] = urllib.parse.urljoin(answer.url, one["url"])
        return files
    links = Links(answer.url)
    links.feed(answer.text)
    return links.files


def named_target(options):
    """Return tags and Python version that --platform and its like name; pip's markers heed neither."""
    words = ("platforms", "python_version", "implementation", "abis")
    if not any(getattr(options, word, None) for word in words):
        return None, None
    try:
        from pip._internal.cli.cmdoptions import make_target_python

        target = make_target_python(options)
        tags = getattr(target, "get_sorted_tags", None) or target.get_tags
        return [str(tag) for tag in tags()], ".".join(map(str, target.py_version_info))
    except Exception:  # a pip that has it elsewhere
        return None, None


def target_rules(tags, environment, index):
    """Return what the target takes: this interpreter, unless another is described."""
    named_tags, named_python = named_target(index.options)
    names = named_tags or tags or supported_tags()
    return Rules(
        named_python or environment["python_full_version"],
        {Tag(*name.split("-")): place for place, name in enumerate(names)},
        index.prereleases,
        index.options.prefer_binary if hasattr(index.options, "prefer_binary") else False,
        bool(index.options.ignore_requires_python),
    )


def local_path(place):
    """Return the path that a URL of a file stands for, all else as it is."""
    if not place.lower().startswith("file:"):
        return place
    return urllib.request.url2pathname(urllib.parse.urlsplit(place).path)


def constraints_of(texts):
    """Return the requirements in files of constraints by project."""
    found = {}
    for line in (line for text in texts for line in text.replace("\\\n", " ").splitlines()):
        try:
            one = Requirement(re.sub(r"(^|\s+)(#|--).*", "", line).strip())
        except InvalidRequirement:
            continue
        found.setdefault(canonicalize_name(one.name), []).append(one)
    return found


def constrained(name, index, environment):
    """Return what the user's constraints say of a project where these markers hold."""
    specifier = SpecifierSet()
    for one in index.constraints.get(name, ()):
        if one.marker is None or one.marker.evaluate({**environment, "extra": ""}):
            specifier &= one.specifier
    return specifier
