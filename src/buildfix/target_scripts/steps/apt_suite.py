"""Another suite of the archive that this Debian is from, backports above all.

It comes from where the system's own release does, by the same mirror and keyring.

    apt_suite.py versions SUITE PACKAGE...   prints each package's version there as JSON; as anyone,
                                             changes nothing
    apt_suite.py enable SUITE                has apt use the suite, as root; nothing else comes from
                                             it unasked, as its Release file says NotAutomatic
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence


def apts_folder() -> str:
    """Return where apt's own files are (apt-config(8)), usually /etc/apt."""
    said = subprocess.run(
        ["apt-config", "shell", "FOLDER", "Dir::Etc/d"], stdout=subprocess.PIPE, check=True
    )
    return said.stdout.decode().partition("=")[2].strip().strip("'\"")


def sources(folder: str) -> Iterator[tuple[str, str]]:
    """Yield the files that apt reads (sources.list(5)), with their text."""
    parts = os.path.join(folder, "sources.list.d")
    names = [os.path.join(folder, "sources.list")]
    if os.path.isdir(parts):
        names += [os.path.join(parts, name) for name in sorted(os.listdir(parts))]
    for name in names:
        if name.endswith((".list", ".sources")) and os.path.isfile(name):
            with open(name, encoding="utf-8", errors="replace") as file:
                yield name, file.read()


def one_line(text: str, wanted: str) -> re.Match[str] | None:
    """Return the first `deb` line of a suite, with its other words."""
    for line in text.splitlines():
        found = re.match(r"(deb\s+(?:\[[^\]]*\]\s+)?\S+\s+)(\S+)(\s.*)", line.strip())
        if found and found[2] == wanted:
            return found
    return None


def paragraph(text: str, wanted: str) -> str | None:
    """Return the first deb822 paragraph of a suite that is in use."""
    for one in re.split(r"\n\s*\n", text):
        fields = dict(re.findall(r"(?m)^([\w-]+):\s*(.*)$", one))
        lower = {name.lower(): value for name, value in fields.items()}
        used = lower.get("enabled", "yes").lower() not in ("no", "false")
        if (
            used
            and wanted in lower.get("suites", "").split()
            and "deb" in lower.get("types", "").split()
        ):
            return one.strip()
    return None


def entry(folder: str, wanted: str, becomes: str) -> tuple[str, str] | None:
    """Return a source of one suite as that of another, and what its file is to end in.

    None if there is no such source.
    """
    for name, text in sources(folder):
        if name.endswith(".sources"):
            part = paragraph(text, wanted)
            if part:
                return re.sub(r"(?mi)^suites:.*$", "Suites: " + becomes, part) + "\n", ".sources"
        else:
            line = one_line(text, wanted)
            if line:
                return line[1] + becomes + line[3] + "\n", ".list"
    return None


def versions(made: tuple[str, str], packages: Sequence[str]) -> dict[str, str]:
    """Return the newest version of each package, by lists fetched into a folder of their own."""
    line, ending = made
    with tempfile.TemporaryDirectory() as aside:
        source = os.path.join(aside, "suite" + ending)
        with open(source, "w", encoding="utf-8") as file:
            file.write(line)
        os.makedirs(os.path.join(aside, "lists", "partial"))
        own = {
            "Dir::Etc::SourceList": "/dev/null",
            "Dir::Etc::SourceParts": aside,
            "Dir::State::Lists": os.path.join(aside, "lists"),
            "Dir::Cache": aside,
            "Acquire::Languages": "none",
            "APT::Sandbox::User": "",
            "Debug::NoLocking": "true",
        }
        options = [text for pair in own.items() for text in ("-o", "=".join(pair))]
        subprocess.run(["apt-get", *options, "update"], stdout=subprocess.DEVNULL, check=True)
        said = subprocess.run(
            ["apt-cache", *options, "madison", "--", *packages], stdout=subprocess.PIPE, check=True
        )
    rows = [line.split("|") for line in said.stdout.decode().splitlines()]
    return {row[0].strip(): row[1].strip() for row in reversed(rows) if len(row) == 3}


def enable(folder: str, suite: str, made: tuple[str, str]) -> None:
    """Write the file by which apt uses a suite."""
    parts = os.path.join(folder, "sources.list.d")
    os.makedirs(parts, exist_ok=True)
    with open(os.path.join(parts, "buildfix-" + suite + made[1]), "w", encoding="utf-8") as file:
        file.write(made[0])


def main(word: str, suite: str, *packages: str) -> None:
    """Print versions, or enable a suite that is not in use."""
    folder, release = apts_folder(), suite.partition("-")[0]
    made = entry(folder, release, suite)
    if word == "versions":
        print(json.dumps(versions(made, packages) if made else {}))
    elif entry(folder, suite, suite) is None:
        if made is None:
            sys.exit("no apt source provides " + release)
        enable(folder, suite, made)


if __name__ == "__main__":
    main(*sys.argv[1:])
