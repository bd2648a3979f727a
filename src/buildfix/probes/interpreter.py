# Run by the target interpreter (3.8 on): prints what it is, as JSON.
import importlib.util
import json
import os
import platform
import sys
import sysconfig

try:
    from importlib.metadata import PackageNotFoundError, version

    try:
        pip = version("pip")
    except PackageNotFoundError:
        pip = None
except ImportError:
    pip = "0" if importlib.util.find_spec("pip") else None

virtual = sys.prefix != sys.base_prefix
include = sysconfig.get_path("include", vars={"installed_base": sys.base_prefix})
marker = os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")
print(
    json.dumps(
        {
            "path": sys.executable,
            "version": platform.python_version(),
            "implementation": platform.python_implementation(),
            "prefix": sys.prefix,
            "base_prefix": sys.base_prefix,
            "include": include,
            "has_headers": os.path.isfile(os.path.join(include, "Python.h")),
            "externally_managed": not virtual and os.path.isfile(marker),
            "pip": pip,
            "platlib": sysconfig.get_path("platlib"),
            "conda": os.path.isdir(os.path.join(sys.base_prefix, "conda-meta")),
            "site": [one for one in sys.path if one.endswith(("site-packages", "dist-packages"))],
            "can_make_venv": bool(importlib.util.find_spec("ensurepip")),
        }
    )
)
