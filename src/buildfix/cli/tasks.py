"""What each command does: sets up its parts, passes events to a view, returns the exit code."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TextIO

from buildfix import api
from buildfix.catalog import Knowledge
from buildfix.cli.evidence import existing, keep_evidence
from buildfix.cli.exports import exported, of_a_plan
from buildfix.cli.probes import ShownMachine
from buildfix.cli.prompts import Asking, ask
from buildfix.cli.story import follow
from buildfix.core import Host, Plan, Report, Request, events
from buildfix.core.errors import BuildfixError, Interrupted, TargetError, UsageError
from buildfix.core.light_dataclass import dataclass
from buildfix.core.printable import printable
from buildfix.core.redaction import redacted
from buildfix.machines.local import LocalMachine
from buildfix.machines.state_folders import settle
from buildfix.render import Level, View, make_view, messages

EXIT_OF_OUTCOME = {
    "installed": 0,
    "undone": 0,
    "unfixed": 1,
    "person-needed": 4,
    "interrupted": 130,
}
_ENDING = ("SIGTERM", "SIGHUP")


@dataclass(frozen=True)
class Screen:
    """Where output goes: a view for people, and stdout for the one document of a script."""

    json: bool
    color: bool
    level: Level = Level.NORMAL
    to_stdout: bool = False
    form: str | None = None
    """The export format to print on stdout, if any."""

    @cached_property
    def view(self) -> View:
        """The view for people, on stderr if stdout is used for a document."""
        return make_view(self.stream, level=self.level, color=self.color, environ=os.environ)

    @property
    def stream(self) -> TextIO:
        """The stream of the view for people."""
        for_a_tool = self.json or self.form
        return sys.stdout if self.to_stdout or not for_a_tool else sys.stderr

    def asking(self, knowledge: Knowledge) -> Asking:
        """Return where to show a plan and ask for consent; never where a document goes."""
        places = tuple(dict.fromkeys((sys.stderr, self.stream)))
        seen = self.stream.isatty() and self.level >= Level.NORMAL
        export = lambda plan: exported(plan, "sh", knowledge, of_a_plan(plan))  # noqa: E731
        return Asking(self.view, seen, places, export)

    @cached_property
    def machine(self) -> LocalMachine:
        """This machine; it shows its probes if that is wanted."""
        return ShownMachine(self.view.probe) if self.level >= Level.PROBES else LocalMachine()

    def caution(self, text: str) -> None:
        """Show a warning before anything else, unless it is empty."""
        if text and self.level >= Level.NORMAL:
            self.view.say(text)

    def document(self, document: Mapping[str, object] | Sequence[Mapping[str, object]]) -> None:
        """Print the JSON document, or an array of them."""
        text = json.dumps(document, indent=2)  # escapes all control characters except DEL
        sys.stdout.write(text.replace("\x7f", "\\u007f") + "\n")

    def _error_document(self, code: str, message: str, do: str, exit_code: int) -> None:
        """Print an error as JSON."""
        from buildfix.render.documents import error_document  # slow to load

        self.document(error_document(code, message, do, exit_code))

    def export(self, plan: Plan, knowledge: Knowledge, after: str) -> None:
        """Print a plan in the requested format, if any; `after` says what it is based on."""
        if self.form is None:
            return
        sys.stdout.write(exported(plan, self.form, knowledge, after))

    def guard(self, task: Callable[[], int]) -> int:
        """Run a task and return its exit code; errors become a message and an exit code.

        Signals that end a program are handled like Ctrl-C, so that nothing is left behind.
        """
        _end_as_ctrl_c_does()
        try:
            settle()
            return task()
        except BuildfixError as error:
            return self.tell(error)
        except KeyboardInterrupt as interrupt:  # before a run began
            message = f"Stopped by {interrupt or 'Ctrl-C'}. Nothing was changed."
            if self.json:
                self._error_document("interrupted", message, "", 130)
            _complain(message)
            return 130
        except OSError as error:
            return self._own_fault(error) if error.errno is None else self._no_place(error)
        except Exception as error:
            return self._own_fault(error)

    def tell(self, error: BuildfixError) -> int:
        """Report one of buildfix's own errors, as text or as JSON; return its exit code."""
        message = " ".join(filter(None, (error.happened, error.unchanged)))
        if self.json:
            self._error_document(error.code, message, error.do, error.exit_code)
        else:
            _complain(redacted(message), redacted(error.do))
        return error.exit_code

    def _no_place(self, error: OSError) -> int:
        """Report an OSError, such as a full disk; return the exit code."""
        if os.environ.get("BUILDFIX_DEBUG"):
            raise error
        where = f"{error.filename}: " if error.filename else ""
        told = TargetError(
            f"buildfix cannot continue: {where}{error.strerror}.",
            unchanged="Earlier changes were kept.",
            do="Fix this and try again. Logs go under XDG_STATE_HOME, downloads under TMPDIR.",
        )
        return self.tell(told)

    def _own_fault(self, error: Exception) -> int:
        """Report a bug in buildfix in one line; BUILDFIX_DEBUG shows the traceback."""
        if os.environ.get("BUILDFIX_DEBUG"):
            raise error
        hint = "Please report this; set BUILDFIX_DEBUG=1 for a traceback."
        message = f"internal error in buildfix ({type(error).__name__}: {redacted(str(error))})."
        if self.json:
            self._error_document("internal", message, hint, 1)
        _complain(message, hint)
        return 1


