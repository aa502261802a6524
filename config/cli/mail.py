"""`tickmate mail`: take in, parse or explain mails."""

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import click

from bot.email.parse import parse
from bot.email.parsed_json import parsed_mail_json
from bot.email.screening import screen
from config.cli.context import command_settings, json_option, print_json, with_desk
from config.cli.explain import explain_command
from config.cli.pipe import mail_stays_with_its_sender
from config.cli.quarantine import quarantine, replay
from config.mail import house_rules, own_mail
from config.mail_files import MailFile, read_mails
from config.mail_ingest import Ingested, ingest
from core.desk import Desk

FILES = click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path))
RECIPIENT = click.option(
    "--recipient", metavar="ADDRESS", help="The envelope recipient; default what the header fields tell."
)


@click.group()
def mail() -> None:
    """Take in, parse or explain mails."""


mail.add_command(explain_command)
mail.add_command(quarantine)
mail.add_command(replay)


@mail.command("ingest")
@FILES
@RECIPIENT
@json_option
def ingest_command(*, files: tuple[Path, ...], recipient: str | None, as_json: bool) -> None:
    """Take in one mail from standard input, or .eml files, mboxes and Maildirs, as SMTP would.

    Usable as the pipe of a mail server: exit 75 keeps the mail there, 1 and 2 return it to its sender. One line a
    mail tells what became of it. Without --recipient it belongs to the organizations that Delivered-To, X-Original-To
    and Envelope-To name, else To and Cc, else to that of the support address; one line for each of several.
    """
    with mail_stays_with_its_sender() if not files else nullcontext():
        settings = command_settings()

        async def work(desk: Desk) -> bool:
            all_stored = True
            for one in _with_progress(files):
                for result in await ingest(desk, one, recipient=recipient, home=settings.support_address):
                    all_stored = all_stored and result.is_stored
                    _tell(result, as_json=as_json)
            return all_stored

        is_stored = with_desk(work, settings)
    sys.exit(0 if is_stored else 1)


def _with_progress(files: tuple[Path, ...]) -> Iterator[MailFile]:
    if not files or not sys.stderr.isatty():
        yield from read_mails(files)
        return
    from rich.console import Console  # noqa: PLC0415 (only where somebody watches)
    from rich.progress import track  # noqa: PLC0415 (see above)

    yield from track(list(read_mails(files)), description="mails", console=Console(stderr=True))


def _tell(result: Ingested, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "file": result.name,
                "outcome": result.outcome,
                "ticket": result.ticket,
                "rule": result.rule,
                "error": result.error,
            }
        )
    else:
        ticket = f" #{result.ticket}" if result.ticket else ""
        click.echo(
            f"{result.name}: {result.outcome}{ticket} ({result.rule}){f': {result.error}' if result.error else ''}"
        )


@mail.command("parse")
@FILES
@json_option
def parse_command(*, files: tuple[Path, ...], as_json: bool) -> None:
    """Show what intake would see, without storing anything."""
    settings = command_settings()
    own, house = own_mail(settings), house_rules(settings)
    for one in read_mails(files):
        parsed = parse(one.raw)
        seen = parsed_mail_json(parsed, screen(parsed, own, house=house))
        if as_json:
            print_json(seen)
        else:
            sender = seen["from"] or {"name": "", "email": "nobody"}
            click.echo(
                f"{one.name}: {seen['subject']!r} from {sender['email']}, {len(seen['attachments'])} attachments"
            )
            click.echo(f"{seen['reply_text']}\n")
