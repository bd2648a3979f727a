"""The loop: attempt, diagnose, prescribe, agree, apply, and round again until the module imports.

Generators of events that know no screen; what they decide, the judgements below have decided.
"""

from __future__ import annotations

from buildfix.repair.foretell import foretell
from buildfix.repair.loop import Consent, repair

__all__ = ["Consent", "foretell", "repair"]
