# Run by the target interpreter (3.8 on), without root: downloads Debian packages with all that they
# depend on, unpacks them into a folder of the user's, and makes of it a sysroot: gcc(1) --sysroot sees
# there all that was unpacked and all that the system has.
#   private_debs.py FOLDER PACKAGE...
import os
import re
import subprocess
import sys

base, packages = os.path.abspath(sys.argv[1]), sys.argv[2:]
lists, cache, root, bin_folder, run_folder = (
    os.path.join(base, name) for name in ("lists", "cache", "root", "bin", "run")
)
archives = os.path.join(cache, "archives")
for folder in (lists + "/partial", archives + "/partial", root, bin_folder, run_folder):
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
for name in sorted(os.listdir(archives)):
    if name.endswith(".deb"):
        subprocess.run(["dpkg-deb", "--extract", os.path.join(archives, name), root], check=True)

[multiarch] = [
    name for name in os.listdir("/usr/lib") if re.fullmatch(r"[a-z0-9_]+-linux-gnu[a-z0-9]*", name)
]
libraries = os.path.join(root, "usr/lib", multiarch)
os.makedirs(libraries, exist_ok=True)
unpacked = [name for name in os.listdir(libraries) if ".so." in name]


def mirror(folder):
    """Link what only the system has, so that nothing that is installed is missed in the root."""
    inside = os.path.join(root, folder.lstrip("/"))
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        if not os.path.lexists(os.path.join(inside, name)):
            os.makedirs(inside, exist_ok=True)
            os.symlink(os.path.join(folder, name), os.path.join(inside, name))


for folder in (f"/usr/include/{multiarch}", "/usr/include", f"/usr/lib/{multiarch}", "/usr/lib64"):
    mirror(folder)
for name in os.listdir(libraries):  # links that name the system's own place of what is here
    path = os.path.join(libraries, name)
    if os.path.islink(path) and not os.path.exists(path):
        inside = root + os.path.realpath(path)
        if os.path.exists(inside):
            os.remove(path)
            os.symlink(inside, path)
for name in unpacked:  # what a built module is to find when it runs
    link = os.path.join(run_folder, name)
    if not os.path.lexists(link):
        os.symlink(os.path.join(libraries, name), link)

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
for name in ("gcc", "g++", "cc", "c++", "gfortran", "cpp", "clang", "clang++"):
    for alias in (name, f"{multiarch}-{name}"):
        real = name.replace("c++", "g++") if name in ("cc", "c++") else name
        program = os.path.join(programs, "gcc" if name == "cc" else real)
        if os.path.exists(program):
            path = os.path.join(bin_folder, alias)
            with open(path, "w", encoding="utf-8") as file:
                # RPATH, not RUNPATH: it serves what the libraries need in their turn, too (ld.so(8)).
                rpath = f' -Wl,--disable-new-dtags,-rpath,"{run_folder}"'
                more = "" if name == "cpp" else rpath
                file.write(WRAPPER.format(program=program, root=root, more=more))
            os.chmod(path, 0o755)
