# Comes, after own_pip.py, before the scripts that ask the user's indexes: their pages, as pip would
# look at them, and which file of a page pip would take. What is asked stands in QUESTION, which is
# read from the first argument.
import html.parser
import importlib.util
import json
import os
import re
import shutil
import sys
import urllib.parse
import urllib.request

QUESTION = json.loads(sys.argv[1])


def adopt_packaging(folder):
    """Make `packaging` that of a folder: pips bring old ones, and very old pips lack parts of it."""
    try:
        place = os.path.join(folder or "", "__init__.py")
        spec = importlib.util.spec_from_file_location(
            "packaging", place, submodule_search_locations=[folder]
        )
        sys.modules["packaging"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["packaging"])
        import packaging.requirements
        import packaging.tags
    except Exception:  # none is there, or it is too new for this Python
        for name in [name for name in sys.modules if name.split(".")[0] == "packaging"]:
            del sys.modules[name]
        import pip._vendor.packaging

        sys.modules["packaging"] = pip._vendor.packaging


adopt_packaging(QUESTION.get("packaging"))

from packaging.markers import default_environment
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

try:
    from packaging.tags import Tag, sys_tags
    from packaging.utils import parse_wheel_filename
except ImportError:  # pip's own before 21.1; only the files of a project can be told then
    sys_tags = None

SDIST = re.compile(r"\.(tar\.gz|tgz|tar\.bz2|tar\.xz|zip)$")
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
        command, options, self.session = opened(arguments)
        self.formats = options.format_control.get_allowed_formats
        self.no_binary_in = configured_in(command, "no-binary")
        self.troubles = {}  # why an address does not give what it may have
        self.silent = set()  # those that pip would try again for each project, for seconds
        self.constraints = constraints_of(map(self._text_of, options.constraints))
        self.prereleases = options.pre
        self.upgrade = options.upgrade
        self.urls = [] if options.no_index else [options.index_url, *options.extra_index_urls]
        self.folders = list(filter(os.path.isdir, map(local_path, options.find_links)))
        self.links = [url for url in options.find_links if url.startswith(("http:", "https:"))]
        self.pages = {}

    def files(self, name):
        if name not in self.pages:
            found = []
            for base in filter(None, self.urls):
                found += self._page(base.rstrip("/") + "/" + name + "/", base)
            for url in self.links:
                found += self._page(url, url)
            for folder in self.folders:
                for filename in os.listdir(folder):
                    path = os.path.join(folder, filename)
                    found.append({"filename": filename, "url": path, "hashes": {}})
            self.pages[name] = found
        return self.pages[name]

    def _page(self, url, base):
        """Return the files of a page; none where there is no such page or no answer, as with pip."""
        if base in self.silent:
            return []
        if url.startswith("file:") and os.path.isdir(local_path(url)):
            url = url.rstrip("/") + "/index.html"
        try:
            answer = self.session.get(url, headers={"Accept": ACCEPT})
        except Exception as error:
            self.troubles[base] = trouble_of(error, url)
            self.silent.add(base)
            return []
        if answer.status_code != 200:
            if answer.status_code not in ABSENT:
                self.troubles[base] = refusal(answer)
            return []
        if "json" in answer.headers.get("Content-Type", ""):
            files = answer.json()["files"]
            for one in files:
                one["url"] = urllib.parse.urljoin(answer.url, one["url"])
            return files
        links = Links(answer.url)
        links.feed(answer.text)
        return links.files

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
        if os.path.isfile(url):
            with open(url, "rb") as file:
                return file.read()
        answer = self.session.get(url, stream=True, headers={"Accept-Encoding": "identity"})
        answer.raise_for_status()
        return answer.raw.read(LIMIT)

    def fetch(self, url, path):
        """Put a file of the index where `path` says, piece by piece."""
        if os.path.isfile(url):
            shutil.copyfile(url, path)
            return
        answer = self.session.get(url, stream=True, headers={"Accept-Encoding": "identity"})
        answer.raise_for_status()
        left = LIMIT
        with open(path, "wb") as file:
            for piece in iter(lambda: answer.raw.read(1 << 20), b""):
                left -= len(piece)
                if left < 0:
                    raise ValueError("it is larger than a source would be")
                file.write(piece)


class Target:
    """The interpreter that all is for: this one, unless another is described."""

    def __init__(self, tags, environment):
        names = tags or supported_tags()
        self.rank = {Tag(*name.split("-")): place for place, name in enumerate(names)}
        self.environment = {**default_environment(), **environment}
        self.python = Version(self.environment["python_full_version"])

    def runs(self, file):
        try:
            spec = SpecifierSet(file.get("requires-python") or "")
        except InvalidSpecifier:
            return True
        return spec.contains(self.python, prereleases=True)

    def best(self, tags):
        return min((self.rank[tag] for tag in tags if tag in self.rank), default=None)


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


def version_of(filename, name):
    """Return version, tags (None for an sdist) of a file, None where it is neither."""
    try:
        if filename.endswith(".whl"):
            own, version, _, tags = parse_wheel_filename(filename)
            return (version, tags) if own == name else None
        if SDIST.search(filename):
            stem = SDIST.sub("", filename)
            for at in (place for place, char in enumerate(stem) if char == "-"):
                if canonicalize_name(stem[:at]) == name:
                    return Version(stem[at + 1 :]), None
    except (InvalidVersion, ValueError):
        pass
    return None


def choose(requirement, index, target):
    """Return the file that pip would take for a requirement: the newest version, a wheel first."""
    name = canonicalize_name(requirement.name)
    formats = index.formats(name)
    specifier = requirement.specifier & constrained(name, index, target.environment)
    rows = []
    for file in index.files(name):
        known = version_of(file["filename"], name)
        if known is None or not target.runs(file) or file.get("yanked"):
            continue
        version, tags = known
        place = target.best(tags) if tags is not None else None
        if tags is None and "source" not in formats:
            continue
        if tags is not None and (place is None or "binary" not in formats):
            continue
        rows.append((version, tags is not None, -(place or 0), file))
    pre = index.prereleases or None
    finals = [row for row in rows if specifier.contains(row[0], prereleases=pre)]
    if not finals and all(row[0].is_prerelease for row in rows):
        finals = [row for row in rows if specifier.contains(row[0], prereleases=True)]
    if not finals:
        return None
    version, wheel, _, file = max(finals, key=lambda row: row[:3])
    return {"name": name, "version": str(version), "wheel": wheel, **file}
