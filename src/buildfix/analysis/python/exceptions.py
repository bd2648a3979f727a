"""Which exceptions an except clause of a script catches."""

from __future__ import annotations

import builtins

from buildfix.analysis.python.values import UserClass
from buildfix.analysis.symbolic_values import External, Value


def catches(caught: Value, raised: Value) -> bool:
    """Say whether an except clause with these classes catches an exception of that class."""
    if isinstance(caught, tuple | list):
        return any(catches(one, raised) for one in caught)
    name = exception_name(caught)
    return name in _lineage(raised)


def exception_name(cls: Value) -> str:
    """Return the name of an exception's class without its module."""
    if isinstance(cls, External):
        return cls.name.rpartition(".")[2]
    return cls.name if isinstance(cls, UserClass) else str(cls)


def _lineage(cls: Value) -> set[str]:
    """Return the names of a class of exceptions and of all that it descends from."""
    if isinstance(cls, UserClass):
        return {cls.name}.union(*(_lineage(base) for base in cls.bases)) | {"Exception"}
    name = exception_name(cls)
    known = getattr(builtins, name, None)
    if isinstance(known, type) and issubclass(known, BaseException):
        aliases = {"error", "IOError", "EnvironmentError"} if issubclass(known, OSError) else set()
        return {parent.__name__ for parent in known.__mro__} | aliases
    return {name, "SubprocessError", "Exception", "BaseException"}
