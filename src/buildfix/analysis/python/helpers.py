"""What extension-helpers makes of a tree: the extensions that its packages themselves declare."""

from __future__ import annotations

import posixpath

from buildfix.analysis.python.building import EXTENSION, make_extension
from buildfix.analysis.python.operators import items_of
from buildfix.analysis.python.values import Call, Function
from buildfix.analysis.symbolic_values import Value

GET_EXTENSIONS = "extension_helpers.get_extensions"
_DECLARING = "setup_package.py"


def helped_extensions(call: Call) -> list[Value]:
    """Return what every setup_package.py says, and an extension for each other Cython file.

    As extension-helpers' documentation has it ("Defining extensions").
    """
    found: list[Value] = []
    spoken = set()
    for file in sorted(call.machine.tree.names()):
        if posixpath.basename(file) == _DECLARING:
            module = call.machine.load(file.removesuffix(".py").replace("/", "."))
            told = module.frame.variables.get("get_extensions") if module else None
            if isinstance(told, Function):
                listed = call.machine.call(told, Call(call.machine, where=file))
                found += items_of(listed) if isinstance(listed, list | tuple) else []
                spoken.add(posixpath.dirname(file))
    for file in sorted(call.machine.tree.names()):
        if file.endswith(".pyx") and posixpath.dirname(file) not in spoken:
            found.append(make_extension(EXTENSION.name, call.using(file, [file])))
    return found
