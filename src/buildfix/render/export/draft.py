"""What all export formats have in common, with slots for each format's variables.

A slot is a name between two characters of Unicode's private use area. Each format replaces slots by
its own variables, and quotes everything else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from itertools import pairwise
from pathlib import Path, PurePosixPath

from buildfix.core import Command, Plan, RunCommand, SetVariables, Step, Variables
from buildfix.core.light_dataclass import dataclass
from buildfix.core.redaction import redacted, replace_credentials
from buildfix.installers import separator, settings_of
from buildfix.installers.request_items import URL
from buildfix.machines.scripts import is_step_script

HERE = "PWD"
"""The slot for the current folder of a shell."""
FILES = "BUILDFIX_FILES"
"""The slot for the folder with the files that commands use."""
_CREDENTIALS = "INDEX_CREDENTIALS"
_OPEN, _CLOSE = "\ue000", "\ue001"
_SLOT = re.compile(f"{_OPEN}(\\w+){_CLOSE}")


@dataclass(frozen=True)
class Draft:
    """Everything that an export contains."""

    head: tuple[str, ...]
    """Comment lines: what it is and where it comes from."""
    before: tuple[Step, ...]
    """The steps before the install."""
    install: Command
    """The install command, with the variables that affect it."""
    after: tuple[Step, ...] = ()
    """The steps after the import succeeded."""
    verify: tuple[str, ...] = ()
    """The command that imports what was requested; empty if no module is known."""
    target: str = ""
    """The interpreter to install into."""
    image: str = ""
    """The container image of the system; empty if unknown."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The contents of the files that commands use, by name in the folder `FILES`."""
    named: tuple[str, ...] = ()
    """The requirements files that the install reads."""
    credentials: tuple[str, ...] = ()
    """Variables for the user to set, in place of user names and passwords."""
    refused: str = ""
    """Why the plan cannot be carried out; empty if it can."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps."""
        return (*self.before, *self.after)

    @property
    def variables(self) -> dict[str, str]:
        """The variables that the steps set for the install; values that add up are joined."""
        merged: dict[str, str] = dict(self.install.env)
        for step in self.before:
            for name, value in step.variables:
                there, between = merged.get(name, ""), separator(name)
                adds = between and there not in ("", value)
                merged[name] = f"{value}{between}{there}" if adds else value
        return merged


def drafted(plan: Plan, made: str, image: str = "") -> Draft:
    """Return the draft of a standalone plan; `made` says by whom, when and based on what."""
    swap = _Swap(dict(plan.files))
    steps = tuple(map(swap.step, plan.steps))
    install = _install(plan, swap)
    target = _target(plan)
    return Draft(
        head=tuple(_head(plan, made)),
        before=tuple(step for step in steps if not step.afterwards),
        install=install,
        after=tuple(step for step in steps if step.afterwards),
        verify=(target, "-c", f"import {', '.join(plan.modules)}") if plan.modules else (),
        target=target,
        image=image,
        files=swap.files,
        named=_files_named(plan),
        credentials=tuple(swap.credentials.values()),
        refused=_refused(plan),
    )


def slot(name: str) -> str:
    """Return the slot for a variable."""
    return f"{_OPEN}{name}{_CLOSE}"


def with_anchored_paths(draft: Draft, place: str) -> Draft:
    """Return a draft whose lists of folders are absolute, below the folder of the slot `place`.

    Builds run in other folders, where a relative one would be that of the sources.
    """
    head, _, program = draft.target.rpartition("/bin/")
    if not program or head.startswith("/"):
        return draft

    def anchored(name: str, value: str) -> tuple[str, str]:
        if separator(name) != os.pathsep:
            return name, value
        parts = (
            f"{slot(place)}/{one}" if one.startswith(f"{head}/") else one
            for one in value.split(os.pathsep)
        )
        return name, os.pathsep.join(parts)

    def moved(step: Step) -> Step:
        if not isinstance(step, SetVariables):
            return step
        return replace(step, variables=tuple(anchored(*pair) for pair in step.variables))

    return replace(
        draft,
        before=tuple(map(moved, draft.before)),
        after=tuple(map(moved, draft.after)),
    )


