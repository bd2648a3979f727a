"""Downloads Debian packages with all that they depend on, without root, and makes a sysroot.

They are unpacked into a folder of the user's: gcc(1) --sysroot sees there all that was unpacked and
all that the system has.

    private_debs.py FOLDER PACKAGE...
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence

# What config programs say of /usr is meant of the sysroot too: its folders go before the system's.
WRAPPER = """#!/bin/sh
for word do
    shift
    case "$word" in
        -I/usr/*) set -- "$@" "-I{root}${{word#-I}}" "$word" ;;
        -L/usr/*) set -- "$@" "-L{root}${{word#-L}}" "$word" ;;
        *) set -- "$@" "$word" ;;
    esac
done
exec "{program}" --sysroot="{root}" "$@"{more}
"""
COMPILER = r"({multiarch}-)?(gcc|g\+\+|cc|c\+\+|gfortran|cpp|clang|clang\+\+)(-[\d.]+)?"
USUAL = ("gcc", "g++", "cc", "c++", "gfortran", "cpp", "clang", "clang++")


class Sysroot:
    """The folder of the user's, and what is in it."""

    def __init__(self, base: str):
        """Make the folders that are not there."""
        self.lists, self.cache, self.root, self.bin, self.run, self.headers = (
            os.path.join(base, name) for name in ("lists", "cache", "root", "bin", "run", "include")
        )
        self.archives = os.path.join(self.cache, "archives")
        own = (self.lists + "/partial", self.archives + "/partial", self.root)
        for folder in (*own, self.bin, self.run, self.headers):
            os.makedirs(folder, exist_ok=True)

    def download(self, packages: Sequence[str]) -> None:
        """Fetch the packages with what they depend on and the system has not.

        By lists and archives of our own (apt.conf(5)); the system's list of what is installed is
        only read.
        """
        options = {"Dir::State::lists": self.lists, "Dir::Cache": self.cache}
        own = [word for name, path in options.items() for word in ("-o", name + "=" + path)]
        own += ["-o", "Debug::NoLocking=true"]
        words = ["--yes", "--no-install-recommends", "--download-only", "install", "--"]
        subprocess.run(["apt-get", *own, "update"], check=True)
        subprocess.run(["apt-get", *own, *words, *packages], check=True)

    def unpack(self) -> None:
        """Put what the packages hold into the root, where as in Debian's own all is in /usr."""
        for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
            os.makedirs(os.path.join(self.root, "usr", name), exist_ok=True)
            link(os.path.join("usr", name), os.path.join(self.root, name))
        self.forget_system()
        for name in sorted(os.listdir(self.archives)):
            if name.endswith(".deb"):
                archive = os.path.join(self.archives, name)
                subprocess.run(["dpkg-deb", "--extract", archive, self.root], check=True)

    def forget_system(self) -> None:
        """Remove the links to the system's, into which dpkg would follow those to folders."""
        for folder, inner, files in os.walk(self.root):
            for path in (os.path.join(folder, name) for name in (*inner, *files)):
                if os.path.islink(path) and os.readlink(path) == path[len(self.root) :]:
                    os.remove(path)

    def give_headers(self, multiarch: str) -> None:
        """Give compilers that no wrapper is for the headers that only the root has, by CPATH.

        The C library's own are not among them: there they would stand before those of C++.
        """
        includes = os.path.join(self.root, "usr/include")
        stdio = os.path.join(includes, "stdio.h")
        if os.path.isfile(stdio) and not os.path.islink(stdio):
            return
        for folder in (includes, os.path.join(includes, multiarch)):
            for name in names_in(folder):
                path = os.path.join(folder, name)
                if not os.path.islink(path) and name != multiarch:
                    link(path, os.path.join(self.headers, name))

    def mirror(self, folder: str) -> None:
        """Link what only the system has, so that nothing installed is missed in the root."""
        inside = self.root + folder
        for name in names_in(folder):
            here, there = os.path.join(folder, name), os.path.join(inside, name)
            if not os.path.lexists(there):
                os.makedirs(inside, exist_ok=True)
                os.symlink(here, there)
            elif os.path.isdir(there) and not os.path.islink(there) and not os.path.islink(here):
                self.mirror(here)

    def mend_links(self, libraries: str) -> None:
        """Let links that name the system's own place of what is here lead here."""
        for name in os.listdir(libraries):
            path = os.path.join(libraries, name)
            if os.path.islink(path) and not os.path.exists(path):
                inside = self.root + os.path.realpath(path)
                if os.path.exists(inside):
                    os.remove(path)
                    os.symlink(inside, path)

    def wrap_compilers(self, multiarch: str) -> None:
        """Write a wrapper for each compiler that was unpacked or that the system has."""
        programs = os.path.join(self.root, "usr/bin")
        others = [one for one in os.get_exec_path() if one not in (self.bin, programs)]
        pattern = COMPILER.format(multiarch=multiarch)
        names = {alias for name in USUAL for alias in (name, multiarch + "-" + name)}
        for folder in (programs, *others):
            names.update(name for name in names_in(folder) if re.fullmatch(pattern, name))
        for name in sorted(names):
            program = program_of(name, multiarch, programs, others)
            if program:
                self.wrap(name, program)

    def wrap(self, name: str, program: str) -> None:
        """Write a wrapper of a compiler."""
        # RPATH, not RUNPATH: it serves what the libraries need in their turn, too (ld.so(8)).
        more = "" if "cpp" in name else f' -Wl,--disable-new-dtags,-rpath,"{self.run}"'
        path = os.path.join(self.bin, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(WRAPPER.format(program=program, root=self.root, more=more))
        os.chmod(path, 0o755)  # noqa: S103 -- a program


def link(target: str, path: str) -> None:
    """Make a link unless something is there."""
    if not os.path.lexists(path):
        os.symlink(target, path)


def names_in(folder: str) -> list[str]:
    """Return the names in a folder; empty if it does not exist."""
    return os.listdir(folder) if os.path.isdir(folder) else []


def multiarch_of_system() -> str:
    """Return what this Debian calls the folders of its architecture."""
    pattern = r"[a-z0-9_]+-linux-gnu[a-z0-9]*"
    [multiarch] = [name for name in os.listdir("/usr/lib") if re.fullmatch(pattern, name)]
    return multiarch


def program_of(name: str, multiarch: str, programs: str, others: Sequence[str]) -> str | None:
    """Return what a compiler's name stands for: what was unpacked, else what the system has."""
    plain = name.replace(multiarch + "-", "")
    gnu = {"cc": "gcc", "c++": "g++"}.get(plain, plain)
    for one in dict.fromkeys((name, plain, gnu)):
        if os.path.exists(os.path.join(programs, one)):
            return os.path.join(programs, one)
    return shutil.which(name, path=os.pathsep.join(others))


def main(base: str, *packages: str) -> None:
    """Make the sysroot."""
    sysroot = Sysroot(os.path.abspath(base))
    sysroot.download(packages)
    sysroot.unpack()
    multiarch = multiarch_of_system()
    libraries = os.path.join(sysroot.root, "usr/lib", multiarch)
    os.makedirs(libraries, exist_ok=True)
    unpacked = [name for name in os.listdir(libraries) if ".so." in name]
    sysroot.give_headers(multiarch)
    own = ("/usr/include", "/usr/lib/" + multiarch, "/usr/lib64", "/usr/lib/gcc")
    for folder in (*own, "/usr/share/pkgconfig"):
        sysroot.mirror(folder)
    sysroot.mend_links(libraries)
    for name in unpacked:  # what a built module is to find when it runs
        link(os.path.join(libraries, name), os.path.join(sysroot.run, name))
    sysroot.wrap_compilers(multiarch)


if __name__ == "__main__":
    main(*sys.argv[1:])
