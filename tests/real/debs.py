"""Small packages and an archive of them in a bare root, to inject what goes wrong with apt."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.bed import TARGET_PYTHON, BareRoot
from tests.real.users import put

FOLDER = "/srv/archive"
_SOURCES = "/etc/apt/sources.list.d/local.list"


@dataclass(frozen=True)
class Deb:
    """What a package is made of."""

    name: str
    version: str = "1"
    depends: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    """Texts by their absolute paths; those below /etc are configuration files."""
    postinst: str = ""


class Archive:
    """An archive of packages in a root, in use there by a `file:` or `http:` line."""

    def __init__(self, root: BareRoot, url: str = f"file:{FOLDER}") -> None:
        """Make an empty one and have apt use it."""
        self.root = root
        self._entries: dict[str, str] = {}
        root.path(FOLDER).mkdir(parents=True)
        root.path(_SOURCES).write_text(f"deb [trusted=yes] {url} ./\n", encoding="utf-8")

    def add(self, deb: Deb) -> None:
        """Build a package and put it into the archive, in the place of an older one."""
        control = self._built(deb)
        data = self.root.path(f"{FOLDER}/{deb.name}_{deb.version}_all.deb").read_bytes()
        self._entries[deb.name] = (
            f"{control}Filename: ./{deb.name}_{deb.version}_all.deb\nSize: {len(data)}\n"
            f"SHA256: {hashlib.sha256(data).hexdigest()}\n"
        )
        self.publish()

    def publish(self) -> None:
        """Write the list of packages as they are."""
        self.put_list("\n".join(self._entries.values()))

    def put_list(self, text: str) -> None:
        """Write another list of packages than the right one."""
        self.root.path(f"{FOLDER}/Packages").write_text(text, encoding="utf-8")

    def entry(self, name: str) -> str:
        """Return what the list says of a package."""
        return self._entries[name]

    def _built(self, deb: Deb) -> str:
        folder = self.root.path(f"/tmp/{deb.name}")
        shutil.rmtree(folder, ignore_errors=True)
        depends = f"Depends: {deb.depends}\n" if deb.depends else ""
        control = (
            f"Package: {deb.name}\nVersion: {deb.version}\nArchitecture: all\n"
            f"Maintainer: nobody <nobody@example.org>\n{depends}Description: a test\n"
        )
        settings = "".join(f"{path}\n" for path in deb.files if path.startswith("/etc/"))
        files = {**deb.files, "/DEBIAN/control": control, "/DEBIAN/conffiles": settings}
        if deb.postinst:
            files["/DEBIAN/postinst"] = f"#!/bin/sh\n{deb.postinst}\n"
        for path, text in files.items():
            target = folder / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            program = path.endswith("/postinst") or path.startswith("/usr/bin/")
            target.chmod(0o755 if program else 0o644)
        self.root.check(["dpkg-deb", "--build", f"/tmp/{deb.name}", FOLDER])
        return control


PROJECT = "/home/mine"
_SETUP = """
import subprocess
from setuptools import setup
subprocess.check_output(["{tool}"])
setup(name="mine", version="1", py_modules=["mine"])
"""
ANT = Deb("ant", files={"/usr/bin/ant": "#!/bin/sh\necho 1\n"})
"""A package that a recipe knows to have a tool which a build may need."""


def asking_for(root: BareRoot, tool: str) -> tuple[str, ...]:
    """Put in a project whose build needs a tool; returns the words that name it to buildfix."""
    put(root, PROJECT, {"setup.py": _SETUP.format(tool=tool), "mine.py": ""})
    return ("--python", TARGET_PYTHON, PROJECT)


def own_archive(root: BareRoot) -> Archive:
    """Return an archive that is the only one which apt uses in the root."""
    root.check(["sh", "-c", "rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*"])
    root.check(["find", "/var/lib/apt/lists", "-type", "f", "-delete"])
    return Archive(root)
