"""Ends a run whose builds fetch from hosts that cannot be reached, before anything is installed."""

from __future__ import annotations

from collections.abc import Iterator

from buildfix.core.errors import BuildfixError
from buildfix.engine.outcome import Ending
from buildfix.engine.session import Session
from buildfix.platforms.interpreter import ask_interpreter

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_OTHER_PLACES = ("FETCHCONTENT", "CARGO_NET", "CARGO_SOURCE", "GIT_CONFIG", "GIT_SSH")
"""How variables begin that lead fetches to another place."""


def unreachable_download(session: Session) -> Ending | None:
    """Return why a build cannot fetch what it surely fetches; None unless that is certain.

    This connects to the hosts that the sources name, so it is only for runs that are agreed to.
    """
    downloads = session.foreseen_so_far().downloads
    wanted = {
        one.host: (project, one)
        for project, several in reversed(list(downloads.items()))
        for one in reversed(several)
        if one.sure
    }
    if not wanted or not session.local:
        return None
    question = {"hosts": list(wanted)}
    try:
        if any(_elsewhere(session)):
            return None
        silent = ask_interpreter(session.machine, session.interpreter.path, "hosts", question)
    except BuildfixError:
        return None
    for host in silent:
        project, one = wanted[host]
        return Ending(
            "unfixed",
            f"{project} downloads {one.what} from {host} while building ({one.where}), and "
            f"{host} cannot be reached from here. Nothing was installed for it.",
        )
    return None


def _elsewhere(session: Session) -> Iterator[bool]:
    """Yield whether settings may lead fetches to other places than their addresses say."""
    for name, value in session.environ.items():
        yield name.lower() in _PROXIES and bool(value)
        yield name.startswith(_OTHER_PLACES) or "FETCHCONTENT" in value
    if session.machine.which("git"):
        argv = ("git", "config", "--get-regexp", r"^(url|http)\.")
        yield session.machine.run(argv).returncode == 0
