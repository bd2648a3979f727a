"""How one asks as the target's own pip does: index settings, credentials, proxies, certificates."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Sequence
from typing import Any

LIMIT = 400_000_000
"""Bytes of an sdist."""
TROUBLES = (
    ("SSL", "the server's certificate is not trusted"),
    ("Proxy", "the proxy does not respond"),
    ("Timeout", "the server does not respond in time"),
    ("Connect", "cannot connect to {host}"),
)
"""What the kinds of errors mean whose names have these words in them, the first one that has."""


def install_command() -> Any:
    """Return pip's `install`, which each age of pip keeps elsewhere."""
    try:
        from pip._internal.commands import create_command

        return create_command("install")
    except ImportError:
        from pip._internal.commands import commands_dict

        return commands_dict["install"]()


def opened(arguments: Sequence[str]) -> tuple[Any, Any, Any]:
    """Return pip's `install`, the options that these words mean, and what it asks by."""
    command = install_command()
    options, _ = command.parse_args([*arguments, "-q"])
    return command, options, command._build_session(options)


def refusal(answer: Any) -> str:
    """Return in words what a server says that does not give what was asked for."""
    return " ".join(("the server says", str(answer.status_code), answer.reason or "")).rstrip()


def answers(error: Exception) -> bool:
    """Say whether it is a server that answers, if only that it fails."""
    return "too many" in str(error) or isinstance(error, (KeyError, TypeError, ValueError))


def check_whole(size: int, told: str | None) -> None:
    """Raise ValueError where fewer bytes came than a server promised."""
    if told and str(told).isdigit() and size < int(told):
        raise ValueError(f"the download was cut short: {size} of {told} bytes arrived")


def trouble_of(error: Exception, url: str) -> str:
    """Return in words why a URL could not be fetched."""
    answer, kind = getattr(error, "response", None), type(error).__name__
    failing = re.search(r"too many (\d{3}) error responses", str(error))
    if failing:
        return f"the server repeatedly answers {failing[1]}"
    if "IncompleteRead" in kind or "IncompleteRead" in str(error):
        return "the download was cut short"
    if answer is not None:
        return refusal(answer)
    if isinstance(error, OSError) and error.errno:  # of this machine, as a disk that is full
        return str(error.strerror)
    said = next((said for word, said in TROUBLES if word in kind), None)
    host = urllib.parse.urlsplit(url).hostname or url
    return said.format(host=host) if said else str(error) or kind
