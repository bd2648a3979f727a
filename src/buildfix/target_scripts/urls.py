"""Fetches requirements that are URLs of files, without running anything of them."""

from __future__ import annotations

import os
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

from buildfix.target_scripts.pip_session import LIMIT, check_whole, opened, trouble_of

if TYPE_CHECKING:
    from buildfix.target_scripts.answers import UrlAnswer, UrlsQuestion

GONE = (404, 410)


def answer(question: UrlsQuestion) -> list[UrlAnswer]:
    """Return the result for each URL; each source is put into its own folder."""
    _, _, session = opened(question["arguments"])
    rows = []
    for number, asked in enumerate(question["urls"]):
        url, _, fragment = asked.partition("#")
        row = look_at(session, url, os.path.join(question["folder"], f"url-{number}"))
        if "subdirectory=" in fragment and "path" in row:
            del row["path"]  # the project is not at the top of it
        rows.append(row)
    return rows


def look_at(session: Any, url: str, folder: str) -> UrlAnswer:
    """Return the result for a URL: `path` of a source, what a wheel `requires`, or `trouble`."""
    place = urllib.parse.urlsplit(url)
    filename = urllib.parse.unquote(place.path.rstrip("/").rsplit("/", 1)[-1]) or "source"
    if place.scheme.lower() == "file":
        path = urllib.request.url2pathname(place.path)
        if not os.path.exists(path):
            return {"trouble": "no such file"}
        return {} if path.endswith(".whl") else {"path": path}
    try:
        if filename.endswith(".whl"):
            return {"requires": requires_of_wheel(session, url, filename)}
        data = fetched(session, url)
    except Exception as error:  # pip's session raises many kinds
        return {"trouble": trouble_of(error, url)}
    os.makedirs(folder)
    path = os.path.join(folder, filename)
    with open(path, "wb") as file:
        file.write(data)
    return {"path": path}


def fetched(session: Any, url: str) -> bytes:
    """Return the content of a URL, up to a limit."""
    answer = session.get(url, stream=True, headers={"Accept-Encoding": "identity"})
    answer.raise_for_status()
    data: bytes = answer.raw.read(LIMIT)
    check_whole(len(data), answer.headers.get("Content-Length"))
    return data


def requires_of_wheel(session: Any, url: str, filename: str) -> list[str]:
    """Return what a wheel requires, from a part of the file; empty if that cannot be read."""
    try:
        from pip._internal.network.lazy_wheel import dist_from_wheel_url

        name = filename.split("-")[0].replace("_", "-").lower()
        wheel = dist_from_wheel_url(name, url, session)
        return [str(one) for one in wheel.iter_dependencies()]
    except Exception:  # no ranges, or no answer at all
        answer = session.head(url, allow_redirects=True)
        if answer.status_code in GONE:  # other codes may only mean that HEAD is refused
            answer.raise_for_status()
        return []
