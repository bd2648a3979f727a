# Comes after index.py and before walk.py (3.8 on): reads what an sdist requires from its texts alone.
# What an archive may cost is limited; nothing is run, and no member is written anywhere.
import re
import tarfile
import time
import zipfile

try:
    import tomllib
except ImportError:
    try:
        from pip._vendor import tomli as tomllib
    except ImportError:
        tomllib = None

from buildfix.index.metadata import read_sdist

SMALL, RATIO = 64 << 20, 100  # what an archive may hold unpacked, as buildfix's own reader has it
SECONDS = 5  # of the processor, for the members of one archive
DOTS = 20_000_000
WANTED = re.compile(
    r"[^/]+/(?:(?P<top>pyproject\.toml|PKG-INFO)|(?:src/)?[^/]+\.egg-info/requires\.txt)"
)


def sdist_texts(path):
    """Return the texts of an sdist that say what it requires, as far as it can be read."""
    texts = {}
    try:
        read = zip_texts if path.endswith(".zip") else tar_texts
        read(path, SMALL + RATIO * os.path.getsize(path), texts)
    except Exception:  # buildfix reads it too, and says so there
        pass
    return texts


def zip_texts(path, _, texts):
    with zipfile.ZipFile(path) as archive:
        for name in filter(WANTED.fullmatch, archive.namelist()):
            with archive.open(name) as text:
                keep(texts, name, text.read(2_000_000))


def keep(texts, name, data):
    base = name.rsplit("/", 1)[1]
    texts[base] = data.decode("utf-8", "replace")


def enough(texts):
    """Say whether nothing more has to be looked for in an archive."""
    if "PKG-INFO" not in texts or "pyproject.toml" not in texts:
        return False
    return "requires.txt" in texts or bool(read_sdist(texts, project_table(texts)).requires)


class Member(tarfile.TarInfo):
    """A header that is refused before tarfile would read a huge extension of it into memory."""

    @classmethod
    def frombuf(cls, buf, encoding, errors):
        member = super().frombuf(buf, encoding, errors)
        if member.size > 1_000_000 and member.type in (b"x", b"g", b"X", b"L", b"K"):
            raise tarfile.ReadError("one of its headers is too large")
        return member


def tar_texts(path, most, texts):
    with tarfile.open(path, tarinfo=Member) as archive:
        ends = time.process_time() + SECONDS
        for member in archive:
            most -= member.size
            if most < 0 or time.process_time() > ends:  # a bomb is not unpacked
                break
            if member.isfile() and member.size < 2_000_000 and WANTED.fullmatch(member.name):
                keep(texts, member.name, archive.extractfile(member).read())
                if enough(texts):
                    break


def tables(texts):
    """Return the pyproject.toml of an sdist as tables, none where it cannot be read."""
    if tomllib is None or is_costly(texts.get("pyproject.toml", "")):
        return {}
    try:
        return tomllib.loads(texts["pyproject.toml"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return {}


def project_table(texts):
    """Return the table `project` of pyproject.toml (PEP 621)."""
    found = tables(texts).get("project", {})
    return found if isinstance(found, dict) else {}


def is_costly(text):
    """Say whether a TOML text has keys of so many parts that tomllib takes gigabytes for them.

    A key of n parts takes n * n steps and as much memory: 20,000 parts take 1.5 GB.
    """
    return sum(line.count(".") ** 2 for line in text.splitlines()) > DOTS


def build_requires(texts):
    """Return build-system.requires (PEP 518), setuptools alone where there is none."""
    try:
        requires = tables(texts)["build-system"]["requires"]
    except (LookupError, TypeError):
        return ["setuptools"]
    return [one for one in requires if isinstance(one, str)]
