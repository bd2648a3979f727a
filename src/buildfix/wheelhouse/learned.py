"""Needs that only a failed build showed: kept in a wheelhouse as recipes, for the next build.

DIR/recipes/projects/NAME.toml
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from buildfix.catalog import Knowledge
from buildfix.catalog.projects import ProjectRecipe
from buildfix.catalog.structure import read_file
from buildfix.core.errors import BuildfixError
from buildfix.core.report import Report

RECIPES = "recipes"
_LEARNED = "Learned from a failed build of "
"""How the source of such a recipe begins."""


def needs_learned(report: Report, knowledge: Knowledge, project: str) -> tuple[str, ...]:
    """Return the capabilities whose absence made builds of a project fail before one succeeded.

    Empty if other recipes have an entry for the project, because the new one would replace it.
    """
    known = knowledge.project(project)
    if report.outcome != "installed" or (known and not known.source.startswith(_LEARNED)):
        return ()
    return tuple(dict.fromkeys(_capabilities(report, knowledge)))


def learned_recipes(folder: Path) -> Path | None:
    """Return the folder of recipes in a wheelhouse; None if nothing was learned yet.

    Also None if it has anything else than what was learned: whoever can put a folder there has no
    say in what is run.
    """
    path = folder / RECIPES
    files = [one for one in path.rglob("*") if not one.is_dir()]
    return path if files and all(_was_learned(path, one) for one in files) else None


def _was_learned(folder: Path, file: Path) -> bool:
    """Return whether a file is a recipe of ours, which only says what a build needs."""
    if file.parent != folder / "projects" or file.is_symlink():
        return False
    try:
        recipe = read_file(file, ProjectRecipe)
    except BuildfixError:
        return False
    only = ProjectRecipe(recipe.name, source=recipe.source, build=recipe.build)
    return recipe == only and recipe.source.startswith(_LEARNED)


def keep_learned(folder: Path, project: str, needs: Sequence[str], build: str) -> None:
    """Add needs of a project to the recipes in a wheelhouse; `build` says which one showed them.

    Recipes that somebody else put there are left alone.
    """
    if (folder / RECIPES).exists() and learned_recipes(folder) is None:
        return
    path = folder / RECIPES / "projects" / f"{project}.toml"
    recipe = read_file(path, ProjectRecipe) if path.is_file() else None
    known = [need.subject for need in recipe.build] if recipe else []
    if set(needs) <= set(known):
        return
    lines = {"name": project, "source": f"{_LEARNED}{build}", "build": sorted({*known, *needs})}
    text = "".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in lines.items()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _capabilities(report: Report, knowledge: Knowledge) -> Iterator[str]:
    for attempt in report.attempts:
        for cause in attempt.diagnosis.causes if attempt.diagnosis else ():
            capability = knowledge.capability(cause.kind, cause.subject)
            if capability:
                yield capability.id
