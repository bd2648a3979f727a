"""The manual page, made of the help pages: `python -m tests.man_page` writes `src/buildfix.1`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer.main

from buildfix.cli.app import app
from tests.tree import ROOT

FILE = ROOT / "src/buildfix.1"
_HEAD = (
    '.TH BUILDFIX 1 "" "buildfix" "User Commands"',
    ".SH NAME",
    "buildfix \\- pip install for projects that must be compiled",
)


def page() -> str:
    """Return the text of the manual page."""
    program = typer.main.get_command(app)
    commands = dict(_commands(program, "buildfix"))
    lines = [*_HEAD, ".SH SYNOPSIS"]
    for name, command in commands.items():
        lines += [f".B {_roff(name)}", _roff(_synopsis(command)), ".br"]
    lines.pop()
    lines += [".SH DESCRIPTION", *_paragraphs(program.help), ".SH OPTIONS", *_options(program)]
    lines.append(".SH COMMANDS")
    for name, command in commands.items():
        lines += [f".SS {_roff(name)}", *_paragraphs(command.help)]
        lines += [*_options(command), *_epilog(command.epilog)]
    return "\n".join(lines) + "\n"


def _commands(group: Any, name: str) -> Iterator[tuple[str, Any]]:
    for part, command in group.commands.items():
        full = f"{name} {part}"
        if hasattr(command, "commands"):
            yield from _commands(command, full)
        elif not command.hidden:
            yield full, command


def _synopsis(command: Any) -> str:
    arguments = (one for one in command.params if one.param_type_name == "argument")
    return " ".join(("[OPTIONS]", *(one.make_metavar(_context(command)) for one in arguments)))


def _options(command: Any) -> Iterator[str]:
    """Yield each option and argument that the help page explains."""
    context = _context(command)
    for one in command.get_params(context):
        if one.param_type_name == "option":
            value = "" if one.is_flag or one.count else one.make_metavar(context)
            yield from (".TP", rf"\fB{_roff(', '.join(one.opts))}\fR {_roff(value)}".rstrip())
            yield from _paragraphs(one.help)
        elif one.help:
            yield from (".TP", rf"\fI{_roff(one.make_metavar(context))}\fR")
            yield from _paragraphs(one.help)


def _epilog(text: str) -> Iterator[str]:
    title, _, rest = text.replace("\\[", "[").partition("\n")
    examples, _, after = rest.partition("\n\n")
    yield from (".PP", title, ".PP", ".nf", ".RS", _roff(examples), ".RE", ".fi")
    if after:
        yield from (".PP", _roff(after))


def _paragraphs(text: str | None) -> Iterator[str]:
    """Yield the paragraphs of a text, each on one line."""
    for number, part in enumerate(re.split(r"\n\s*\n", (text or "").strip())):
        yield from ((".IP",) if number else ())
        yield _roff(" ".join(part.split()))


def _context(command: Any) -> Any:
    return command.context_class(command, info_name="buildfix")


def _roff(text: str) -> str:
    """Return a text without anything that roff takes for its own."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\`")
    return re.sub(r"(?m)^(?=[.'])", r"\\&", plain)


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
