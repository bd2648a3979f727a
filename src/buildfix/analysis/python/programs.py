"""Programs and files outside the tree that a script asks its machine for."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Iterator
from itertools import dropwhile

from buildfix.analysis.probe_environment import Probe
from buildfix.analysis.python.builtin import Handler
from buildfix.analysis.python.operators import items_of
from buildfix.analysis.python.values import Call, Machine, PathText, Raised, Ran
from buildfix.analysis.symbolic_values import UNKNOWN, Unknown, Value, in_tree

_PKG_CONFIG = re.compile(r"(?:[\w-]+-)?pkg-?conf(?:ig)?(?:\.exe)?$")
MAX_PATH = 4096
_VERSION = re.compile(r"^(.*?)\s*(>=|<=|=|>|<)\s*([\w.]+)$")


def run_program(machine: Machine, command: Value, where: str, folder: str = "") -> Ran:
    """Return what running a command gives on the imagined machine, code 127 where it has none.

    `folder` is the one of the tree that it is run in.
    """
    if isinstance(command, str):
        return _run_in_shell(machine, command, where, folder)
    words = list(dropwhile(lambda word: word in _SHELL_WORDS, words_of(command)))
    first = words[0] if words and isinstance(words[0], str) else ""
    name = posixpath.basename(first.replace("\\", "/"))
    if _PKG_CONFIG.match(name):
        return _pkg_config(machine, words[1:], where)
    if not _there(machine, first, name, where):
        return Ran(127, "", "")
    configured = dict(_CONFIGURING[name](machine, words)) if name in _CONFIGURING else {}
    machine.seen.configured.update(configured)
    if name in machine.facts.programs_building and not configured and not _only_asks(words):
        machine.seen.handed_on.add(name)
    script = _python_script(machine, words[1:], folder) if name.startswith("python") else None
    if script:
        machine.seen.handed_on.add(script)
    return Ran(0 if script is None or machine.run_script(script) else 1, UNKNOWN, UNKNOWN)


_NO_BUILD = ("--version", "--help", "--build", "--install", "-E", "-P")
"""Options with which cmake and others tell something, run a helper, or go on with a build."""


def _only_asks(words: list[Value]) -> bool:
    """Say whether a command builds nothing that was not configured before."""
    return any(word in _NO_BUILD for word in words)


def _run_in_shell(machine: Machine, command: str, where: str, folder: str) -> Ran:
    """Return what the first of several programs to fail gives, else the first of all."""
    parts = _SHELL.split(command)
    ran = [run_program(machine, words_of(part), where, folder) for part in parts]
    return next((one for one in ran if one.returncode not in (0, UNKNOWN)), ran[0])


def _python_script(machine: Machine, words: list[Value], folder: str) -> str | None:
    """Return the file of the tree that a Python would run; None where it is none of the tree's."""
    texts = (word for word in words if isinstance(word, str))
    plain = list(dropwhile(lambda word: word in _SWITCHES, texts))
    first, second = [*plain, "", ""][:2]
    names = [f"{second}.py", f"{second}/__main__.py"] if first == "-m" else [first]
    inside = (in_tree(posixpath.join(folder, name)) for name in names if name.endswith(".py"))
    return next((name for name in inside if name in machine.tree.names()), None)


_SWITCHES = frozenset({"-u", "-E", "-I", "-s", "-S", "-B", "-O", "-OO", "-v", "-q"})
"""Options of the interpreter that take no value."""


def _script_serves(machine: Machine, word: str, where: str) -> bool:
    """Say whether a shell script of the tree finds what it builds with."""
    inside = in_tree(word) if word.endswith(".sh") else None
    text = machine.tree.text(inside) if inside else None
    called = dict.fromkeys(_CALLED.findall(text or ""))
    wanted = [name for name in called if name in machine.facts.programs_building]
    asked = [machine.has(Probe("tool-missing", name, where=where)) for name in wanted]
    if all(asked):
        machine.seen.configured.update(_by_shell_script(machine, text or ""))
    return all(asked)


_CALLED = re.compile(r"^[ \t]*([a-z]\w*)[ \t]", re.MULTILINE)
_CMAKE = re.compile(r"^[ \t]*cmake[ \t]+([^\n]{1,2000})", re.MULTILINE)
_ASSIGNED = re.compile(r"""^[ \t]*([A-Za-z_]\w*)=["']?([\w./-]{1,200})""", re.MULTILINE)


def _by_shell_script(machine: Machine, text: str) -> Iterator[_Configured]:
    """Yield the folders of the tree that a shell script may configure with cmake.

    A variable may have any of the values that it is given in the script.
    """
    values: dict[str, list[str]] = {}
    for name, value in _ASSIGNED.findall(text):
        values.setdefault(name, []).append(value)
    for command in _CMAKE.findall(text.replace("\\\n", " ")):
        words = [word.strip("\"'") for word in command.split()]
        options: list[Value] = [word for word in words if word.startswith("-")]
        for word in words:
            for folder in values.get(word.strip("${}"), [word]):
                yield from _by_cmake(machine, ["cmake", folder, *options])