def put_slots(text: str, literal: Callable[[str], str], variable: Callable[[str], str]) -> str:
    """Return a text with `variable` applied to its slots and `literal` to everything else."""
    pieces = _SLOT.split(text)
    return "".join(
        (variable(piece) if number % 2 else literal(piece)) for number, piece in enumerate(pieces)
    )


def comment(text: str) -> str:
    """Return a text as one line without control characters and credentials."""
    plain = "".join(one if one.isprintable() else " " for one in redacted(text))
    return " ".join(_SLOT.sub(r"\1", plain).split())


class _Swap:
    """Replaces credentials and local files by slots."""

    def __init__(self, files: Mapping[str, str]):
        self._texts = files
        self.files: dict[str, str] = {}
        self.credentials: dict[str, str] = {}

    def step(self, step: Step) -> Step:
        """Return a step with slots."""
        match step:
            case RunCommand():
                return replace(step, argv=self._words(step.argv), env=self._variables(step.env))
            case SetVariables():
                return replace(step, variables=self._variables(step.variables))
        return step

    def command(self, argv: tuple[str, ...], env: Variables) -> Command:
        """Return a command with slots."""
        return Command(self._words(argv), self._variables(env))

    def _words(self, words: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(self._word, words))

    def _variables(self, variables: Variables) -> Variables:
        return tuple((name, self._word(value)) for name, value in variables)

    def _word(self, word: str) -> str:
        if is_step_script(word):
            return self._file(word, Path(word).read_text(encoding="utf-8"))
        for path, text in self._texts.items():
            if path in word:
                word = word.replace(path, self._file(path, text))
        return replace_credentials(word, self._credential)

    def _file(self, path: str, text: str) -> str:
        name = PurePosixPath(path).name
        self.files[name] = text
        return f"{slot(FILES)}/{name}"

    def _credential(self, found: str) -> str:
        count = len(self.credentials) + 1
        name = self.credentials.setdefault(
            found, _CREDENTIALS if count == 1 else f"{_CREDENTIALS}_{count}"
        )
        return slot(name)


def _install(plan: Plan, swap: _Swap) -> Command:
    """Return the install without options for log parsing, in a form that any pip accepts.

    pip ignores variables that it does not know yet (`PIP_BUILD_CONSTRAINT`, 25.3).
    """
    own = {name for step in plan.steps for name, _ in step.variables}
    env = {name: value for name, value in settings_of(plan.install) if name not in own and value}
    if "PIP_CONSTRAINT" in env:
        env["PIP_BUILD_CONSTRAINT"] = env["PIP_CONSTRAINT"]
    argv = plan.install.argv
    verbose = argv.index("-v") if "-v" in argv else len(argv)
    return swap.command((*argv[:verbose], *argv[verbose + 1 :]), tuple(env.items()))


def _target(plan: Plan) -> str:
    """Return the interpreter to install into."""
    argv = plan.install.argv
    if "--python" in argv[:-1]:
        return argv[argv.index("--python") + 1]
    return argv[0] if argv else "python3"


def _head(plan: Plan, made: str) -> Iterator[str]:
    yield comment(made)
    if files := _files_named(plan):
        yield comment(f"These must exist where it runs: {', '.join(files)}")
    yield comment(f"Request: {' '.join(plan.requirements)}")
    for need, why in plan.unmet:
        yield comment(f"Not included, because no known package provides it: {need.subject}: {why}")


def _files_named(plan: Plan) -> tuple[str, ...]:
    """Return the requirements files of the request that are files of this machine."""
    named = [word for option, word in pairwise(plan.requirements) if option == "-r"]
    return tuple(word for word in named if not URL.fullmatch(word))


def _refused(plan: Plan) -> str:
    """Return why the plan cannot succeed; empty if nothing is known against it."""
    if plan.diagnosis is None:
        return ""
    return comment(
        f"This cannot be installed as requested. {plan.diagnosis.says} {plan.diagnosis.advice}"
    )
