"""From causes to needs, and from a need to the capabilities that meet it."""

from __future__ import annotations

from collections.abc import Collection

from buildfix.catalog import Knowledge
from buildfix.catalog.schema import Capability
from buildfix.core import Need
from buildfix.dependency_kinds import KINDS

RUST = "dep:virtual/compiler/rust"
CUDA = "dep:virtual/compiler/cuda"
C_COMPILER = "dep:virtual/compiler/c"
FORESEEN = ("build", "run")
"""Kinds of needs that name a capability by its id; all others are causes, by their kind."""
HELD = "held"
"""The kind of need that is a build requirement in a version which the build takes."""
OF_RUN_TIME = ("run", *(one.name for one in KINDS.values() if one.of_run_time))
"""Kinds of needs that only what is built already has."""


def needs_rust(need: Need) -> bool:
    """Say whether a need is one of Rust."""
    return need.subject == RUST or (need.kind.startswith("compiler-") and need.subject == "rust")


def needs_cuda(need: Need) -> bool:
    """Say whether a need is one of the CUDA toolkit, or of a compiler that its nvcc takes."""
    if need.kind in ("cuda-missing", "cuda-mismatch") or need.subject == CUDA:
        return True
    of_toolkit = need.subject == "cuda" and need.kind in ("compiler-missing", "compiler-too-old")
    return of_toolkit or refuses_host_compiler(need)


def refuses_host_compiler(need: Need) -> bool:
    """Say whether nvcc refuses the C++ compiler; it alone says which version it takes at most."""
    newest = (need.required or "").startswith("<")
    return need.kind == "compiler-too-new" and need.subject == "cxx" and newest


def capabilities_of(
    need: Need, knowledge: Knowledge, brought: Collection[str] = ()
) -> tuple[Capability, ...]:
    """Return what a need lacks, then what one always needs together with it; empty if unknown.

    `brought` are ids of companions that come by themselves, with what they would need in turn.
    """
    if needs_cuda(need):
        found = knowledge.capabilities.get(CUDA)
    elif need.kind in FORESEEN:
        found = knowledge.capabilities.get(need.subject)
    else:
        found = knowledge.capability(need.kind, need.subject)
    together: dict[str, Capability] = {}
    pending = [found] if found else []
    while pending:
        capability = pending.pop(0)
        if capability.id not in together and need.kind not in OF_RUN_TIME:
            companions = (*capability.companions, *_compiled_against(capability))
            pending += [knowledge.capabilities[one] for one in companions if one not in brought]
        together.setdefault(capability.id, capability)
    return tuple(together.values())


def _compiled_against(capability: Capability) -> tuple[str, ...]:
    """Return the compiler that a library's development files are of no use without."""
    is_library = any(name in capability.detectors for name in ("headers", "libraries", "pkgconfig"))
    return (C_COMPILER,) if is_library and capability.named is None else ()
