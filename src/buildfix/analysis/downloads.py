"""What a build fetches itself, from hosts that pip does not ask."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from buildfix.analysis.toml_text import table
from buildfix.core import Need

_PLACE = re.compile(
    r"(?:git\+)?(?P<scheme>https?|git|ssh)://(?:[^\s/@]*@)?"
    r"(?P<host>[\w-]+(?:\.[\w-]+)+)(?::(?P<port>\d{1,5}))?"
    r"(?P<path>/[^\s'\"?#]*)?|git@(?P<by_ssh>[\w-]+(?:\.[\w-]+)+):(?P<project>\S+)"
)
_PORTS = {"https": 443, "http": 80, "git": 9418}
_ARCHIVE = re.compile(r"""https?://[^\s'"]{1,200}\.(?:zip|tgz|tar\.(?:gz|bz2|xz))\b""")
_CLONED = re.compile(r"""\bgit['",\s]{1,9}clone\b[^\n]{0,80}?((?:https?|git)://[^\s'"]{1,200})""")
_FETCHING = re.compile(r"\b(?:urlretrieve|urlopen|requests\.get|wget|curl|download\w*)\b")
_METADATA = re.compile(r"\bdownload_url\b['\"]?\s*[=:][^\n]*")
"""An argument of setup(), which nothing fetches."""


@dataclass(frozen=True)
class Download:
    """Something that a build fetches from a host beside the index."""

    what: str
    """As a person would call it: `pybind11 2.10.3`."""
    host: str
    where: str
    """File and line."""
    sure: bool = True
    """Whether the build ends if it cannot be fetched."""
    port: int = 0
    """Where the host is asked for it; 0 if that is unknown: ssh has its own settings."""
    instead: tuple[Need, ...] = ()
    """What the system may have in place of it; none if nothing serves that is known."""
    setting: str = ""
    """What CMake must be told to take that; empty if it does so anyway."""
    mirrors: tuple[tuple[str, int], ...] = ()
    """Other hosts and ports that it is fetched from if this one does not have it."""
    switches: tuple[str, ...] = ()
    """What a person may have Meson told (`setup-args`) so that it takes the system's."""
    by_cargo: bool = False
    """Whether cargo fetches it, which may have a copy and has settings of its own."""

    @property
    def places(self) -> tuple[tuple[str, int], ...]:
        """All hosts and ports that it may be fetched from."""
        return ((self.host, self.port), *self.mirrors)


def download(
    what: str, *urls: str, where: str, sure: bool = True, by_cargo: bool = False
) -> Download | None:
    """Return what is fetched from the first of some URLs that has it; None if none has a host."""
    matches = list(filter(None, map(_PLACE.match, urls)))
    if not matches:
        return None
    name = what or _name_in(matches[0]["path"] or matches[0]["project"] or "") or "files"
    (host, port), *mirrors = dict.fromkeys(map(_host_of, matches))
    named = re.sub(r"[^\w.+ -]", "", name)[:60]
    return Download(named, host, where, sure, port, mirrors=tuple(mirrors), by_cargo=by_cargo)


def _host_of(match: re.Match[str]) -> tuple[str, int]:
    """Return the host and the port of a URL."""
    port = int(match["port"] or 0) if match["scheme"] != "ssh" else 0
    host: str = match["host"] or match["by_ssh"]
    return host.lower(), port or _PORTS.get(match["scheme"] or "", 0)


def _name_in(path: str) -> str:
    """Return the project in the path of a URL: the second part of it, or the file."""
    parts = [part for part in path.strip("/").split("/") if part]
    name = parts[1] if len(parts) > 1 else "".join(parts)
    return re.sub(r"\.git$", "", name)


def fetched_by_script(text: str, file: str) -> Iterator[Download]:
    """Yield the archives and repositories whose addresses a script has that fetches something."""
    text = _METADATA.sub("", text)
    clones = {match[1]: match.start(1) for match in _CLONED.finditer(text)}
    places = {match[0]: match.start() for match in _ARCHIVE.finditer(text)}
    for url, start in {**clones, **(places if _FETCHING.search(text) else {})}.items():
        if found := download(
            "", url, where=f"{file}:{text.count(chr(10), 0, start) + 1}", sure=False
        ):
            yield found


def patched_crates(workspace: Mapping[str, Any], manifest: str) -> Iterator[Download]:
    """Yield the crates that a workspace takes from git in place of the index's."""
    for crates in table(dict(workspace), "patch").values():
        for name, given in crates.items() if isinstance(crates, dict) else ():
            if isinstance(given, dict) and (
                found := download(name, str(given.get("git")), where=manifest, by_cargo=True)
            ):
                yield found
