# Run by the target interpreter (3.8 on) with a JSON list of names and URLs as its argument: prints
# what each of these installed distributions brings, as JSON. listed.py comes before it.
import glob
import json
import os
import re
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.metadata import PackageNotFoundError, distribution, distributions

SKIPPED = {
    "tests",
    "test",
    "testing",
    "docs",
    "doc",
    "examples",
    "benchmarks",
    "setup",
    "conftest",
    "scripts",
}
EDITABLE = "__editable__"  # what setuptools puts in front of its own finders


def normalised(name):
    return re.sub(r"[-_.]+", "-", name or "").lower()


def url_of(dist):
    try:
        return json.loads(dist.read_text("direct_url.json") or "{}").get("url", "")
    except ValueError:
        return ""


def place_of(url):
    """Return a URL as direct_url.json has it: no `git+`, no revision, fragment or password."""
    bare = url.partition("#")[0].rstrip("/")
    if re.match(r"(git|hg|svn|bzr)\+", bare):
        head, slash, last = bare.partition("+")[2].rpartition("/")
        bare = head + slash + last.partition("@")[0]
    return re.sub(r"//[^/@]*@", "//", bare)


def module_of(path):
    """Return the dotted name of an importable file and whether it is compiled, else None."""
    compiled = next(
        (end for end in sorted(EXTENSION_SUFFIXES, key=len, reverse=True) if path.endswith(end)),
        None,
    )
    if not compiled and not path.endswith(".py"):
        return None
    parts = path[: -len(compiled or ".py")].split("/")
    if parts[-1] == "__init__":
        parts.pop()
    if not parts or not all(part.isidentifier() for part in parts) or SKIPPED.intersection(parts):
        return None
    return ".".join(parts), bool(compiled)


def files_of(dist):
    """Return the files as paths from site-packages, of an editable install those of its folders."""
    files = listed(dist)
    for name in files:
        if name.startswith("__editable__") or name.endswith(".pth"):
            text = open(str(dist.locate_file(name)), encoding="utf-8", errors="replace").read()
            folders = [line for line in text.splitlines() if os.path.isdir(line)]
            folders += [os.path.dirname(where) for where in re.findall(r"'(/[^']+)'", text)]
            for folder in folders:
                found = glob.glob(folder + "/*.*") + glob.glob(folder + "/*/*.*")
                files += [os.path.relpath(path, folder).replace(os.sep, "/") for path in found]
    return files


def modules_of(files):
    named = dict(filter(None, map(module_of, files)))
    named = {name: compiled for name, compiled in named.items() if not name.startswith(EDITABLE)}
    packages = [
        name
        for name in named
        if name.count(".")
        == min(other.count(".") for other in named if other.split(".")[0] == name.split(".")[0])
    ]
    by_depth = sorted(
        (name for name in named if named[name]), key=lambda name: (name.count("."), name)
    )
    return sorted(packages), [name for name in by_depth if name not in packages]


def programs_of(dist, files):
    folder = os.path.dirname(sys.executable)
    names = [
        os.path.basename(name) for name in files if re.search(r"(^|/)(bin|Scripts)/[^/]+$", name)
    ]
    return [
        os.path.join(folder, name)
        for name in names
        if os.access(os.path.join(folder, name), os.X_OK)
    ]


def has_binary(dist, files):
    """Say whether a distribution has a file that was compiled, whatever it is called."""
    if any(re.search(r"\.(so|dylib|pyd|dll|exe)(\.|$)", name) for name in files):
        return True
    for name in files:
        if re.search(r"(^|/)bin/[^/]+$", name):
            try:
                with open(str(dist.locate_file(name)), "rb") as file:
                    if file.read(2) != b"#!":
                        return True
            except OSError:
                pass
    return False


def parted(dist, files):
    """Return the files of a distribution that are there, and those that are not; no bytecode."""
    there, lost = [], []
    for name in files:
        if not name.endswith(".pyc"):
            (there if os.path.exists(str(dist.locate_file(name))) else lost).append(name)
    return there, lost


def wheel_of(dist):
    tags = re.findall(r"^Tag: *(\S+)", dist.read_text("WHEEL") or "", re.M)
    if not tags:
        return None
    merged = "-".join(
        ".".join(sorted(set(part), key=part.index))
        for part in zip(*(tag.split("-") for tag in tags))
    )
    return "%s-%s-%s.whl" % (re.sub(r"[-_.]+", "_", dist.metadata["Name"]), dist.version, merged)


def find(want):
    """Return the installed distribution of a name, or the one installed from a URL; else None."""
    if ":" in want:
        place = place_of(want)
        return next((dist for dist in distributions() if place_of(url_of(dist)) == place), None)
    try:
        return distribution(want)
    except PackageNotFoundError:  # Python 3.8 finds only some spellings of a name
        return next(
            (dist for dist in distributions() if normalised(dist.metadata["Name"]) == want), None
        )


found = {}
for want in json.loads(sys.argv[1]):
    dist = find(want)
    if dist is not None:
        files = files_of(dist)
        packages, compiled = modules_of(files)
        there, lost = parted(dist, listed(dist))
        found[want] = {
            "name": normalised(dist.metadata["Name"]),
            "version": dist.version,
            "wheel": wheel_of(dist),
            "packages": packages,
            "compiled": compiled,
            "programs": programs_of(dist, files),
            "binary": has_binary(dist, files),
            "files": len(there),
            "lost": lost,
        }
print(json.dumps(found))
