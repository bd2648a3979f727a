"""A small body of knowledge with a Debian 13, for tests that must not hang on the shipped one."""

from __future__ import annotations

from pathlib import Path

from buildfix.catalog import Knowledge, shipped_folder

_CAPABILITIES = """
[[capability]]
id = "dep:virtual/compiler/c"
title = "a C compiler"
commands = ["cc", "gcc", "*-linux-gnu-gcc"]
with = ["dep:virtual/python-headers"]
named = "compiler-missing:c"

[[capability]]
id = "dep:virtual/python-headers"
title = "the headers of the target Python"
headers = ["Python.h"]
named = "python-headers-missing:Python.h"

[[capability]]
id = "dep:generic/libffi"
title = "libffi"
headers = ["ffi.h"]
pkgconfig = ["libffi"]

[[capability]]
id = "dep:generic/libmagic"
title = "libmagic"
runtime = ["libmagic"]

[[capability]]
id = "dep:generic/nowhere"
title = "a thing that no system has"
headers = ["nowhere.h"]
"""

_DEBIAN = """
[host]
id = "debian"
title = "Debian"
system = "linux"
manager = "apt"

[python]
headers = ["python3-dev"]
versioned-headers = ["python{version}-dev"]
venv = ["python3-venv"]
versioned-venv = ["python{version}-venv"]
owned = ["/usr"]

[releases."13"]
codename = "trixie"
python = "3.13"

[packages."dep:virtual/compiler/c"]
build = ["build-essential"]

[packages."dep:generic/libffi"]
build = ["libffi-dev"]
run = ["libffi8"]

[packages."dep:generic/libmagic"]
build = ["libmagic-dev"]
run = ["libmagic1t64"]
"""

_DERIVED = """
[host]
id = "derived"
title = "Derived"
system = "linux"
manager = "apt"
extends = "debian"

[packages."dep:generic/libffi"]
build = ["libffi8-dev"]
"""


def small_knowledge(folder: Path) -> Knowledge:
    """Write the recipes into a folder and load them, with the shipped causes and projects."""
    for name, text in {
        "capabilities/small.toml": _CAPABILITIES,
        "hosts/debian.toml": _DEBIAN,
        "hosts/derived.toml": _DERIVED,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in (
        "causes",
        "projects",
        "parallel.toml",
        "sources.toml",
        "crates.toml",
        "compilers.toml",
        "loaders.toml",
        "wheels.toml",
    ):
        (folder / name).symlink_to(shipped_folder() / name)
    return Knowledge([folder])