_Configured = tuple[str, dict[str, str]]
"""A folder of the tree, and cmake's -D options."""


def _by_configure(machine: Machine, words: list[Value]) -> Iterator[_Configured]:
    """Yield the folder of the tree that a configure script configures."""
    inside = in_tree(words[0])
    if inside in machine.tree.names():
        yield posixpath.dirname(inside or ""), {}


def _by_cmake(machine: Machine, words: list[Value]) -> Iterator[_Configured]:
    """Yield the folder of the tree that cmake configures."""
    names, options = machine.tree.names(), words[1:]
    if not options or _only_asks(words):
        return
    texts = [word for word in options if isinstance(word, str)]
    sources = [_SOURCES.sub("", word) for word in texts if _SOURCES.match(word)]
    plain = sources or [word for word in texts if word[:1] != "-"]
    named = (in_tree(word) or _above(word) for word in plain)
    for folder in list(filter(None, named)) or [""]:
        if posixpath.join(folder, "CMakeLists.txt") in names:
            yield folder, dict(_defined(options))


_SOURCES = re.compile(r"-S(?=.)")
"""The option for the folder of the sources, written as one word with it."""


def _defined(options: list[Value]) -> Iterator[tuple[str, str]]:
    for option in options:
        if isinstance(option, str) and (match := _DEFINED.match(option)):
            yield match[1], match[2]


_DEFINED = re.compile(r"-D(\w+)(?::\w+)?=([^$]*)$")


def _above(word: str) -> str | None:
    """Return a path that begins above the folder that a program is run in, from the tree's top."""
    return re.sub(r"^(?:\.\./)+", "", word) if word.startswith("../") else None


_CONFIGURING = {"configure": _by_configure, "cmake": _by_cmake}


def _there(machine: Machine, word: str, name: str, where: str) -> bool:
    """Say whether the imagined machine has a program, as far as `name` is one."""
    if not re.fullmatch(r"\w[\w.+-]*", name) or name in machine.facts.programs_there:
        return True
    if name in machine.facts.programs_elsewhere:
        return False
    if name.startswith("python") or _in_tree(machine, word):
        return _script_serves(machine, word, where)
    return machine.has(Probe("tool-missing", name, where=where))


_NO_GROUPS = str.maketrans("()", "  ")
_SHELL = re.compile(r"&&|;|\|\|?")


_SHELL_WORDS = frozenset(
    [
        *("if", "then", "else", "elif", "fi", "for", "while", "do"),
        *("done", "case", "esac", "{", "}", "!", "time", "exec"),
    ]
)


def words_of(command: Value) -> list[Value]:
    """Return a command's words, split as a shell would where it is one string."""
    if isinstance(command, str):
        try:
            return list(shlex.split(command.translate(_NO_GROUPS)))
        except ValueError:
            return []
    return items_of(command) if isinstance(command, list | tuple) else []


def _in_tree(machine: Machine, word: str) -> bool:
    return "/" in word and (in_tree(word) in machine.tree.names() or not word.startswith("/usr/"))


def _pkg_config(machine: Machine, words: list[Value], where: str) -> Ran:
    if not machine.has(Probe("tool-missing", "pkg-config", where=where)):
        return Ran(127, "", "")
    modules = _modules(words)
    asked = [
        machine.has(Probe("pkgconfig-missing", name, required, where)) for name, required in modules
    ]
    return Ran(0, UNKNOWN, "") if all(asked) else Ran(1, "", "")


_BOUNDS = {"--atleast-version": ">=", "--exact-version": "=", "--max-version": "<="}
_WITH_VALUE = ("--variable", "--define-variable", *_BOUNDS)
"""pkg-config's options whose value may be the next word, and is no module."""


def _modules(words: list[Value]) -> list[tuple[str, str | None]]:
    """Return the modules that pkg-config is asked for, each with the version that it must have."""
    known = [word if isinstance(word, str) else "" for word in words]
    plain = [
        word
        for before, word in zip(["", *known], known, strict=False)
        if not word.startswith("-") and before not in _WITH_VALUE
    ]
    text = " ".join(plain).replace("'", "").replace('"', "")
    text = re.sub(r"\s*(>=|<=|=|>|<)\s*", r"\1", text)
    bound = _bound(known)
    found = (module_and_version(word) for word in text.split() if word not in _TO_NOWHERE)
    return [(name, version or bound) for name, version in found]


_TO_NOWHERE = ("2>/dev/null", "2>&1")


