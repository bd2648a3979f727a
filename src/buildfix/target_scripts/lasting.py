# Run by the target interpreter (3.8 on): prints, as JSON, the files of its distributions that may be
# compiled, those in the folders of editable ones among them, and what the distributions require.
import json
import os
import re
import sys
from importlib.metadata import distributions

MANY = 200000


def may_be_compiled(path):
    name = os.path.basename(path)
    return ".so" in name or ("." not in name and os.access(path, os.X_OK))


def editable_folder(dist):
    try:
        facts = json.loads(dist.read_text("direct_url.json") or "{}")
    except ValueError:
        return None
    url = facts.get("url", "")
    editable = facts.get("dir_info", {}).get("editable")
    return url[len("file://") :] if editable and url.startswith("file://") else None


def files_below(folder):
    seen = 0
    for place, _, names in os.walk(folder):
        seen += len(names)
        if seen > MANY:
            return
        yield from (os.path.join(place, name) for name in names)


def main():
    files, required = set(), set()
    for dist in distributions():
        for text in dist.requires or ():
            required.add(re.split(r"[^A-Za-z0-9._-]", text.strip(), maxsplit=1)[0])
        folder = editable_folder(dist)
        paths = [str(dist.locate_file(path)) for path in listed(dist)]
        paths += list(files_below(folder)) if folder else []
        files.update(
            os.path.realpath(path)
            for path in paths
            if may_be_compiled(path) and os.path.isfile(path)
        )
    base = getattr(sys, "_base_executable", "") or sys.executable
    print(json.dumps([sorted(files), sorted(required), os.path.realpath(base)]))


main()
