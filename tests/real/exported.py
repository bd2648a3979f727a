"""Carrying out what buildfix exports, in a root that is not the one it was made in."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator

from tests.bed import BareRoot, Stack, base_root, command_layer

_ANSIBLE = (
    ("python3", "-m", "venv", "/opt/ansible"),
    ("/opt/ansible/bin/pip", "install", "-q", "--no-cache-dir", "ansible-core"),
)
_SECONDS = 1200.0


def with_ansible(suite: str = "trixie") -> Stack:
    """Return a bare root with ansible-core in an environment of its own."""
    return command_layer("ansible", base_root(suite), _ANSIBLE)


def run_script(root: BareRoot, text: str) -> subprocess.CompletedProcess[str]:
    """Run a script by sh(1), as root where there is no sudo."""
    root.path("/export.sh").write_text(text, encoding="utf-8")
    return root.run(["sh", "/export.sh"], timeout=_SECONDS)


def run_dockerfile(root: BareRoot, text: str) -> subprocess.CompletedProcess[str]:
    """Run what a builder runs of a Dockerfile: ENV, ARG and RUN, each RUN in a shell of its own."""
    variables: dict[str, str] = {}
    done = subprocess.CompletedProcess[str]([], 0, "", "")
    for word, rest in instructions(text):
        if word in ("ENV", "ARG"):
            name, _, value = rest.partition("=")
            variables.setdefault(name, "".join(shlex.split(value)))
        elif word == "RUN":
            done = root.run(["sh", "-c", rest], env=variables, timeout=_SECONDS)
            if done.returncode:
                return done
        else:
            assert word == "FROM", word
    return done


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """Yield the instructions of a Dockerfile, each with what follows it (Docker's reference)."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        word, _, rest = line.partition(" ")
        if word:
            yield word, rest


def run_playbook(root: BareRoot, text: str) -> subprocess.CompletedProcess[str]:
    """Run a playbook by ansible-core of this root on the root itself, by the system's python3."""
    root.path("/export.yml").write_text(text, encoding="utf-8")
    where = ["-i", "here,", "-c", "local", "-e", "ansible_python_interpreter=/usr/bin/python3"]
    argv = ["/opt/ansible/bin/ansible-playbook", *where, "/export.yml"]
    return root.run(argv, timeout=_SECONDS)
