"""Verifies what was installed by importing it in new processes of the target interpreter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from buildfix.catalog import Knowledge
from buildfix.catalog.loaders import LoaderWords
from buildfix.catalog.projects import ProjectRecipe
from buildfix.core import Interpreter, Proof
from buildfix.core.errors import CommandNotFound, TargetError
from buildfix.core.light_dataclass import dataclass
from buildfix.machines.local import Machine
from buildfix.platforms.interpreter import ask_interpreter

if TYPE_CHECKING:
    from buildfix.target_scripts.answers import DistributionFacts, ImportedDistribution

_TRIED = 8
"""How many compiled modules of a distribution are imported, and how many packages."""


@dataclass(frozen=True)
class ImportFailure:
    """A module or program of a distribution that does not work, and its message."""

    distribution: str
    module: str
    message: str
    of_files: bool = False
    """Whether it has nothing to import or run, and some of its files are missing."""


@dataclass(frozen=True)
class Verdict:
    """What works and what fails."""

    proofs: tuple[Proof, ...] = ()
    failures: tuple[ImportFailure, ...] = ()
    degraded: tuple[ImportFailure, ...] = ()
    """Private modules of optional parts that were left out; everything else works."""
    absent: tuple[str, ...] = ()
    """What was requested and is not installed."""


def verify(
    machine: Machine, interpreter: Interpreter, asked: Iterable[str], knowledge: Knowledge
) -> Verdict:
    """Import the modules of every distribution that was `asked` for, by name or URL.

    If one has nothing to import or run, its files must exist. Raises TargetError if the interpreter
    does not answer.
    """
    wanted = tuple(asked)
    found = _imported(machine, interpreter, wanted, knowledge)
    verdicts = [_verdict(machine, interpreter, facts, knowledge) for facts in found.values()]
    return Verdict(
        tuple(proof for one in verdicts for proof in one.proofs),
        tuple(failure for one in verdicts for failure in one.failures),
        tuple(failure for one in verdicts for failure in one.degraded),
        tuple(one for one in wanted if one not in found),
    )


def _verdict(
    machine: Machine, interpreter: Interpreter, facts: ImportedDistribution, knowledge: Knowledge
) -> Verdict:
    """Return what is proven of one distribution and what fails."""
    name, recipe = facts["name"], knowledge.project(facts["name"])
    programs, broken = _run_programs(machine, interpreter, facts, recipe)
    messages = _messages(machine, interpreter, facts, recipe)
    messages = _after_keepers(machine, interpreter, messages, knowledge)
    working = tuple(module for module, message in messages.items() if not message)
    lacks = _missing(machine, interpreter, messages, knowledge.loaders)
    failed, shims = _failed_imports(messages, facts, lacks, knowledge.loaders)
    failures = _failures(name, {**broken, **failed})
    files_only = not (working or programs or failures or shims)
    there = facts["files"] if files_only else 0
    proof = Proof(name, facts["version"], facts["wheel"], working, programs, facts["binary"], there)
    lost = tuple(_files_lost(facts)) if files_only else ()
    return Verdict((proof,), (*failures, *lost), _failures(name, shims))


def _failed_imports(
    messages: Mapping[str, str | None],
    facts: DistributionFacts,
    lacks: Mapping[str, str],
    words: LoaderWords,
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the imports that fail, and those of private optional parts that do, with their why."""
    working = [module for module, message in messages.items() if not message]
    failed: dict[str, str] = {}
    shims: dict[str, str] = {}
    for module, message in messages.items():
        if message and not _is_meant(module, message, facts, lacks.get(module, ""), words):
            optional = _is_shim(module, lacks.get(module, ""), working)
            (shims if optional else failed)[module] = message
    return failed, shims


def _failures(name: str, messages: Mapping[str, str]) -> tuple[ImportFailure, ...]:
    return tuple(ImportFailure(name, one, message) for one, message in messages.items())


def _files_lost(facts: DistributionFacts) -> Iterator[ImportFailure]:
    """Yield a failure if a distribution with nothing to import lacks files that it lists."""
    lost = facts["lost"]
    if facts["files"] and not lost:
        return
    why = f"{len(lost)} of its files are missing" if lost else "its files are not recorded"
    first = f"its file {lost[0]}" if lost else "its list of files"
    text = f"{facts['name']} has nothing to import, and {why}."
    yield ImportFailure(facts["name"], first, text, of_files=True)


def installed_version(machine: Machine, interpreter: Interpreter, name: str) -> str | None:
    """Return the installed version of a distribution; None if it is not installed.

    Raises TargetError if the interpreter does not answer.
    """
    found = _installed(machine, interpreter, [name])
    return next((facts["version"] for facts in found.values()), None)


def installed_from_places(machine: Machine, interpreter: Interpreter) -> dict[str, dict[str, Any]]:
    """Return what was installed from a path or URL, by normalised name, as PEP 610 tells of it.

    Raises TargetError where the interpreter does not answer.
    """
    found: dict[str, dict[str, Any]] = _ask(machine, interpreter, "direct-urls", [])
    return found


def _installed(
    machine: Machine, interpreter: Interpreter, names: list[str]
) -> dict[str, DistributionFacts]:
    """Return the facts about each of these distributions that is installed."""
    found: dict[str, DistributionFacts]
    found = _ask(machine, interpreter, "distributions", names)
    return found


def _ask(machine: Machine, interpreter: Interpreter, command: str, question: object) -> Any:
    try:
        return ask_interpreter(machine, interpreter.path, command, question)
    except TargetError as error:
        kept = "Installed packages were left in place."
        raise TargetError(error.happened, unchanged=kept) from error


