"""What is said of an import that fails."""

from __future__ import annotations

import pytest

from buildfix.catalog import Knowledge
from buildfix.diagnosis.import_failure import of_another_project
from buildfix.diagnosis.logs.rank import diagnose

KNOWLEDGE = Knowledge()


@pytest.mark.parametrize(
    ("missing", "says", "advice"),
    [
        ("PIL", "demo imports PIL, which is not installed.", "Install Pillow into"),
        ("PIL.ImageFile", "demo imports PIL, which is not installed.", "Install Pillow into"),
        ("unheard_of", "demo imports unheard_of, ", "that has the module unheard_of into"),
        ("demo_core._native", "The build imports demo_core._native", ""),
    ],
)
def test_a_module_that_nothing_brought_is_of_another_project(
    missing: str, says: str, advice: str
) -> None:
    told = diagnose([f"ModuleNotFoundError: No module named '{missing}'"], KNOWLEDGE)
    found = of_another_project(told, "demo", "demo_core.shapes", KNOWLEDGE)
    assert found.says.startswith(says)
    assert advice in found.advice
    assert bool(found.never) == (found is told)
