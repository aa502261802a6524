"""The root of the command line: the table of commands, and how an error becomes a line and an exit code."""

import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

import click

from config.cli.lazy import LazyCommand, LazyGroup
from config.cli.pipe import NotTheMailsFaultError
from core.errors import ConfigurationError, DeskError, InvalidInputError, TryAgainLaterError

OK, FAILED, USAGE = 0, 1, 2
TRY_AGAIN_LATER = 75  # EX_TEMPFAIL of sysexits.h; an MTA keeps the mail
INTERRUPTED = 130

COMMANDS = {
    "run": LazyCommand("config.cli.run:run", "Start the service: web, SMTP, Slack, worker and scheduler."),
    "db": LazyCommand("config.cli.db:db", "Migrate, check, back up or restore the database."),
    "seed": LazyCommand("config.cli.seed:seed", "Fill the desk with demo data."),
    "users": LazyCommand("config.cli.users:users", "Create, list and change people; make sign-in links."),
    "organizations": LazyCommand(
        "config.cli.organizations:organizations", "Organizations, and the addresses that lead to them."
    ),
    "templates": LazyCommand("config.cli.templates:templates", "What a new ticket of each kind is asked for."),
    "mail": LazyCommand("config.cli.mail:mail", "Take in, parse or explain mails; quarantine."),
    "search": LazyCommand("config.cli.search:search", "Find similar resolved public tickets."),
    "index": LazyCommand("config.cli.index:index", "Rebuild the search index, or show its state."),
    "triage": LazyCommand("config.cli.triage:triage", "Run triage and show the suggestion without applying it."),
    "eval": LazyCommand("config.cli.command:evaluate", "Measure retrieval or triage on a labelled set."),
    "import": LazyCommand("config.cli.import_:import_", "Import tickets from another desk."),
    "export": LazyCommand("config.cli.export:export", "Export tickets or the audit log."),
    "audit": LazyCommand("config.cli.audit:audit", "Verify that the audit log is as it was written."),
    "jobs": LazyCommand("config.cli.jobs:jobs", "List, retry or discard background jobs."),
    "doctor": LazyCommand("config.cli.doctor:doctor", "Check this deployment; one line each, with the mend."),
    "config": LazyCommand("config.cli.config:config", "Print every setting with its value, default and source."),
    "slack": LazyCommand("config.cli.manifest:slack", "The Slack app manifest; the channels that are watched."),
}

EVALUATIONS = {
    "retrieval": LazyCommand("config.cli.evaluate:retrieval", "Ranking quality of similar tickets."),
    "triage": LazyCommand("config.cli.evaluate_triage:triage", "Accuracy of triage."),
    "history": LazyCommand("config.cli.evaluate_history:history", "Triage replayed on the desk's own closed tickets."),
}


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--debug", is_flag=True, help="Show the traceback of an unexpected error.")
@click.version_option(package_name="tickmate")
def tickmate(*, debug: bool) -> None:
    """TickMate, a support desk for Slack and mail."""
    del debug  # read by main, which also reports errors of commands that never started


@click.group("eval", cls=LazyGroup, lazy=EVALUATIONS)
def evaluate() -> None:
    """Measure retrieval or triage on a labelled set."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 success, 1 failure, 2 usage or settings, 75 try again later."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        result = tickmate.main(given, prog_name="tickmate", standalone_mode=False)
    except NotTheMailsFaultError as error:
        _report(error.cause, debug="--debug" in given)
        sys.exit(TRY_AGAIN_LATER)
    except Exception as error:  # noqa: BLE001 (the last line of defence: no person reads a traceback they did not ask for)
        sys.exit(_report(error, debug="--debug" in given))
    sys.exit(result if isinstance(result, int) else OK)


def _report(error: Exception, *, debug: bool) -> int:
    match error:
        case click.exceptions.NoArgsIsHelpError():
            click.echo(error.format_message(), err=True)
            return USAGE
        case click.ClickException():
            return _say(f"{error.format_message().rstrip('.')}.{_where_help_is(error)}", error.exit_code)
        case click.Abort():
            return _say("stopped", INTERRUPTED)
        case DeskError():
            return _say(str(error), _exit_code(error))
        case BrokenPipeError():  # the reader (head, less) has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return FAILED
    return _report_unexpected(error, debug=debug)


def _where_help_is(error: click.ClickException) -> str:
    if not isinstance(error, click.UsageError):
        return ""
    return f" See: {error.ctx.command_path if error.ctx else 'tickmate'} --help"


def _exit_code(error: DeskError) -> int:
    match error:
        case InvalidInputError() | ConfigurationError():
            return USAGE
        case TryAgainLaterError():
            return TRY_AGAIN_LATER
    return FAILED


def _report_unexpected(error: Exception, *, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
        return FAILED
    return _say(f"unexpected {type(error).__name__}; {_keep_traceback(error)}", FAILED)


def _keep_traceback(error: Exception) -> str:
    """Write the traceback where only the operator reads it, and say where; an error text may hold what is private."""
    from config.settings import load_settings  # noqa: PLC0415 (pydantic takes longer to import than help may last)

    try:
        path = load_settings().data_dir / "last-error.txt"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            traceback.print_exception(error, file=file)
    except (ConfigurationError, OSError):
        return "run it again with --debug for the details"
    return f"details are in {path}"


def _say(message: str, code: int) -> int:
    click.echo(f"tickmate: {' '.join(message.split())}", err=True)
    return code
