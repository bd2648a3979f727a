# Run by an interpreter with pip (3.8 on): walks what an install would bring, and fetches the sdists
# that it would build, without running anything of them. Prints a JSON object as its last line.
# own_pip.py and index.py come before it.
import tarfile
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor

try:
    import tomllib
except ImportError:
    try:
        from pip._vendor import tomli as tomllib
    except ImportError:
        tomllib = None

SMALL, RATIO = 64 << 20, 100  # what an archive may hold unpacked, as buildfix's own reader has it
SECONDS = 5  # of the processor, for the members of one archive
DOTS = 20_000_000
PROJECTS = 150  # where something is wrong with a walk, it must end all the same


def installed(requirement):
    """Say whether what is installed meets a requirement, so that pip would not touch it."""
    try:
        from importlib.metadata import PackageNotFoundError, version
    except ImportError:
        return False
    try:
        return requirement.specifier.contains(version(requirement.name), prereleases=True)
    except (PackageNotFoundError, InvalidVersion, TypeError):
        return False


def dependencies(text):
    """Return the Requires-Dist of a METADATA or PKG-INFO file."""
    head = text.split("\n\n", 1)[0]
    return [
        line.split(":", 1)[1].strip()
        for line in head.splitlines()
        if line.startswith("Requires-Dist:")
    ]


def sdist_texts(path):
    """Return the pyproject.toml and PKG-INFO of an sdist's top folder, as far as it can be read."""
    texts = {}
    try:
        read = zip_texts if path.endswith(".zip") else tar_texts
        read(path, SMALL + RATIO * os.path.getsize(path), texts)
    except Exception:  # buildfix reads it too, and says so there
        pass
    return texts


def zip_texts(path, _, texts):
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.count("/") == 1 and name.endswith(("/pyproject.toml", "/PKG-INFO")):
                with archive.open(name) as text:
                    texts[name.rsplit("/", 1)[1]] = text.read(2_000_000).decode("utf-8", "replace")


class Member(tarfile.TarInfo):
    """A header that is refused before tarfile would read a huge extension of it into memory."""

    @classmethod
    def frombuf(cls, buf, encoding, errors):
        member = super().frombuf(buf, encoding, errors)
        if member.size > 1_000_000 and member.type in (b"x", b"g", b"X", b"L", b"K"):
            raise tarfile.ReadError("a header of it is too large")
        return member


def tar_texts(path, most, texts):
    with tarfile.open(path, tarinfo=Member) as archive:
        ends = time.process_time() + SECONDS
        for member in archive:
            most -= member.size
            if most < 0 or time.process_time() > ends:  # a bomb is not unpacked
                break
            if member.isfile() and member.name.count("/") == 1 and member.size < 2_000_000:
                base = member.name.rsplit("/", 1)[1]
                if base in ("pyproject.toml", "PKG-INFO"):
                    texts[base] = archive.extractfile(member).read().decode("utf-8", "replace")
                    if len(texts) == 2:
                        break


def is_costly(text):
    """Say whether a TOML text has keys of so many parts that tomllib takes gigabytes for them.

    A key of n parts takes n * n steps and as much memory: 20,000 parts take 1.5 GB.
    """
    return sum(line.count(".") ** 2 for line in text.splitlines()) > DOTS


def build_requires(texts):
    """Return build-system.requires (PEP 518), setuptools alone where there is none."""
    if tomllib is None or "pyproject.toml" not in texts or is_costly(texts["pyproject.toml"]):
        return ["setuptools"]
    try:
        requires = tomllib.loads(texts["pyproject.toml"])["build-system"]["requires"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ["setuptools"]
    return [one for one in requires if isinstance(one, str)]


class Walk:
    """Level by level: what was asked, what that requires, what its builds require."""

    def __init__(self, question):
        self.index = Index(question["arguments"])
        self.target = Target(question.get("tags"), question.get("environment", {}))
        self.here = question["here"]
        self.folder = question["folder"]
        self.limit = question.get("limit", PROJECTS)
        self.seen, self.rows = set(), []

    def wanted(self, requirement, extras):
        if requirement.marker is None:
            return True
        return any(
            requirement.marker.evaluate({**self.target.environment, "extra": extra})
            for extra in (extras or [""])
        )

    def run(self, asked):
        level = [(text, why, frozenset()) for text, why in asked]
        while level and len(self.rows) < self.limit:
            tasks = []
            for text, why, extras in level:
                try:
                    requirement = Requirement(text)
                except InvalidRequirement:
                    continue
                key = (
                    canonicalize_name(requirement.name),
                    frozenset(requirement.extras),
                    why == "build",
                )
                if key in self.seen or requirement.url or not self.wanted(requirement, extras):
                    continue
                self.seen.add(key)
                tasks.append((requirement, why))
            with ThreadPoolExecutor(8) as pool:
                levels = list(pool.map(lambda task: self.visit(*task), tasks))
            level = [one for found in levels for one in found]

    def visit(self, requirement, why):
        """Choose a file; return what it requires in its turn."""
        name = canonicalize_name(requirement.name)
        rebuilt = "binary" not in self.index.formats(name)
        kept = self.here and why != "build" and not rebuilt and not self.index.upgrade
        if kept and installed(requirement):
            return []
        chosen = choose(requirement, self.index, self.target)
        row = {"requirement": str(requirement), "name": name, "why": why}
        self.rows.append(row)
        if chosen is None:
            return []
        row.update({key: chosen[key] for key in ("version", "wheel", "filename")})
        extras = frozenset(requirement.extras)
        if chosen["wheel"]:
            return [(text, why, extras) for text in self.wheel_requires(chosen)]
        path = os.path.join(self.folder, os.path.basename(chosen["filename"]))
        try:
            self.index.fetch(chosen["url"], path)
        except Exception as error:
            self.index.troubles[chosen["url"]] = trouble_of(error, chosen["url"])
            return []
        row["path"] = path
        texts = sdist_texts(path)
        row["build-requires"] = build_requires(texts)
        needed = [(text, "build", frozenset()) for text in row["build-requires"]]
        return needed + [(text, why, extras) for text in dependencies(texts.get("PKG-INFO", ""))]

    def wheel_requires(self, chosen):
        """Return what a wheel requires: from its metadata beside it (PEP 658), else from itself."""
        try:
            if chosen.get("core-metadata") or chosen.get("dist-info-metadata"):
                text = self.index.get(chosen["url"] + ".metadata").decode("utf-8", "replace")
                return dependencies(text)
            from pip._internal.network.lazy_wheel import dist_from_wheel_url

            wheel = dist_from_wheel_url(chosen["name"], chosen["url"], self.index.session)
            return [str(one) for one in wheel.iter_dependencies()]
        except Exception:  # an index that sends no ranges: what this wheel requires stays unknown
            return []


walk = Walk(QUESTION)
walk.run(QUESTION["asked"])
print(json.dumps({"rows": walk.rows, "troubles": walk.index.troubles}))
