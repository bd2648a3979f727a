# Run by the target interpreter (3.8 on): prints, as JSON, what the installer wrote down of each
# distribution that was installed from a path or URL (PEP 610), by its normalised name.
import json
import re
from importlib.metadata import distributions


def main():
    found = {}
    for dist in distributions():
        try:
            origin = json.loads(dist.read_text("direct_url.json") or "null")
        except ValueError:
            continue
        if isinstance(origin, dict):
            found[re.sub(r"[-_.]+", "-", dist.metadata["Name"] or "").lower()] = origin
    print(json.dumps(found))


main()
