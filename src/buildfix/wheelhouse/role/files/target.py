"""Print the name that a wheelhouse has for this kind of machine (see os-release(5))."""

import platform
import re
import sys

SHORT = {"cpython": "cp", "pypy": "pp"}


def plain(text: str) -> str:
    """Return a part of the name."""
    return re.sub("[^a-z0-9_]+", "_", text.lower())


def main() -> None:
    """Print the name."""
    facts = {}
    with open("/etc/os-release", encoding="utf-8") as file:  # noqa: PTH123
        for line in file:
            key, _, value = line.strip().partition("=")
            facts[key] = value.strip("\"'")
    name = sys.implementation.name
    system = facts.get("ID", sys.platform) + facts.get("VERSION_ID", "")
    python = SHORT.get(name, name) + "".join(map(str, sys.version_info[:2]))
    sys.stdout.write("-".join(map(plain, (system, platform.machine(), python))) + "\n")


main()
