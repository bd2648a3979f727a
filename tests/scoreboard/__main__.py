"""Run by `python -m tests.scoreboard [PART OF A NAME OR THEME]`: each wrong case, and the sums."""

from __future__ import annotations

import sys
from collections import defaultdict
from io import BytesIO

from buildfix.diagnose import decoded, diagnose
from buildfix.knowledge import Knowledge
from tests.scoreboard.cases import Score, load_cases, score


def main() -> int:
    """Print the board; returns 1 where a case is wrong."""
    knowledge = Knowledge()
    sums: dict[str, list[Score]] = defaultdict(list)
    for case in load_cases(*sys.argv[1:2]):
        diagnosis = diagnose(decoded(BytesIO(case.data())), knowledge)
        result = score(case, diagnosis)
        for key in (case.system, case.kind, "all"):
            sums[key].append(result)
        if not result.right:
            cause = diagnosis.cause
            found = f"{cause.kind}:{cause.subject} at {cause.line}" if cause else "no failure"
            print(f"WRONG {case.name}: {found}; right: {case.causes} at {case.lines}")
    for key, scores in sorted(sums.items()):
        share = [sum(getattr(one, part) for one in scores) for part in ("kind", "subject", "line")]
        print(
            f"{key:32} {len(scores):4}  kind {share[0]:4}  subject {share[1]:4}  line {share[2]:4}"
        )
    return 0 if all(one.right for one in sums["all"]) else 1


if __name__ == "__main__":
    sys.exit(main())