def _imported(
    machine: Machine, interpreter: Interpreter, wanted: Sequence[str], knowledge: Knowledge
) -> dict[str, ImportedDistribution]:
    """Return what is installed of that, with what its imports print."""
    recipes = (knowledge.project(name) for name in wanted if ":" not in name)
    chosen = {one.name: list(one.modules) for one in recipes if one and _chooses(one)}
    question = {"asked": list(wanted), "modules": chosen, "most": _TRIED}
    found: dict[str, ImportedDistribution]
    found = _ask(machine, interpreter, "distributions-imported", question)
    return found


def _messages(
    machine: Machine,
    interpreter: Interpreter,
    facts: ImportedDistribution,
    recipe: ProjectRecipe | None,
) -> dict[str, str | None]:
    """Return the error message of each import, None on success.

    The modules in a recipe are imported now if the project's name was not known before.
    """
    done, modules = facts.get("imports", {}), _modules(facts, recipe)
    rest = [module for module in modules if module not in done]
    more = _ask(machine, interpreter, "imports", rest) if rest else {}
    return {**{module: done[module] for module in modules if module in done}, **more}


def _after_keepers(
    machine: Machine,
    interpreter: Interpreter,
    messages: dict[str, str | None],
    knowledge: Knowledge,
) -> dict[str, str | None]:
    """Return the messages after importing modules again that need another package first.

    Modules built against torch cannot find torch's own libraries and are imported after torch,
    which loads them (PyTorch's tutorial on C++ extensions); the same applies to other packages with
    libraries.
    """
    failed = ((module, message) for module, message in messages.items() if message)
    after = {module: _keeper(message, interpreter, knowledge.loaders) for module, message in failed}
    pairs = {module: f"{package} {module}" for module, package in after.items() if package}
    if pairs:
        again = _ask(machine, interpreter, "imports", list(pairs.values()))
        return {**messages, **{module: again[pair] for module, pair in pairs.items()}}
    return messages


def _keeper(message: str, interpreter: Interpreter, words: LoaderWords) -> str | None:
    """Return the package in the target that contains the library that an import lacks."""
    match = words.find("library", message)
    name = match and match["library"]
    found = (
        path.parents[1]
        for site in interpreter.site
        for path in sorted(Path(site).glob(f"*/lib/{name}") if name else ())
    )
    return next((package.name for package in found if (package / "__init__.py").is_file()), None)


def _modules(facts: DistributionFacts, recipe: ProjectRecipe | None) -> list[str]:
    """Return what to import: a recipe's choice, else compiled modules first, then packages."""
    if recipe and _chooses(recipe):
        return list(recipe.modules)
    return [*facts["compiled"][:_TRIED], *facts["packages"][:_TRIED]]


def _chooses(recipe: ProjectRecipe) -> bool:
    """Return whether a recipe says how to verify its project."""
    return bool(recipe.modules or recipe.programs)


def _beside(interpreter: Interpreter, program: str) -> str:
    """Return a program beside the interpreter, which `setup.py install` did not record."""
    path = Path(interpreter.path).with_name(program)
    return str(path) if path.is_file() else program


def _missing(
    machine: Machine,
    interpreter: Interpreter,
    messages: Mapping[str, str | None],
    words: LoaderWords,
) -> dict[str, str]:
    """Return the Python module that each failed import lacks, if that is why it fails."""
    found: dict[str, str] = {}
    for module, message in messages.items():
        last = message.splitlines()[-1] if message else ""
        if absent := words.find("absent", last):
            found[module] = absent["module"]
        elif unusable := words.find("unusable", last):
            name = unusable["module"]
            if installed_version(machine, interpreter, name) is None:
                found[module] = name
    return found


def _is_meant(
    module: str, message: str, facts: DistributionFacts, lacks: str, words: LoaderWords
) -> bool:
    """Return whether a failure only means that an optional dependency of a submodule is missing.

    Or that it is a shared library for other programs instead of a module.
    """
    own = {package.split(".")[0] for package in facts["packages"]}
    optional = lacks and module not in facts["packages"] and lacks not in own
    return bool(optional or words.find("none", message.splitlines()[-1]))


def _is_shim(module: str, lacks: str, working: Iterable[str]) -> bool:
    """Return whether a failure only means that the optional compiled part of a module is missing.

    PyYAML's `_yaml` fails that way if `yaml` itself works and was built without libyaml.
    """
    private = module.startswith("_") and lacks == module
    return bool(private) and any(not one.startswith("_") for one in working)


def _run_programs(
    machine: Machine,
    interpreter: Interpreter,
    facts: DistributionFacts,
    recipe: ProjectRecipe | None,
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Run the command in a recipe, or the programs of a distribution without modules."""
    working, broken = [], {}
    for command in _commands(interpreter, facts, recipe):
        if said := _fault_of(machine, command):
            broken[command[0]] = said
        else:
            working.append(" ".join(command))
    return tuple(working), broken


def _commands(
    interpreter: Interpreter, facts: DistributionFacts, recipe: ProjectRecipe | None
) -> Iterator[tuple[str, ...]]:
    if recipe and recipe.programs:
        places = {path.replace("\\", "/").rpartition("/")[2]: path for path in facts["programs"]}
        for program, *words in recipe.programs:
            yield (places.get(program) or _beside(interpreter, program), *words)
    elif not (facts["packages"] or facts["compiled"]):
        yield from ((path, "--version") for path in facts["programs"])


def _fault_of(machine: Machine, command: Sequence[str]) -> str:
    """Return what a program says that does not run; empty if it does."""
    try:
        answer = machine.run(command)
    except CommandNotFound:
        return f"The program {command[0]} was not found."
    if answer.returncode >= 0 and answer.returncode not in (126, 127):
        return ""
    return answer.stderr or answer.stdout or f"exit {answer.returncode}"
