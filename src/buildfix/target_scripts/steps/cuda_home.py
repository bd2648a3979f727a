"""Lays the toolkit that wheels put into site-packages out as a CUDA_HOME, as builds expect one.

It has bin, include, nvvm, and lib64 with the libraries also under the names that the linker looks
for. All of it are links, put in place at once. Exit code 0: it is there.

    cuda_home.py FOLDER WITHIN-SITE-PACKAGES
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

MARK = ".made-by-buildfix"
WHOLE = ("bin", "include", "nvvm", "cccl")
DRIVER = "libcuda.so.1"
DRIVER_FOLDERS = (
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
)


def fail(why: str) -> NoReturn:
    """End with one line that says why."""
    sys.exit("cuda_home: " + why)


def toolkit(within: str) -> str:
    """Return where the wheels put the toolkit."""
    places = [os.path.join(folder, *within.split("/")) for folder in sys.path]
    for place in places:
        if os.path.isfile(os.path.join(place, "bin", "nvcc")):
            return place
    fail(f"the wheels contain no nvcc: there is no {within}/bin/nvcc in site-packages")


def link_libraries(source: str, target: str) -> None:
    """Link every library, and each `libx.so.1` as `libx.so` too."""
    os.mkdir(target)
    for name in sorted(os.listdir(source)):
        path = os.path.join(source, name)
        os.symlink(path, os.path.join(target, name))
        plain = name.partition(".so.")[0] + ".so"
        if ".so." in name and not os.path.lexists(os.path.join(target, plain)):
            os.symlink(path, os.path.join(target, plain))


def link_driver(target: str) -> None:
    """Link the driver's library, if there is one, for builds that link with -lcuda."""
    for folder in DRIVER_FOLDERS:
        path = os.path.join(folder, DRIVER)
        if os.path.exists(path):
            stubs = os.path.join(target, "stubs")
            os.mkdir(stubs)
            os.symlink(path, os.path.join(stubs, "libcuda.so"))
            return


def lay_out(source: str, target: str) -> None:
    """Fill an empty folder with links into the wheels' own."""
    for name in WHOLE:
        path = os.path.join(source, name)
        if os.path.isdir(path):
            os.symlink(path, os.path.join(target, name))
    link_libraries(os.path.join(source, "lib"), os.path.join(target, "lib64"))
    link_driver(os.path.join(target, "lib64"))
    os.symlink("lib64", os.path.join(target, "lib"))
    open(os.path.join(target, MARK), "w").close()


def main(folder: str, within: str) -> None:
    """Make the folder a CUDA_HOME."""
    source, home = toolkit(within), os.path.expanduser(folder)
    if os.path.lexists(home) and not os.path.exists(os.path.join(home, MARK)):
        fail(f"{home} exists and was not created by buildfix")
    parent = os.path.dirname(home)
    os.makedirs(parent, exist_ok=True)
    made = tempfile.mkdtemp(dir=parent)
    try:
        os.chmod(made, 0o755)  # noqa: S103 -- as folders are; mkdtemp's is closed
        lay_out(source, made)
        if os.path.lexists(home):
            shutil.rmtree(home)
        os.rename(made, home)
    except OSError as error:
        shutil.rmtree(made, ignore_errors=True)
        fail(f"cannot create {home}: {error.strerror}")
    print(f"{home} is now a CUDA_HOME")


if __name__ == "__main__":
    main(*sys.argv[1:])
