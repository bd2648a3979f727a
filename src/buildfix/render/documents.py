"""The JSON documents of the contract."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

from buildfix.catalog.evidence import fields_of
from buildfix.core import (
    Arrival,
    Attempt,
    Cause,
    Command,
    Diagnosis,
    Host,
    InstallPackages,
    Need,
    Plan,
    Proof,
    Report,
    Step,
    Transaction,
)
from buildfix.core.events import Entry
from buildfix.core.redaction import redacted
from buildfix.render.evidence import evidence_document
from buildfix.render.export.steps import form_of
from buildfix.render.reasons import reason_document, reason_sentence

if TYPE_CHECKING:
    from buildfix.render.document_types.diagnosis import (
        CauseDocument,
        DiagnosisDocument,
        RemedyDocument,
        StepDocument,
    )
    from buildfix.render.document_types.host import HostDocument
    from buildfix.render.document_types.lists import ErrorDocument
    from buildfix.render.document_types.plan import BuildDocument, CommandDocument, PlanDocument
    from buildfix.render.document_types.report import (
        AttemptDocument,
        ChangesDocument,
        RecordDocument,
        ReportDocument,
        VerifiedDocument,
    )


def diagnosis_document(diagnosis: Diagnosis) -> DiagnosisDocument:
    """Return `buildfix.diagnosis/1`."""
    return {
        "schema": "buildfix.diagnosis/1",
        "failed": diagnosis.failed,
        "project": diagnosis.project,
        "phase": diagnosis.phase,
        "cause": _cause(diagnosis.cause) if diagnosis.cause else None,
        "also": [_cause(cause) for cause in diagnosis.also],
        "alternatives": [_cause(cause) for cause in diagnosis.alternatives],
        "remedies": [_remedy(step) for step in diagnosis.remedies],
        "says": diagnosis.says,
        "advice": diagnosis.advice,
        "never": list(diagnosis.never),
        "excerpt": [{"line": number, "text": text} for number, text in diagnosis.excerpt],
    }


def plan_document(plan: Plan) -> PlanDocument:
    """Return `buildfix.plan/1`."""
    return {
        "schema": "buildfix.plan/1",
        "requirements": _safe(plan.requirements),
        "host": host_document(plan.host),
        "steps": [_step(step, _projects(plan)) for step in plan.steps],
        "builds": [_build(one) for one in plan.arrivals],
        "download_bytes": _told(one.download for one in _transactions(plan)),
        "disk_bytes": _told(one.disk for one in _transactions(plan)),
        "install": _command(plan.install),
        "verify": {"modules": list(plan.modules)},
        "unmet": [{**reason_document(need), "why": why} for need, why in plan.unmet],
        "unread": [redacted(why) for why in plan.unread],
        "notes": [redacted(note) for note in plan.notes],
        "diagnosis": diagnosis_document(plan.diagnosis) if plan.diagnosis else None,
    }


def report_document(report: Report, journal: Sequence[Entry] = ()) -> ReportDocument:
    """Return `buildfix.report/1`."""
    from buildfix.engine.journal_records import journal_document  # only now: it loads the engine

    timing = report.timing
    return {
        "schema": "buildfix.report/1",
        "outcome": report.outcome,
        "requirements": _safe(report.requirements),
        "undoes": report.undoes or None,
        "reason": redacted(report.reason),
        "interpreter": report.interpreter,
        "attempts": [_attempt(attempt) for attempt in report.attempts],
        "applied": [_step(step) for step in report.applied],
        "todo": [_step(step) for step in report.todo],
        "verified": _verified(report.proofs) if report.outcome == "installed" else None,
        "changes": changes_document(report),
        "journal": cast("list[RecordDocument]", journal_document(journal)),
        "evidence": evidence_document(journal, report.outcome),
        "kept": list(report.kept),
        "unfinished": {
            "installed": list(report.unfinished.installed),
            "midway": list(report.unfinished.midway),
        },
        "degraded": [
            {
                "distribution": one.distribution,
                "missing": one.missing,
                "packages": list(one.packages),
            }
            for one in report.degraded
        ],
        "seconds": {
            "total": round(timing.total, 3),
            "foresee": round(timing.foresee, 3),
            "apply": round(timing.apply, 3),
            "install": round(timing.install, 3),
            "verify": round(timing.verify, 3),
        },
    }


def changes_document(report: Report) -> ChangesDocument:
    """Return what was changed on the system and in the target, from before and after."""
    changes, target = report.changes, report.changes.target
    return {
        "system": [_fields(one) for one in changes.system],
        "unseen": [_fields(one) for one in changes.unseen],
        "installed": list(map(str, target.added)),
        "removed": list(map(str, target.removed)),
        "already": list(map(str, target.kept)),
        "halt": _fields(changes.halt) if changes.halt else None,
    }


def host_document(host: Host) -> HostDocument:
    """Return `buildfix.host/1`: all facts that a plan depends on."""
    return {
        "schema": "buildfix.host/1",
        "system": host.system,
        "id": host.id,
        "id_like": list(host.id_like),
        "version": host.version,
        "codename": host.codename,
        "title": host.title,
        "arch": host.arch,
        "libc": host.libc,
        "privilege": host.privilege,
        "read_only": host.read_only,
        "cores": host.cores,
        "memory_total": host.memory_total,
        "memory_available": host.memory_available,
        "data_folder": host.data_folder,
        "lists_fresh": host.lists_fresh,
        "interrupted": host.interrupted,
        "rust": _fields(host.rust) | {"homes": dict(host.rust.homes)},
        "cuda": _fields(host.cuda) | {"told": dict(host.cuda.told)},
        "build_path": list(host.build_path),
        "interpreter": _fields(host.interpreter) if host.interpreter else None,
        "packages": sorted(host.packages),
        "commands": sorted(host.commands),
        "setups": sorted(host.setups),
    }


def error_document(code: str, message: str, hint: str, exit_code: int) -> ErrorDocument:
    """Return `buildfix.error/1`, for an error that ends a command early."""
    return {
        "schema": "buildfix.error/1",
        "error": {"code": code, "message": redacted(message), "hint": redacted(hint)},
        "exit_code": exit_code,
    }


def _fields(one: Any) -> Any:
    """Return a dataclass as a document has it."""
    return asdict(one)


def _cause(cause: Cause) -> CauseDocument:
    return {
        "kind": cause.kind,
        "subject": cause.subject,
        "line": cause.line,
        "text": cause.text,
        "required": cause.required,
        "confidence": round(cause.confidence, 2),
        "by": cause.by,
    }


def _projects(plan: Plan) -> Mapping[Need, str]:
    """Return the projects whose builds have each need."""
    return {need: one.name for one in plan.arrivals for need in one.needs}


def _build(one: Arrival) -> BuildDocument:
    return {
        "name": one.name,
        "version": one.version,
        "how": one.how,
        "file": redacted(one.file) or None,
        "needs": [reason_document(need) for need in one.needs],
        "estimate_s": None if one.estimate is None else round(one.estimate, 1),
    }


def _transactions(plan: Plan) -> list[Transaction]:
    found = (step.transaction for step in plan.steps if isinstance(step, InstallPackages))
    return [one for one in found if one]


def _told(amounts: Iterable[int | None]) -> int | None:
    """Return the sum of the amounts that are known; None if none is."""
    known = [one for one in amounts if one is not None]
    return sum(known) if known else None


def _step(step: Step, projects: Mapping[Need, str] | None = None) -> StepDocument:
    document = {"kind": step.kind, "summary": step.summary, **form_of(step).document()}
    if step.afterwards:
        document["afterwards"] = True
    if step.evidence:
        document["evidence"] = [fields_of(record) for record, _ in step.evidence]
    because = [reason_document(need) for need in step.because]
    reasons = [reason_sentence(need, (projects or {}).get(need, "")) for need in step.because]
    more = {"privileged": step.privileged, "because": because, "reasons": reasons}
    return cast("StepDocument", {**document, **more})


def _remedy(step: Step) -> RemedyDocument:
    """Return a step with its command as text, which is empty if it has none."""
    return {**_step(step), "command": redacted(shlex.join(step.argv))}


def _command(command: Command) -> CommandDocument:
    env = {name: redacted(value) for name, value in command.env}
    return {"argv": _safe(command.argv), "env": env}


def _attempt(attempt: Attempt) -> AttemptDocument:
    return {
        **_command(attempt.command),
        "log": attempt.log,
        "returncode": attempt.returncode,
        "seconds": round(attempt.seconds, 3),
        "peak_rss": attempt.peak_rss,
        "diagnosis": diagnosis_document(attempt.diagnosis) if attempt.diagnosis else None,
    }


def _verified(proofs: Sequence[Proof]) -> VerifiedDocument:
    """Return the proof of everything requested; version and wheel are those of the first."""
    first = proofs[0] if proofs else Proof("", None, None)
    return {
        "modules": [module for proof in proofs for module in proof.modules],
        "programs": [program for proof in proofs for program in proof.programs],
        "version": first.version,
        "wheel": first.wheel,
        "distributions": [
            {
                "name": proof.distribution,
                "version": proof.version,
                "wheel": proof.wheel,
                "modules": list(proof.modules),
                "programs": list(proof.programs),
            }
            for proof in proofs
        ],
    }


def _safe(words: Sequence[str]) -> list[str]:
    return [redacted(word) for word in words]
