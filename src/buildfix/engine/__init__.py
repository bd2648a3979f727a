"""The loop: attempt, diagnose, plan, agree, apply, and round again until the module imports.

Generators of events that know no screen; what they decide, the judgements below have decided. The
dry run is `preview.preview`, apart: it reads sources, which a run that builds nothing never does.
"""

from __future__ import annotations

from buildfix.engine.loop import Consent, repair

__all__ = ["Consent", "repair"]
