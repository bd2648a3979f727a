"""The engine: attempt, diagnose, plan, get consent, apply, and repeat until the module imports.

Its functions are generators of events and do not know any view. The dry run (`dry_run.dry_run`)
uses the same planner and changes nothing.
"""

from __future__ import annotations

from buildfix.engine.loop import repair

__all__ = ["repair"]
