"""The target's own pip: its options, index settings, credentials, proxies and certificates."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Sequence
from typing import Any

LIMIT = 400_000_000
"""Largest sdist, in bytes."""
TROUBLES = (
    ("SSL", "the server's certificate is not trusted"),
    ("Proxy", "the proxy does not respond"),
    ("Timeout", "the server does not respond in time"),
    ("Connect", "cannot connect to {host}"),
)
"""Explanations of errors by a word in the class name; the first match counts."""


def install_command() -> Any:
    """Return pip's `install` command, whose place depends on the version."""
    try:
        from pip._internal.commands import create_command

        return create_command("install")
    except ImportError:
        from pip._internal.commands import commands_dict

        return commands_dict["install"]()


def opened(arguments: Sequence[str]) -> tuple[Any, Any, Any]:
    """Return pip's `install` command, its parsed options and its HTTP session."""
    command = install_command()
    options, _ = command.parse_args([*arguments, "-q"])
    return command, options, command._build_session(options)


def refusal(answer: Any) -> str:
    """Return an explanation of a server's refusal."""
    return " ".join(("the server says", str(answer.status_code), answer.reason or "")).rstrip()


def answers(error: Exception) -> bool:
    """Return whether the server did respond, even if with an error."""
    return "too many" in str(error) or isinstance(error, (KeyError, TypeError, ValueError))


def check_whole(size: int, told: str | None) -> None:
    """Raise ValueError if fewer bytes arrived than the server announced."""
    if told and str(told).isdigit() and size < int(told):
        raise ValueError(f"the download was cut short: {size} of {told} bytes arrived")


def trouble_of(error: Exception, url: str) -> str:
    """Return why a URL could not be fetched, in words."""
    answer, kind = getattr(error, "response", None), type(error).__name__
    failing = re.search(r"too many (\d{3}) error responses", str(error))
    if failing:
        return f"the server repeatedly answers {failing[1]}"
    if "IncompleteRead" in f"{kind} {error}":
        return "the download was cut short"
    if answer is not None:
        return refusal(answer)
    if isinstance(error, OSError) and error.errno:  # of this machine, such as a full disk
        return str(error.strerror)
    said = next((said for word, said in TROUBLES if word in kind), str(error) or kind)
    return said.replace("{host}", urllib.parse.urlsplit(url).hostname or url)
