"""What a host has for building, in groups, each missing thing with the command that installs it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from buildfix import target_scripts
from buildfix.catalog.command_words import DoctorCheck, command_words
from buildfix.core import Cuda, InstallPackages, Need, PlanDraft, SetVariables, Step
from buildfix.core.checks import Check, CheckGroup
from buildfix.core.errors import BuildfixError
from buildfix.core.redaction import redacted
from buildfix.engine.session import Session
from buildfix.engine.strategies.missing_pip import PIP
from buildfix.forecast.known_needs import environment_needs
from buildfix.package_managers import manager_for
from buildfix.platforms.gpu import amiss
from buildfix.providers.torch_choice import chain

_HEADERS = Need("python-headers-missing", "Python.h")
_OWN_SCRIPTS = str(Path(target_scripts.__file__).parent)
_GROUPS = {"compilers": "Compilers", "tools": "Tools"}
NEED_HEADERS = ("c", "cxx", "fortran")
"""Languages whose extension modules include Python.h."""


def host_groups(session: Session) -> tuple[CheckGroup, ...]:
    """Return what any build may need, and the GPU's software if there is any."""
    known = command_words().doctor
    needs = {one.title: Need(one.kind, one.subject) for one in known}
    lacked = missing_in(session.draft_plan((*needs.values(), _HEADERS)))
    rows = {
        one.title: _checked(session, one, needs[one.title], missing=needs[one.title] in lacked)
        for one in known
    }
    by_group = (
        CheckGroup(title, tuple(rows[one.title] for one in known if one.group == group))
        for group, title in _GROUPS.items()
    )
    return (_python(session, missing=_HEADERS in lacked), *by_group, *_gpu(session))


def languages(groups: Iterable[CheckGroup]) -> tuple[list[str], list[str]]:
    """Return the languages that can be compiled, and those that cannot."""
    found = {check.title: check.found for group in groups for check in group.checks}
    compilers = [one for one in command_words().doctor if one.group == "compilers"]
    ready = [one.title for one in compilers if found[one.title] and _has_headers(one, found)]
    return ready, [one.title for one in compilers if one.title not in ready]


def missing_in(draft: PlanDraft) -> frozenset[Need]:
    """Return the needs that a plan meets, or cannot meet."""
    lacked = {need for step in draft.steps for need in step.because}
    return frozenset(lacked.union(need for need, _ in draft.unmet))


def _has_headers(one: DoctorCheck, found: Mapping[str, bool]) -> bool:
    return one.subject not in NEED_HEADERS or found[_HEADERS.subject]


def _python(session: Session, *, missing: bool) -> CheckGroup:
    target = session.interpreter
    brings_pip = next(iter(environment_needs(session.request, target, Path())), PIP)
    pip = Check("pip", True, target.pip) if target.pip else _lacking(session, "pip", brings_pip)
    headers = (
        _lacking(session, _HEADERS.subject, _HEADERS)
        if missing or not target.has_headers
        else Check(_HEADERS.subject, True, target.include)
    )
    return CheckGroup(
        "Python", (Check("Python", True, f"{target.version} ({target.path})"), pip, headers)
    )


def _checked(session: Session, one: DoctorCheck, need: Need, *, missing: bool) -> Check:
    if missing:
        return _lacking(session, one.title, need, one.optional)
    return Check(one.title, True, _version(session, one.programs), optional=one.optional)


def _lacking(session: Session, title: str, need: Need, optional: str = "") -> Check:
    draft = session.draft_plan((need,))
    if draft.steps and all(isinstance(step, SetVariables) for step in draft.steps):
        return Check(title, True, draft.steps[0].summary, optional=optional)
    why = next((why for _, why in draft.unmet), "")
    own = [step for step in draft.steps if any(one.startswith(_OWN_SCRIPTS) for one in step.argv)]
    if own:
        what = own[-1].summary.partition(":")[0]
        return Check(title, False, f"missing: {what} (done by a build that needs it)", "", optional)
    command = " && ".join(filter(None, (typed(session, step) for step in draft.steps)))
    if draft.steps and not command:  # what only a person can do
        why = why or draft.steps[-1].summary
    return Check(title, False, f"missing: {why}" if why else "", command, optional)


def typed(session: Session, step: Step) -> str:
    """Return a step as a person types it; empty for what only prepares another."""
    manager = manager_for(step.manager, session.host()) if step.manager else None
    if manager and isinstance(step, InstallPackages):
        sudo = ("sudo",) if step.privileged and session.host().privilege != "root" else ()
        return shlex.join((*sudo, *manager.typed(step.packages)))
    return "" if step.looks_up else redacted(shlex.join(step.argv))


def _version(session: Session, programs: Sequence[str]) -> str:
    """Return the first line that `PROGRAM --version` prints, of the first program on PATH."""
    program = next((one for one in programs if one in session.host().commands), None)
    if program is None or not session.local:
        return program or ""
    try:
        said = session.machine.run([program, "--version"])
    except (BuildfixError, OSError):
        return program
    lines = [line.strip() for line in said.stdout.splitlines() if line.strip()]
    return lines[0] if lines and said.returncode == 0 else program


def _gpu(session: Session) -> Iterator[CheckGroup]:
    """Yield the group of the GPU's software, if the machine has any."""
    cuda, recipe = session.host().cuda, session.knowledge.cuda
    problems = [Check("GPU", False, one) for one in amiss(cuda, recipe)] if recipe else []
    if recipe and (problems or cuda.driver or cuda.toolkits):
        toolkit = cuda.toolkits[0].version if cuda.toolkits else ""
        together = Check("Together", not problems, chain(session.host(), recipe, toolkit))
        parts = (*_gpu_parts(cuda), *_memory_of_gpus(session), *_nccl(session))
        yield CheckGroup("GPU", (*parts, together, *problems))


def _memory_of_gpus(session: Session) -> Iterator[Check]:
    """Yield each GPU of this machine with its memory, as nvidia-smi reports it."""
    if not (session.local and session.host().cuda.driver):
        return
    asked = ("--query-gpu=name,memory.total,memory.free", "--format=csv,noheader")
    try:
        said = session.machine.run(["nvidia-smi", *asked])
    except (BuildfixError, OSError):
        return
    for row in said.stdout.splitlines() if said.returncode == 0 else ():
        name, _, memory = row.partition(", ")
        yield Check(name, True, f"{memory.replace(',', ' of memory,')} free")


def _nccl(session: Session) -> Iterator[Check]:
    """Yield the NCCL in the target, which several GPUs communicate with."""
    for site in map(Path, session.interpreter.site if session.local else ()):
        for found in sorted(site.glob("nvidia_nccl_cu*.dist-info")):
            yield Check("NCCL", True, found.name.partition("-")[2].rpartition(".dist-info")[0])


def _gpu_parts(cuda: Cuda) -> Iterator[Check]:
    of = f", GPUs of {', '.join(cuda.architectures)}" if cuda.architectures else ""
    yield Check("NVIDIA driver", bool(cuda.driver), f"{cuda.driver}{of}" if cuda.driver else "")
    for toolkit in cuda.toolkits:
        yield Check("CUDA toolkit", True, f"{toolkit.version} ({toolkit.home})")
    for library in cuda.libraries:
        built = f"built with CUDA {library.cuda}" if library.cuda else "built without CUDA"
        yield Check(library.name, True, f"{library.version} ({built})")
