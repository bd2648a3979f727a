# Run by the target interpreter (3.8 on) with a JSON list of names as its argument: prints, as JSON, the
# shared objects of these distributions and of all that they require, each with whether it is a module
# that can be imported. listed.py comes before it.
import json
import mmap
import os
import re
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.metadata import distributions


def normalised(name):
    return re.sub(r"[-_.]+", "-", name or "").lower()


def is_module(name, place):
    """Say whether a file is a module: its name, and for any library's `.so` its entry, tell."""
    ends = [end for end in EXTENSION_SUFFIXES if name.endswith(end)]
    parts = name[: -len(max(ends, key=len))].split("/") if ends else [""]
    if not all(part.isidentifier() for part in parts):
        return False
    try:
        with open(place, "rb") as file:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return data.find(b"PyInit_" + parts[-1].encode() + b"\0") >= 0
    except (OSError, ValueError):
        return False


def main():
    there = {normalised(dist.metadata["Name"]): dist for dist in distributions()}
    pending, seen = [normalised(name) for name in json.loads(sys.argv[1])], set()
    while pending:
        name = pending.pop()
        if name in seen or name not in there:
            continue
        seen.add(name)
        for text in there[name].requires or ():
            pending.append(normalised(re.split(r"[^A-Za-z0-9._-]", text.strip(), maxsplit=1)[0]))
    found = []
    for name in sorted(seen):
        for path in listed(there[name]):
            if re.search(r"\.so(\.[0-9.]+)?$", path):
                place = os.path.normpath(str(there[name].locate_file(path)))
                found.append([place, is_module(path, place)])
    print(json.dumps(found))


main()
