"""What `--on` names: the machine for an address."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from buildfix.core.errors import UsageError
from buildfix.machines.chroot import Chroot
from buildfix.machines.container import Container
from buildfix.machines.remote import RemoteMachine
from buildfix.machines.ssh import Ssh

FORMS = "ssh://HOST[:PORT], chroot:/PATH, docker:NAME or podman:NAME"
"""In errors, which hide what stands before an @ in a URL."""
_HOST = re.compile(r"[\w.:][\w.:-]*(?:%\w+)?")
_USER = re.compile(r"[\w.][\w.@\\+-]*")
_NAME = re.compile(r"[a-zA-Z0-9][\w.-]*")
"""None of them begins with a hyphen: it would be an option of the program that reaches it."""


def machine_at(address: str, *, asks: bool) -> RemoteMachine:
    """Return the machine at an address, connected; raises BuildfixError.

    `asks` says whether there is a terminal on which a password may be asked for.
    """
    kind, _, rest = address.partition(":")
    if kind == "ssh" and rest.startswith("//"):
        return _by_ssh(address, asks=asks)
    if kind == "chroot" and rest:
        return Chroot(address, Path(rest).absolute())
    if kind in ("docker", "podman") and _NAME.fullmatch(rest):
        return Container(address, kind, rest)
    raise _unknown(address)


def _by_ssh(address: str, *, asks: bool) -> Ssh:
    try:
        parts = urlsplit(address)
        host, user, port = parts.hostname or "", parts.username, parts.port
    except ValueError:
        raise _unknown(address) from None
    if parts.password is not None:
        shown = address.replace(f":{parts.password}@", ":****@")
        raise UsageError(
            f"A password in {shown} can be read by other users.", do="Use an SSH key instead."
        )
    named = _HOST.fullmatch(host) and (user is None or _USER.fullmatch(user))
    if not named or parts.path.strip("/") or parts.query or parts.fragment:
        raise _unknown(address)
    return Ssh(host, user, port, asks=asks)


def _unknown(address: str) -> UsageError:
    return UsageError(f"{address!r} is not the address of a machine.", do=f"Use {FORMS}.")
