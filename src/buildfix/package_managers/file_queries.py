"""Which files would meet a need, and how to query indexes for them: plain functions.

The subject of a need comes from a log. A subject with anything but file name characters gets no
answer, so that no program can read it as an option or a pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from buildfix.core import Need
from buildfix.dependency_kinds import Wanted, kind_of

_PLAIN = re.compile(r"(?!.*(?:^|/)\.\.?(?:/|$))[A-Za-z0-9_][A-Za-z0-9_.+/-]*")


def wanted(need: Need) -> Wanted | None:
    """Return which files would meet a need; None if no file is to be searched for."""
    kind = kind_of(need.kind)
    return kind.files(need.subject) if kind and _PLAIN.fullmatch(need.subject) else None


def wanted_by(needs: Iterable[Need]) -> dict[Need, Wanted]:
    """Return which files would meet each need, for needs that files can meet."""
    found = ((need, wanted(need)) for need in needs)
    return {need: one for need, one in found if one}


def regex(asked: Iterable[Wanted]) -> str:
    """Return an extended regular expression (POSIX and Perl) for the ends of all these paths.

    The common slash comes before the alternatives: this makes apt-file three times as fast for
    eighty paths.
    """
    endings = (
        one[1:].replace(".", r"\.").replace("+", r"\+") + (r"\.[0-9.]+" if each.numbered else "")
        for each in asked
        for one in (*each.endings, *each.substitutes)
    )
    return f"/({'|'.join(dict.fromkeys(endings))})"


def owning(
    files: Mapping[str, Iterable[str]], libraries: Iterable[str], program: str
) -> frozenset[str]:
    """Return the packages that have a file named as one of these libraries, or the program.

    In whatever folder: a library's link in one and its file in another, alternatives, folders that
    are links (`/lib` to `/usr/lib`) all come to the same name. `program` is a path.
    """
    wanted, ending = frozenset(libraries), f"/bin/{program.rpartition('/')[2]}"
    return frozenset(
        package
        for package, paths in files.items()
        if any(path.rpartition("/")[2] in wanted or path.endswith(ending) for path in paths)
    )
