"""Ends a run whose builds fetch from hosts that cannot be reached, before anything is installed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict
from urllib.parse import urlsplit

from buildfix.core import Need, SetVariables, Step
from buildfix.core.errors import BuildfixError
from buildfix.engine.outcome import Ending
from buildfix.engine.session import Session
from buildfix.machines.owners import owner_of
from buildfix.machines.scripts import fetched_by
from buildfix.platforms.interpreter import ask_interpreter

if TYPE_CHECKING:
    from buildfix.analysis import Download

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_PORTS = {"http": 80}
MAX_ASKED = 8
"""How many hosts are asked; one that does not answer takes some seconds."""
_OTHER_PLACES = ("FETCHCONTENT", "CPM_", "GIT_CONFIG", "GIT_SSH")
_OF_CARGO = ("CARGO_NET", "CARGO_SOURCE", "CARGO_HTTP")
"""How variables begin that lead fetches to another place."""


def unreachable_download(session: Session, steps: Sequence[Step]) -> Ending | None:
    """Return why a step or a build cannot fetch what it surely fetches; None unless certain.

    The ending names what the system may have in place of it, if that is known.

    This connects to the hosts that the sources name, so it is only for runs that are agreed to.
    """
    downloads = session.foreseen_so_far().downloads
    wanted = [
        (project, one)
        for project, several in downloads.items()
        for one in several
        if one.sure and all(port for _, port in one.places) and not _is_replaced(session, one)
        if not (one.by_cargo and _cargo_may_have_it(session))
    ]
    by_step = dict(_fetched(session, steps))
    if not (wanted or by_step) or not session.local:
        return None
    places = dict.fromkeys((*by_step, *(place for _, one in wanted for place in one.places)))
    question = {"hosts": [*places][:MAX_ASKED]}
    try:
        if any(_elsewhere(session)):
            return None
        answer = ask_interpreter(session.machine, session.interpreter.path, "hosts", question)
    except BuildfixError:
        return None
    silent = {(host, port) for host, port in answer}
    for place in silent & by_step.keys():
        return Ending(
            "unfixed", f"{by_step[place].summary}: {place[0]} cannot be reached from here."
        )
    lost = [(project, one) for project, one in wanted if silent.issuperset(one.places)]
    if not lost:
        return None
    (project, one), hosts = lost[0], [host for host, _ in lost[0][1].places]
    which = f"{hosts[0]} cannot" if len(hosts) == 1 else "none of these can"
    return Ending(
        "unfixed",
        f"{project} downloads {one.what} from {' or '.join(hosts)} while building ({one.where}), "
        f"and {which} be reached from here.{_advice([one for _, one in lost])}",
        **_instead(session, [one for _, one in lost]),
    )


def is_out_of_reach(session: Session) -> bool:
    """Return whether a build that has begun cannot fetch something; the same is told only once."""
    downloads = session.foreseen_so_far().downloads
    if not downloads or not session.answers.is_new("what is fetched", downloads):
        return False
    return unreachable_download(session, ()) is not None


def _fetched(session: Session, steps: Sequence[Step]) -> Iterator[tuple[tuple[str, int], Step]]:
    """Yield hosts and ports that steps download from, unless a variable may name a mirror."""
    for step in steps:
        url = urlsplit(fetched_by(step.argv))
        mirrors = (word.partition("=")[0] for word in step.argv if "=" in word)
        if url.hostname and session.environ.keys().isdisjoint(mirrors):
            yield (url.hostname, url.port or _PORTS.get(url.scheme, 443)), step


def _is_replaced(session: Session, one: Download) -> bool:
    return bool(one.instead) and session.state.replaced.issuperset(one.instead)


def _advice(lost: Sequence[Download]) -> str:
    """Return what makes Meson take libraries of the system in place of all that is lost."""
    words = dict.fromkeys(word for one in lost for word in one.switches)
    if not all(one.switches for one in lost):
        return ""
    told = " ".join(f"-C setup-args={word}" for word in words)
    return f" With {told} among the installer's options, it is built with the system's libraries."


class _Instead(TypedDict, total=False):
    instead: tuple[Need, ...]
    steps: tuple[Step, ...]


def _instead(session: Session, lost: Sequence[Download]) -> _Instead:
    """Return what serves in place of all that cannot be fetched; nothing unless all has that."""
    if not all(one.instead for one in lost):
        return {}
    needs = tuple(dict.fromkeys(need for one in lost for need in one.instead))
    settings = dict.fromkeys(one.setting for one in lost if one.setting)
    if not settings:
        return {"instead": needs}
    value = " ".join(filter(None, (session.environ.get("CMAKE_ARGS"), *settings)))
    names = ", ".join(one.what for one in lost if one.setting)
    summary = f"Have CMake take the system's {names}, which cannot be downloaded"
    step = SetVariables(summary, needs, variables=(("CMAKE_ARGS", value),))
    return {"instead": needs, "steps": (step,)}


def _cargo_may_have_it(session: Session) -> bool:
    """Return whether cargo may have copies of repositories, or is led to other places."""
    cargo = Path(session.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    files = ((cargo / name).exists() for name in ("config.toml", "config", "git/db"))
    return any(files) or any(name.startswith(_OF_CARGO) for name in session.environ)


def _elsewhere(session: Session) -> Iterator[bool]:
    """Yield whether settings or copies may lead fetches to other places than addresses say."""
    yield owner_of(session.interpreter.path) is not None  # whose settings are not ours
    for name, value in session.environ.items():
        yield name.lower() in _PROXIES and bool(value)
        yield name.startswith(_OTHER_PLACES) or "FETCHCONTENT" in value
    if session.machine.which("git"):
        argv = ("git", "config", "--get-regexp", r"^(url|http)\.")
        yield session.machine.run(argv).returncode == 0
