"""Compares real plans with the labels of `ml_expert.toml`: `python -m tests.golden.ml [NAME...]`.

It asks the package index. Answers about one platform are asked once, and kept in the folder
BUILDFIX_ML_ANSWERS if it is set.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.version import Version

from buildfix.catalog import Knowledge
from buildfix.core import Plan, Request, events
from buildfix.core.errors import BuildfixError
from buildfix.engine.dry_run import dry_run
from buildfix.forecast import builds
from buildfix.machines.local import Completed, LocalMachine
from buildfix.render import Level, make_view, messages
from buildfix.render.documents import plan_document
from tests.golden.ml_machines import MACHINES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLE = Path(__file__).with_name("ml_expert.toml")
_INDEX = re.compile(r"/whl/(cpu|cu\d+)")


@dataclass(frozen=True)
class Cell:
    """A project on a machine, and what an expert does."""

    group: str
    project: str
    machine: str
    label: str


@dataclass(frozen=True)
class Seen:
    """A plan as a person and a script see it."""

    document: Mapping[str, Any]
    text: str
    """All that is shown, in lower case."""

    @property
    def steps(self) -> Sequence[Mapping[str, Any]]:
        """The steps of the plan."""
        found: Sequence[Mapping[str, Any]] = self.document.get("steps", ())
        return found

    @property
    def commands(self) -> str:
        """The arguments of all commands, those of the install last."""
        argvs = [step.get("argv", ()) for step in self.steps]
        install = self.document.get("install", {}).get("argv", ())
        return "\n".join(" ".join(argv) for argv in (*argvs, install))

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables of the install."""
        found: Mapping[str, str] = self.document.get("install", {}).get("env", {})
        return found

    def arrival(self, name: str) -> Mapping[str, Any]:
        """Return what becomes of a distribution."""
        found = (one for one in self.document.get("builds", ()) if one["name"] == name)
        return next(found, {})