def _complain(text: str, hint: str = "") -> None:
    sys.stderr.write(f"buildfix: {printable(f'{text} {hint}'.rstrip())}\n")


def _end_as_ctrl_c_does() -> None:
    """Have the signals that end a program end this one as Ctrl-C does."""
    for number in (getattr(signal, name, None) for name in _ENDING):
        if number and signal.getsignal(number) == signal.SIG_DFL:  # nohup(1) ignores it
            signal.signal(number, _interrupt)


def _interrupt(number: int, _: object) -> None:
    """Handle a signal like Ctrl-C; the exception has the signal's name."""
    raise KeyboardInterrupt(signal.Signals(number).name)


@dataclass(frozen=True)
class CrossTarget:
    """Another host to plan for: from a host description, or a stock machine."""

    file: Path | None = None
    system: str | None = None

    def host(self, knowledge: Knowledge) -> Host | None:
        """Return that host, or None for this machine; raises UsageError."""
        if self.file and self.system:
            raise UsageError("--host and --os cannot be combined.", do="Use only one of them.")
        return api.find_host(self.file or self.system, knowledge)

    def caution(self, host: Host | None, knowledge: Knowledge) -> str:
        """Return a warning about the plan for a stock host; usually empty."""
        from buildfix.platforms.stock_host import of_unknown_release

        return of_unknown_release(host, knowledge) if host and self.system else ""


def fix_task(
    request: Request,
    screen: Screen,
    recipes: Path | None,
    elsewhere: CrossTarget,
    evidence: Path | None = None,
) -> int:
    """Run `buildfix fix`."""
    if elsewhere != CrossTarget():
        raise UsageError("--host and --os only work for planning.", do="Add --dry-run.")
    knowledge = api.load_recipes(recipes, existing(evidence))
    story = api.repair(
        request,
        consent=consent_of(screen, knowledge, unattended=request.unattended),
        recipes=knowledge,
        machine=screen.machine,
        replay=screen.form is not None,
        progress=screen.view.phase,
    )
    end = follow(story, screen.view)
    if evidence:
        keep_evidence(evidence, end, knowledge)
    try:
        _print_end(end, screen, knowledge)
    except KeyboardInterrupt as interrupt:
        happened = f"Stopped by {interrupt or 'Ctrl-C'} before printing the report."
        raise Interrupted(happened, unchanged="All changes were kept.") from interrupt
    return EXIT_OF_OUTCOME[end.report.outcome]


def _print_end(end: events.Finished, screen: Screen, knowledge: Knowledge) -> None:
    """Print the report and the export of a run, if requested."""
    report = end.report
    if screen.json:
        from buildfix.render.documents import report_document  # slow to load

        screen.document(report_document(report, end.journal))
    if report.replay:
        screen.export(report.replay, knowledge, _what_worked(report))


def foretell_task(
    request: Request,
    screen: Screen,
    recipes: Path | None,
    elsewhere: CrossTarget,
    evidence: Path | None = None,
) -> int:
    """Run `buildfix fix --dry-run`."""
    knowledge = api.load_recipes(recipes, existing(evidence))
    host = elsewhere.host(knowledge)
    screen.caution(elsewhere.caution(host, knowledge))
    plan = api.plan(
        request,
        host=host,
        recipes=knowledge,
        machine=screen.machine,
        progress=screen.view.phase,
    )
    _show_plan(plan, screen, knowledge)
    if screen.json:
        from buildfix.render.documents import plan_document  # slow to load

        screen.document(plan_document(plan))
    screen.export(plan, knowledge, of_a_plan(plan))
    if plan.steps:
        return 3
    return 1 if plan.diagnosis or plan.unread else 0


def _show_plan(plan: Plan, screen: Screen, knowledge: Knowledge) -> None:
    """Show a plan that will not be carried out, what is unknown about it, and what prevents it."""
    from buildfix.providers.unprivileged import no_room  # slow to load

    view = screen.view
    for why in plan.unread:
        view.show(events.SourceUnread(why))
    if plan.diagnosis:
        view.show(events.CauseFound(plan.diagnosis))
    view.pause()
    if plan.steps or not plan.diagnosis:  # else nothing would be installed
        view.plan(plan, whole=screen.level >= Level.RAW)
    for line in messages.end_of_dry_run(plan):
        view.say(line)
    if prevented := no_room(plan.host, plan.steps, knowledge):
        view.say(prevented)


def _what_worked(report: Report) -> str:
    """Return what an export is based on: the installed versions and the system."""
    host = report.replay.host if report.replay else None
    names = [f"{one.distribution} {one.version}" for one in report.proofs]
    where = f" on {host.title} ({host.arch})" if host else ""
    return f"the steps that installed {', '.join(names) or 'it'}{where}"


def consent_of(screen: Screen, knowledge: Knowledge, *, unattended: bool) -> Callable[[Plan], bool]:
    """Return what asks a person about a plan, or agrees to all if there is nobody to ask."""
    if unattended:
        return lambda _: True
    return lambda plan: ask(plan, screen.asking(knowledge))
