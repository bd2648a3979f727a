"""The loop: attempt, diagnose, plan, agree, apply, and round again until the module imports.

Generators of events that know no screen. The dry run is `dry_run.dry_run`: the same planner, and
nothing is done.
"""

from __future__ import annotations

from buildfix.engine.loop import repair

__all__ = ["repair"]
