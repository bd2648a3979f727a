"""Tells which hosts cannot be reached from here; what they answer does not matter."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildfix.target_scripts.answers import HostsQuestion

SECONDS = 5
HTTPS = 443


def answer(question: HostsQuestion) -> list[str]:
    """Return the hosts that no connection can be made to."""
    return list(unreachable(question["hosts"]))


def unreachable(hosts: Iterable[str]) -> Iterable[str]:
    """Yield the hosts whose names are unknown, or that refuse a connection at once."""
    for host in hosts:
        try:
            socket.create_connection((host, HTTPS), timeout=SECONDS).close()
        except (TimeoutError, socket.timeout):
            continue  # it may only be slow
        except OSError:
            yield host
