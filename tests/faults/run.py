"""Running one row of the table: inject the fault, run buildfix, compare what is seen."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import pexpect

from tests.faults.injectors import injected
from tests.faults.places import Done, Place, ended
from tests.faults.table import Check, Fault

_CHECK_SECONDS = 120.0
_OWN_TRACEBACK = r"Traceback \(most recent call last\)"


def problems(fault: Fault, place: Place) -> list[str]:
    """Return what was seen otherwise than the row says; nothing where the fault is survived."""
    with ExitStack() as stack:
        variables = dict(fault.environ)
        for setting in fault.inject:
            variables.update(stack.enter_context(injected(place, setting)))
        filled = {name: place.words(text) for name, text in variables.items()}
        _write(fault, place)
        for argv in fault.before:
            prepared = place.run(_filled(argv, place), {}, seconds=fault.seconds)
            if prepared.returncode:
                return [f"not injected: {argv} exited {prepared.returncode}: {prepared.text}"]
        done = _run(fault, place, filled)
        wrong = [*_compared(fault, done), *_checked(fault, place)]
    return [*wrong, done.text[-4000:]] if wrong else []


def _write(fault: Fault, place: Place) -> None:
    for name, text in fault.files.items():
        path = place.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(place.words(text), encoding="utf-8")


def _filled(argv: tuple[str, ...], place: Place) -> list[str]:
    return [place.words(word) for word in argv]


def _run(fault: Fault, place: Place, env: Mapping[str, str]) -> Done:
    argv = place.buildfix(_filled(fault.run, place))
    if fault.keys:
        return _typed(fault, place, argv, env)
    return place.run(argv, env, seconds=fault.seconds, stdin=fault.stdin or None, user=fault.user)


def _typed(fault: Fault, place: Place, argv: list[str], env: Mapping[str, str]) -> Done:
    """Run on a terminal; each of the row's keys is typed once what it waits for is shown."""
    shown = ""
    with ended(place.terminal(argv, env, fault.seconds)) as child:
        for awaited, keys in fault.keys:
            child.expect(awaited)
            shown += (child.before or "") + str(child.after)
            child.send(keys)
        child.expect(pexpect.EOF)
        shown += child.before or ""
        child.close()
    code = child.exitstatus if child.exitstatus is not None else -(child.signalstatus or 0)
    return Done(code, shown)


def _compared(fault: Fault, done: Done) -> list[str]:
    never = (*fault.never, _OWN_TRACEBACK)
    return [
        *([] if done.returncode in fault.exit else [f"exit {done.returncode}, not {fault.exit}"]),
        *(f"not said: {one}" for one in fault.says if not re.search(one, done.text)),
        *(f"said: {one}" for one in never if re.search(one, done.text)),
        *(_document(fault.json, done.stdout) if fault.json else ()),
    ]


def _document(wanted: Mapping[str, Any], text: str) -> list[str]:
    """Return where a JSON document is otherwise; a key is a path with dots, lists by number."""
    try:
        document = json.loads(text)
    except ValueError as error:
        return [f"stdout is not one JSON document: {error}"]
    found = {path: _at(document, path) for path in wanted}
    return [
        f"{path} is {found[path]!r}, not {value!r}"
        for path, value in wanted.items()
        if found[path] != value
    ]


def _at(document: Any, path: str) -> Any:
    for key in path.split("."):
        try:
            document = document[int(key) if isinstance(document, list) else key]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return document


def _checked(fault: Fault, place: Place) -> list[str]:
    return [problem for check in fault.after for problem in _check(check, place)]


def _check(check: Check, place: Place) -> list[str]:
    done = place.run(_filled(check.run, place), {}, seconds=_CHECK_SECONDS)
    wrong = [
        f"exits {done.returncode}, not {check.exit}" if done.returncode != check.exit else "",
        f"does not print {check.prints}" if not re.search(check.prints, done.text) else "",
        f"prints {check.never}" if check.never and re.search(check.never, done.text) else "",
    ]
    return [f"afterwards `{' '.join(check.run)}` {one}: {done.text}" for one in wrong if one]
