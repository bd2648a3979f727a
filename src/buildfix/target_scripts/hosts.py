"""Tells which hosts cannot be reached from here; what they answer does not matter."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from buildfix.target_scripts.answers import HostsQuestion

SECONDS = 5


def answer(question: HostsQuestion) -> list[list[Any]]:
    """Return the hosts that no connection can be made to."""
    return list(unreachable(question["hosts"]))


def unreachable(hosts: Iterable[Sequence[Any]]) -> Iterable[list[Any]]:
    """Yield the hosts whose names are unknown, or that refuse a connection at once."""
    for host, port in hosts:
        try:
            socket.create_connection((host, port), timeout=SECONDS).close()
        except (TimeoutError, socket.timeout, OverflowError, UnicodeError):
            continue  # it may only be slow, or be no host
        except OSError:
            yield [host, port]
