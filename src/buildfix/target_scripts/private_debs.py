# Run by the target interpreter (3.8 on), without root: downloads Debian packages with all that they
# depend on, unpacks them into a folder of the user's, and makes of it a sysroot: gcc(1) --sysroot sees
# there all that was unpacked and all that the system has.
#   private_debs.py FOLDER PACKAGE...
import os
import re
import shutil
import subprocess
import sys

base, packages = os.path.abspath(sys.argv[1]), sys.argv[2:]
lists, cache, root, bin_folder, run_folder, headers = (
    os.path.join(base, name) for name in ("lists", "cache", "root", "bin", "run", "include")
)
archives = os.path.join(cache, "archives")
for folder in (lists + "/partial", archives + "/partial", root, bin_folder, run_folder, headers):
    os.makedirs(folder, exist_ok=True)

# apt.conf(5): lists and archives of our own; the system's list of what is installed is only read.
own = [
    "-o",
    "Dir::State::lists=" + lists,
    "-o",
    "Dir::Cache=" + cache,
    "-o",
    "Debug::NoLocking=true",
]
download = ["--yes", "--no-install-recommends", "--download-only", "install", "--"]
subprocess.run(["apt-get", *own, "update"], check=True)
subprocess.run(["apt-get", *own, *download, *packages], check=True)

for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):  # as Debian's own: all is in /usr
    os.makedirs(os.path.join(root, "usr", name), exist_ok=True)
    if not os.path.islink(os.path.join(root, name)):
        os.symlink(os.path.join("usr", name), os.path.join(root, name))
# A link that an earlier run made to a folder of the system's would be followed, not replaced.
for folder, inner, files in os.walk(root):
    for path in (os.path.join(folder, name) for name in (*inner, *files)):
        if os.path.islink(path) and os.readlink(path) == path[len(root) :]:
            os.remove(path)
for name in sorted(os.listdir(archives)):
    if name.endswith(".deb"):
        subprocess.run(["dpkg-deb", "--extract", os.path.join(archives, name), root], check=True)

[multiarch] = [
    name for name in os.listdir("/usr/lib") if re.fullmatch(r"[a-z0-9_]+-linux-gnu[a-z0-9]*", name)
]
libraries = os.path.join(root, "usr/lib", multiarch)
os.makedirs(libraries, exist_ok=True)
unpacked = [name for name in os.listdir(libraries) if ".so." in name]


def link(target, path):
    """Make a link unless something is there."""
    if not os.path.lexists(path):
        os.symlink(target, path)


def mirror(folder):
    """Link what only the system has, so that nothing that is installed is missed in the root."""
    inside = root + folder
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        here, there = os.path.join(folder, name), os.path.join(inside, name)
        if not os.path.lexists(there):
            os.makedirs(inside, exist_ok=True)
            os.symlink(here, there)
        elif os.path.isdir(there) and not os.path.islink(there) and not os.path.islink(here):
            mirror(here)


# Compilers that no wrapper below is for get the headers that only the root has from CPATH. The C
# library's own are not among them: in CPATH they would stand before those of C++.
includes = os.path.join(root, "usr/include")
if not os.path.isfile(os.path.join(includes, "stdio.h")) or os.path.islink(includes + "/stdio.h"):
    for folder in (includes, os.path.join(includes, multiarch)):
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            path = os.path.join(folder, name)
            if not os.path.islink(path) and name != multiarch:
                link(path, os.path.join(headers, name))

for folder in ("/usr/include", f"/usr/lib/{multiarch}", "/usr/lib64", "/usr/lib/gcc"):
    mirror(folder)
mirror("/usr/share/pkgconfig")
for name in os.listdir(libraries):  # links that name the system's own place of what is here
    path = os.path.join(libraries, name)
    if os.path.islink(path) and not os.path.exists(path):
        inside = root + os.path.realpath(path)
        if os.path.exists(inside):
            os.remove(path)
            os.symlink(inside, path)
for name in unpacked:  # what a built module is to find when it runs
    link(os.path.join(libraries, name), os.path.join(run_folder, name))

# What config programs say of /usr is meant of the sysroot too: its folders go before the system's own.
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
programs = os.path.join(root, "usr/bin")
others = [one for one in os.get_exec_path() if one not in (bin_folder, programs)]
COMPILER = rf"({multiarch}-)?(gcc|g\+\+|cc|c\+\+|gfortran|cpp|clang|clang\+\+)(-[\d.]+)?"
USUAL = ("gcc", "g++", "cc", "c++", "gfortran", "cpp", "clang", "clang++")
names = {alias for name in USUAL for alias in (name, f"{multiarch}-{name}")}
for folder in (programs, *others):
    there = os.listdir(folder) if os.path.isdir(folder) else ()
    names.update(name for name in there if re.fullmatch(COMPILER, name))


def program_of(name):
    """Return what a compiler's name stands for: what was unpacked, else what the system has."""
    plain = name.replace(f"{multiarch}-", "")
    gnu = {"cc": "gcc", "c++": "g++"}.get(plain, plain)
    for one in dict.fromkeys((name, plain, gnu)):
        if os.path.exists(os.path.join(programs, one)):
            return os.path.join(programs, one)
    return shutil.which(name, path=os.pathsep.join(others))


for name in sorted(names):
    program = program_of(name)
    if program:
        path = os.path.join(bin_folder, name)
        with open(path, "w", encoding="utf-8") as file:
            # RPATH, not RUNPATH: it serves what the libraries need in their turn, too (ld.so(8)).
            rpath = f' -Wl,--disable-new-dtags,-rpath,"{run_folder}"'
            more = "" if "cpp" in name else rpath
            file.write(WRAPPER.format(program=program, root=root, more=more))
        os.chmod(path, 0o755)
