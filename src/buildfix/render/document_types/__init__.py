"""The JSON documents as types; their schemas in `schemas/` are made from these.

Keys that the contract does not promise are `NotRequired`. Only type checkers and
`tests/document_schema.py` import this package.
"""

from __future__ import annotations

from buildfix.render.document_types.diagnosis import DiagnosisDocument
from buildfix.render.document_types.host import HostDocument
from buildfix.render.document_types.lists import (
    ErrorDocument,
    EvidenceLineDocument,
    RecipesDocument,
    WheelsDocument,
)
from buildfix.render.document_types.plan import PlanDocument
from buildfix.render.document_types.report import HistoryDocument, ReportDocument
from buildfix.render.document_types.wheelhouse import WheelhouseDocument, WheelhouseListDocument

DOCUMENTS = (
    DiagnosisDocument,
    ErrorDocument,
    EvidenceLineDocument,
    HistoryDocument,
    HostDocument,
    PlanDocument,
    RecipesDocument,
    ReportDocument,
    WheelhouseDocument,
    WheelhouseListDocument,
    WheelsDocument,
)
"""Every document; each has its schema's name in `schema`."""