def load() -> tuple[Cell, ...]:
    """Read the table."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    machines = table.pop("machines")
    return tuple(
        Cell(name, project, machine, group[machine])
        for name, group in table.items()
        for project in group["projects"]
        for machine in machines
    )


def fits(cell: Cell, seen: Seen) -> str:
    """Return the first word of a label that does not hold; nothing if one alternative holds."""
    missed = []
    for alternative in cell.label.split(" / "):
        wrong = next((word for word in alternative.split() if not _holds(word, cell, seen)), "")
        if not wrong:
            return ""
        missed.append(wrong)
    return missed[0]


def _holds(word: str, cell: Cell, seen: Seen) -> bool:
    name, _, value = word.partition(":")
    if name.startswith("jobs<="):
        return int(seen.environment.get("MAX_JOBS", "99")) <= int(name.partition("=")[2])
    return _CHECKS[name](value, cell, seen)


def _project_of(cell: Cell) -> str:
    return cell.project.split()[-1]


def _is_wheel(_: str, cell: Cell, seen: Seen) -> bool:
    how = seen.arrival(_project_of(cell)).get("how")
    return how in ("wheel", "present") and not seen.document.get("diagnosis")


def _is_built(_: str, cell: Cell, seen: Seen) -> bool:
    return seen.arrival(_project_of(cell)).get("how") == "build"


def _keeps_torch(_: str, cell: Cell, seen: Seen) -> bool:
    torch = MACHINES[cell.machine].cuda.torch
    coming = seen.arrival("torch")
    named = re.findall(r"\btorch==([\w.+]+)", seen.commands)
    kept = torch.version.partition("+")[0] if torch else ""
    versions = {version.partition("+")[0] for version in named}
    if coming and coming["how"] != "present":
        versions.add(str(coming["version"]).partition("+")[0])
    return versions <= {kept}


def _brings_torch(value: str, _: Cell, seen: Seen) -> bool:
    index, __, limit = value.partition("<=")
    if index not in _INDEX.findall(seen.commands):
        return False
    named = re.findall(r"\btorch==([\d.]+)", seen.commands)
    return not limit or all(Version(one) < Version(f"{limit}.99") for one in named or ["99"])


def _uses_toolkit(value: str, cell: Cell, seen: Seen) -> bool:
    home = seen.environment.get("CUDA_HOME", "")
    return home.endswith(value) and _installs_none("", cell, seen)


def _installs_toolkit(value: str, _: Cell, seen: Seen) -> bool:
    shown = f"{seen.commands}\n{seen.text}"
    return any(
        f"{name}{value.replace('.', between)}" in shown
        for name, between in (("cuda-toolkit-", "-"), ("cuda toolkit ", "."))
    ) and not seen.environment.get("CUDA_HOME", "").endswith("13.0")


def _installs_none(_: str, __: Cell, seen: Seen) -> bool:
    packages = re.search(r"nvidia-cuda-toolkit|cuda-toolkit[-\[=]|cuda_home", seen.commands)
    return packages is None


def _refuses(_: str, __: Cell, seen: Seen) -> bool:
    manual = any(step["kind"] == "manual" for step in seen.steps)
    return bool(seen.document.get("diagnosis") or seen.document.get("error") or manual)


def _says(value: str, _: Cell, seen: Seen) -> bool:
    words = value.lower().split("|")
    return any(one in seen.text or one.replace("_", " ") in seen.text for one in words)


def _offers(_: str, __: Cell, seen: Seen) -> bool:
    wheel = re.search(r"https?://\S+(\.whl|/whl/|/wheels|/releases|\.html)", seen.text)
    return wheel is not None


def _installs(pattern: str) -> Callable[[str, Cell, Seen], bool]:
    def found(_: str, __: Cell, seen: Seen) -> bool:
        return re.search(pattern, seen.commands) is not None

    return found


_CHECKS: Mapping[str, Callable[[str, Cell, Seen], bool]] = {
    "wheel": _is_wheel,
    "build": _is_built,
    "keep-torch": _keeps_torch,
    "torch": _brings_torch,
    "toolkit": _uses_toolkit,
    "install-toolkit": _installs_toolkit,
    "no-toolkit": _installs_none,
    "arch": lambda value, _, seen: value in seen.environment.get("TORCH_CUDA_ARCH_LIST", ""),
    "compiler": _installs(r"build-essential|g\+\+"),
    "rust": _installs(r"rust|cargo"),
    "refuse": _refuses,
    "says": _says,
    "offer-wheel": _offers,
}


class Remembering(LocalMachine):
    """This machine; what the index says about one platform is asked once."""

    def __init__(self, folder: Path) -> None:
        """Keep the answers in a folder."""
        super().__init__()
        self._folder = folder

    def run(
        self, argv: Sequence[str], env: Sequence[tuple[str, str]] = (), stdin: str = ""
    ) -> Completed:
        """Return the known answer to a question; ask it otherwise."""
        text = argv[-1] if argv[-1].startswith("{") else ""
        place = str(json.loads(text).get("folder", "")) if text else ""
        if not text:
            return super().run(argv, env, stdin)
        text = text.replace('"present": {}, ', "")
        asked = json.dumps([argv[-2], text.replace(place, "FOLDER") if place else text])
        known = self._folder / hashlib.sha256(asked.encode()).hexdigest()
        if not known.exists():
            done = super().run(argv, env, stdin)
            if done.returncode:
                return done
            known.mkdir()
            if place:
                shutil.copytree(place, known / "files")
            out = done.stdout.replace(place, "FOLDER") if place else done.stdout
            (known / "answer").write_text(out, encoding="utf-8")
        if place:
            shutil.copytree(known / "files", place, dirs_exist_ok=True)
        out = (known / "answer").read_text(encoding="utf-8")
        return Completed(0, out.replace("FOLDER", place) if place else out, "")


def read_once() -> None:
    """Have each source read once for each platform."""
    read, known = builds._read, {}

    def once(path: Path, place: object, *more: object, **options: object) -> object:
        key = (path.name, place, str(options))
        if key not in known:
            known[key] = read(path, place, *more, **options)  # type: ignore[arg-type]
        return known[key]

    builds._read = once  # type: ignore[assignment]


class _Text:
    def __init__(self) -> None:
        self.parts: list[str] = []

    def write(self, text: str) -> int:
        self.parts.append(text)
        return len(text)

    def flush(self) -> None:
        """Do nothing: it is memory."""

    def isatty(self) -> bool:
        return False


def plan_for(cell: Cell, machine: LocalMachine, knowledge: Knowledge) -> Seen:
    """Return what a dry run shows for a cell."""
    words = cell.project.split()
    request = Request(requirements=(words[-1],), from_source="--from-source" in words)
    stream = _Text()
    view = make_view(stream, level=Level.NORMAL, color=False, environ={})  # type: ignore[arg-type]
    plan: Plan | None = None
    with tempfile.TemporaryDirectory() as scratch:
        try:
            story = dry_run(request, machine, knowledge, Path(scratch), MACHINES[cell.machine])
            for event in story:
                if isinstance(event, events.PlanProposed):
                    plan = event.plan
                    view.plan(plan, whole=True)
                else:
                    view.show(event)
        except BuildfixError as error:
            return Seen({"error": str(error)}, str(error).lower())
    if plan is None:
        return Seen({"error": "no plan"}, "")
    for line in messages.end_of_dry_run(plan):
        view.say(line)
    document: dict[str, Any] = {**plan_document(plan)}
    document.pop("host")
    text = "".join(stream.parts) + json.dumps(document)
    return Seen(document, text.lower())


def main(wanted: Sequence[str]) -> None:
    """Print each cell whose plan is not the expert's, and the counts."""
    kept = os.environ.get("BUILDFIX_ML_ANSWERS")
    folder = Path(kept or tempfile.mkdtemp())
    folder.mkdir(exist_ok=True)
    machine, knowledge = Remembering(folder), Knowledge()
    read_once()
    good = 0
    cells = [one for one in load() if not wanted or one.project in wanted or one.group in wanted]
    for cell in cells:
        missed = fits(cell, plan_for(cell, machine, knowledge))
        good += not missed
        if missed:
            print(f"{cell.group:15} {cell.project:28} {cell.machine:12} {missed}", flush=True)
    print(f"{good} of {len(cells)} cells as the expert would do")
    if not kept:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
