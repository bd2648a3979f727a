"""Whose a program is: what lies in another user's folder is run as that user, never as root.

As root, `--python /home/alice/venv/bin/python` names an environment of alice's. Were it run as
root, alice's code would have root's rights, and what it installs there would belong to root.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from buildfix.core.light_dataclass import dataclass

_NOBODY = 65534
"""What the kernel calls users that it cannot name here (user_namespaces(7))."""
_FOLDERS = (
    *("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"),
    *("TMPDIR", "TMP", "TEMP", "PIP_CACHE_DIR", "UV_CACHE_DIR", "CARGO_HOME", "RUSTUP_HOME"),
    "CCACHE_DIR",
)
"""Variables that name folders to write in: those of root are of no use to another user."""
_WRITE_AND_ENTER = 0o3


@dataclass(frozen=True)
class Owner:
    """A user other than root."""

    uid: int
    gid: int
    groups: tuple[int, ...]
    name: str
    home: str

    def environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return root's variables as this user's programs get them.

        Home and name are the user's. What root's own configuration tells pip holds by variables.
        """
        kept = {
            name: value
            for name, value in environ.items()
            if name not in _FOLDERS or self._may(Path(value), _WRITE_AND_ENTER)
        }
        told = _pip_settings(Path(environ.get("HOME") or "/root"))
        own = {"HOME": self.home, "USER": self.name, "LOGNAME": self.name}
        return {**told, **kept, **own}

    def _may(self, path: Path, bits: int) -> bool:
        """Say whether this user may do what these permission bits mean with a file."""
        try:
            facts = path.stat()
        except OSError:
            return False
        place = 6 if facts.st_uid == self.uid else 3 if facts.st_gid in self.groups else 0
        return facts.st_mode >> place & bits == bits


def owner_of(program: str) -> Owner | None:
    """Return the user whose environment an interpreter is of; None where it is run as we are.

    That is where we are not root, and where the environment is root's own.
    """
    if os.name != "posix" or os.geteuid() != 0:
        return None
    try:
        facts = Path(os.path.abspath(program)).parent.parent.stat()  # noqa: PTH100 - links stay
    except OSError:
        return None
    return None if facts.st_uid in (0, _NOBODY) else _owner(facts)


def owner_of_command(argv: Sequence[str]) -> Owner | None:
    """Return the user as whom a command is run; None where it is run as we are.

    uv is no program of the environment, and is told which one it works for.
    """
    program = argv[0]
    if Path(program).name == "uv" and "--python" in argv[:-1]:
        program = argv[argv.index("--python") + 1]
    return owner_of(program) if "/" in program else None


def give(path: Path, owner: Owner | None) -> None:
    """Let a folder of ours be that user's, who is to write into it."""
    if owner:
        os.chown(path, owner.uid, owner.gid, follow_symlinks=False)


def as_its_folder(path: Path) -> None:
    """Let a file that root has written belong to whom its folder belongs."""
    if os.name == "posix" and os.geteuid() == 0:
        folder = path.parent.stat()
        with contextlib.suppress(OSError):
            os.chown(path, folder.st_uid, folder.st_gid, follow_symlinks=False)


def our_own(path: Path) -> Path:
    """Return a path below HOME as it is in root's home, where root runs with another user's HOME.

    So it is with `sudo` that keeps HOME: nothing of root's comes to lie in that user's home.
    """
    home = Path(os.environ.get("HOME") or "/")
    if os.name != "posix" or os.geteuid() != 0 or not path.is_relative_to(home):
        return path
    with contextlib.suppress(OSError, KeyError):
        import pwd

        if home.stat().st_uid != 0:
            return Path(pwd.getpwuid(0).pw_dir, path.relative_to(home))
    return path


def _owner(facts: os.stat_result) -> Owner:
    """Return the user of that number; one without a name has the environment's group alone."""
    import pwd

    try:
        user = pwd.getpwuid(facts.st_uid)
    except KeyError:
        return Owner(facts.st_uid, facts.st_gid, (facts.st_gid,), f"uid {facts.st_uid}", "/")
    groups = tuple(os.getgrouplist(user.pw_name, user.pw_gid))
    return Owner(user.pw_uid, user.pw_gid, groups, user.pw_name, user.pw_dir)


def _pip_settings(home: Path) -> dict[str, str]:
    """Return pip's configuration in a home as variables (pip's documentation, "Configuration")."""
    import configparser  # for runs by root in an environment of another user

    parser = configparser.RawConfigParser()
    for file in (home / ".pip" / "pip.conf", home / ".config" / "pip" / "pip.conf"):
        with contextlib.suppress(OSError, ValueError, configparser.Error):
            parser.read_string(file.read_text(encoding="utf-8"))
    sections = [one for one in ("global", "install") if parser.has_section(one)]
    pairs = (pair for one in sections for pair in parser.items(one))
    return {f"PIP_{name.upper().replace('-', '_')}": value for name, value in pairs}