def _bound(words: list[str]) -> str | None:
    """Return what an option says of the modules' version."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        option, _, value = word.partition("=")
        if option in _BOUNDS and (value or following):
            return _BOUNDS[option] + (value or following)
    return None


def module_and_version(word: str) -> tuple[str, str | None]:
    """Split `cairo>=1.15` into the module and what is required of it."""
    match = _VERSION.match(word)
    return (match[1], match[2] + match[3]) if match else (word, None)


def checked(ran: Ran, command: Value, where: str) -> Ran:
    """Return a run that succeeded; raises Raised as subprocess does where it did not."""
    started(ran, command, where)
    if ran.returncode not in (0, UNKNOWN):
        raise Raised("CalledProcessError", (_name(command),), where)
    return ran


def started(ran: Ran, command: Value, where: str) -> Ran:
    """Return a run; raises Raised where there is no such program."""
    if ran.returncode == 127 and not isinstance(command, str):
        raise Raised("FileNotFoundError", (_name(command),), where)
    return ran


def _name(command: Value) -> Value:
    words = words_of(command)
    return words[0] if words else UNKNOWN


def _which(call: Call) -> Value:
    """Return where a program is on the imagined machine, None where it is not there."""
    if call.text is None:
        return UNKNOWN
    base, facts = posixpath.basename(call.text), call.machine.facts
    if base in facts.programs_elsewhere:
        return None
    found = base in facts.programs_there or call.machine.has(call.probe("tool-missing", base))
    return f"/usr/bin/{base}" if found else None


_HEADER = re.compile(
    r"^(?:/usr(?:/local)?|/opt/\w+|/sw)?/(?:.*/)?include/(?:[\w-]+-linux-[\w-]+/)?(.+\.h(?:pp|h)?)$"
)
_LIBRARY = re.compile(r"/lib(?:64|32)?/(?:.*/)?lib([\w+.-]+?)\.(?:so|a|dylib)(?:[.\d]*)$")
_MODULE = re.compile(r"/pkgconfig/([\w+.-]+)\.pc$")
_PROGRAM = re.compile(r"/s?bin/([\w+.-]+)$")
_PATHS = (
    (_HEADER, "header-missing"),
    (_LIBRARY, "library-missing"),
    (_MODULE, "pkgconfig-missing"),
    (_PROGRAM, "tool-missing"),
)
_STANDARD_PREFIX = re.compile(r"^/(?:usr/(?!local)|bin/|lib)")


def probe_path(machine: Machine, path: PathText | str) -> bool:
    """Say whether the imagined machine has a file that a script looks for by its path."""
    plain = posixpath.normpath(path[:MAX_PATH])
    if not _STANDARD_PREFIX.match(plain):
        return False
    for pattern, kind in _PATHS:
        match = pattern.search(plain)
        if match:
            known = kind == "tool-missing" and match[1] in machine.facts.programs_there
            return known or machine.has(Probe(kind, match[1], where="setup.py"))
    return False


def _command(call: Call) -> Value:
    """Return the command that a call runs; of a list, a shell takes the first word."""
    command = call.argument(0, call.named.get("args", UNKNOWN))
    if call.named.get("shell") is True and isinstance(command, list | tuple) and command:
        return items_of(command)[0]
    return command


def _subprocess(after: Callable[[Ran, Value, str], Value]) -> Handler:
    def handler(call: Call) -> Value:
        command = _command(call)
        ran = run_program(call.machine, command, call.where, _folder(call.named))
        if "cwd" in call.named and isinstance(ran.returncode, Unknown):
            return UNKNOWN
        return after(ran, command, call.where)

    return handler


def _folder(named: dict[str, Value]) -> str:
    """Return the folder of the tree that a program is told to run in."""
    folder = named.get("cwd")
    return in_tree(folder) or "" if isinstance(folder, str) else ""


def _run(call: Call) -> Value:
    command = _command(call)
    ran = run_program(call.machine, command, call.where, _folder(call.named))
    started(ran, command, call.where)
    return checked(ran, command, call.where) if call.named.get("check") is True else ran


def _status_output(call: Call) -> Value:
    ran = run_program(call.machine, call.first, call.where)
    return (ran.returncode, ran.stdout)


PROGRAM_HANDLERS: dict[str, Handler] = {
    "subprocess.run": _run,
    "subprocess.Popen": _subprocess(started),
    "subprocess.call": _subprocess(
        lambda ran, command, where: started(ran, command, where).returncode
    ),
    "subprocess.check_call": _subprocess(
        lambda ran, command, where: checked(ran, command, where).returncode
    ),
    "subprocess.check_output": _subprocess(
        lambda ran, command, where: checked(ran, command, where).stdout
    ),
    "subprocess.getoutput": _subprocess(lambda ran, _command, _where: ran.stdout),
    "subprocess.getstatusoutput": _status_output,
    "commands.getoutput": _subprocess(lambda ran, _command, _where: ran.stdout),
    "commands.getstatusoutput": _status_output,
    "os.popen": _subprocess(lambda ran, _command, _where: ran),
    "os.system": _subprocess(lambda ran, _command, _where: ran.returncode),
    "shutil.which": _which,
    "distutils.spawn.find_executable": _which,
    "setuptools._distutils.spawn.find_executable": _which,
}
