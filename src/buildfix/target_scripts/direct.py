# Run by an interpreter with pip (3.8 on): fetches what was asked for by its URL, without running
# anything of it. Reads a JSON object from its first argument, prints one as its last line. own_pip.py
# comes before it.
import json
import os
import sys
import urllib.parse
import urllib.request

QUESTION = json.loads(sys.argv[1])
GONE = (404, 410)


def requires_of_wheel(session, url, filename):
    """Return what a wheel requires, by the parts of it that tell; none where they are not had."""
    try:
        from pip._internal.network.lazy_wheel import dist_from_wheel_url

        name = filename.split("-")[0].replace("_", "-").lower()
        wheel = dist_from_wheel_url(name, url, session)
        return [str(one) for one in wheel.iter_dependencies()]
    except Exception:  # a server that sends no ranges, or nothing at all
        answer = session.head(url, allow_redirects=True)
        if answer.status_code in GONE:  # others may only not answer to HEAD
            answer.raise_for_status()
        return []


def look_at(session, url, folder):
    """Return what became of one URL: `path` of a source, what a wheel `requires`, or `trouble`."""
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
        answer = session.get(url, stream=True, headers={"Accept-Encoding": "identity"})
        answer.raise_for_status()
        data = answer.raw.read(LIMIT)
        check_whole(len(data), answer.headers.get("Content-Length"))
    except Exception as error:
        return {"trouble": trouble_of(error, url)}
    os.makedirs(folder)
    path = os.path.join(folder, filename)
    with open(path, "wb") as file:
        file.write(data)
    return {"path": path}


def main():
    _, _, session = opened(QUESTION["arguments"])
    rows = []
    for number, asked in enumerate(QUESTION["urls"]):
        url, _, fragment = asked.partition("#")
        row = look_at(session, url, os.path.join(QUESTION["folder"], "url-%d" % number))
        if "subdirectory=" in fragment and "path" in row:
            del row["path"]  # the source is not what is at the top of it
        rows.append(row)
    print(json.dumps({"rows": rows}))


main()
