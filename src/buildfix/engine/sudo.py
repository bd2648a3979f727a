"""Runs a step as root: through sudo, which may ask for a password first."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import replace

from buildfix.core import Command, events
from buildfix.engine.session import Session
from buildfix.machines.interrupts import terminal_kept

ENGLISH = (("LC_ALL", "C"),)
"""Their output is recognized in English."""
_PROXIES = tuple(
    name
    for scheme in ("http", "https", "ftp", "no", "all")
    for name in (f"{scheme}_proxy", f"{scheme}_proxy".upper())
)


def password_given(session: Session, command: Command) -> Generator[events.Event, None, Command]:
    """Let sudo ask for the password first; return the command to run then.

    If sudo does not remember it (`timestamp_timeout=0`), the command itself has to ask.
    """
    if command.argv[0] != "sudo" or "-n" in command.argv[:2]:
        return command
    with terminal_kept(), session.machine.stream(["sudo", "-v"]) as stream:
        for line in filter(None, stream):
            yield events.Notice(line)
    recorded = session.machine.run(["sudo", "-n", "true"]).returncode == 0
    refused = stream.returncode != 0  # then it is not asked for again
    return (
        replace(command, argv=("sudo", "-n", *command.argv[1:])) if recorded or refused else command
    )


def as_user(session: Session, command: Command, *, privileged: bool) -> Command:
    """Return how this user runs a step's command: directly, or through sudo."""
    privilege = session.host().privilege
    if not privileged or privilege == "root":
        return command
    command = replace(command, env=(*ENGLISH, *command.env))
    return through_sudo(command, session.environ, asks=privilege == "sudo-password")


def through_sudo(command: Command, environ: Mapping[str, str], *, asks: bool) -> Command:
    """Return a command to run through sudo, which may ask for a password if `asks`.

    sudo removes all variables. Proxies are passed on because the package manager needs them to
    reach a mirror; one with a password is passed by name only, so that no process list or log shows
    it (sudo(8), --preserve-env).
    """
    proxies = {name: environ[name] for name in _PROXIES if environ.get(name)}
    secret = [name for name, value in proxies.items() if "@" in value]
    keep = (f"--preserve-env={','.join(secret)}",) if secret else ()
    shown = [(name, value) for name, value in proxies.items() if name not in secret]
    variables = tuple(f"{name}={value}" for name, value in (*shown, *command.env))
    ask = () if asks else ("-n",)
    return Command(("sudo", *ask, *keep, "env", *variables, *command.argv))
