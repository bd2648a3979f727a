"""Debian's own lists of packages, fetched from the mirror that this host's apt uses."""

from __future__ import annotations

import functools
import lzma
import re
import urllib.request

from tests.bed.mirror import debian_source

COMPONENTS = ("main", "contrib", "non-free")
_FIELD = re.compile(r"^(Package|Version|Provides): (.*)$", re.MULTILINE)


@functools.cache
def packages_of(suite: str) -> dict[str, str]:
    """Return the version of every package of a suite (amd64); virtual ones have an empty one.

    Raises OSError where the mirror does not answer, BedUnavailable where there is none.
    """
    found: dict[str, str] = {}
    for component in COMPONENTS:
        for paragraph in _packages_file(suite, component).split("\n\n"):
            fields = dict(_FIELD.findall(paragraph))
            if "Package" in fields:
                found[fields["Package"]] = fields["Version"]
            for provided in fields.get("Provides", "").split(","):
                found.setdefault(provided.split("(")[0].strip(), "")
    return found


def _packages_file(suite: str, component: str) -> str:
    base = debian_source().uri.rstrip("/")
    url = f"{base}/dists/{suite}/{component}/binary-amd64/Packages.xz"
    with urllib.request.urlopen(url, timeout=120) as answer:
        return lzma.decompress(answer.read()).decode("utf-8", "replace")
