"""Print, as JSON, the commands that pyproject-external derives from a file of metadata.

Runs in the root, by pyproject-external's own interpreter: METADATA MAPPINGS. Its mappings are read
from a folder, since it otherwise fetches them; Debian is taken for Ubuntu 24.04, the nearest that
they know, but for the version in the names of Python's packages; and tables that are named as
PEP 725 named them before are renamed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

# Only the root that this runs in has these.
import tomllib  # type: ignore[import-not-found,unused-ignore]
from pyproject_external import External, Mapping  # type: ignore[import-not-found]
from pyproject_external import _registry as registry

metadata, folder = (Path(argument) for argument in sys.argv[1:])
registry.Registry.default_source = str(folder / "registry.json")
registry.Ecosystems.default_source = str(folder / "known-ecosystems.json")
Mapping.from_url = classmethod(lambda cls, url: cls.from_path(folder / Path(url).name))

RENAMED = {
    "build-host-requires": "host-requires",
    "optional-build-host-requires": "optional-host-requires",
}

external = {
    RENAMED.get(name, name): table
    for name, table in tomllib.loads(metadata.read_text(encoding="utf-8"))["external"].items()
}
commands = External.from_pyproject_data({"external": external}).install_commands(
    "ubuntu", package_manager="apt-get"
)
own = f"python{sys.version_info.major}.{sys.version_info.minor}"
argvs = [[word.replace("python3.12", own) for word in command.render()] for command in commands]
print(json.dumps(argvs))
