"""`tickmate mail explain`: which rule decides about a mail, and what it would come to."""

from functools import partial
from pathlib import Path

import click

from bot.email.parse import ParsedMail, parse
from bot.email.screening import explain as explain_screening
from bot.email.threading import RULES as THREADING_RULES
from config.cli.context import command_settings, with_desk
from config.mail import house_rules, own_mail
from config.mail_files import MailFile, read_mails
from config.mail_ingest import messages
from config.settings import Settings
from core.desk import Desk
from core.intake.explaining import Explanation, Judged
from core.intake.reasons import GUARDS, reason
from core.intake.values import Outcome

_OUTCOMES = {
    Outcome.TICKETED: "opens ticket",
    Outcome.REPLIED: "joins ticket",
    Outcome.DUPLICATE: "is a duplicate",
    Outcome.IGNORED: "is ignored",
    Outcome.QUARANTINED: "goes to quarantine",
    Outcome.RECEIVED: "waits to be processed",
}


@click.command("explain")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--recipient", metavar="ADDRESS", help="The envelope recipient; default what the header fields tell.")
def explain_command(*, file: Path, recipient: str | None) -> None:
    """Show every screening and threading rule with its verdict on FILE, and what would become of it. Stores no mail."""
    settings = command_settings()
    for number, one in enumerate(read_mails([file])):
        if number:
            click.echo()
        parsed = parse(one.raw)
        _tell_screening(parsed, settings)
        for explanation in with_desk(partial(_explained, one, recipient, settings), settings):
            _tell_threading(explanation)
        for defect in parsed.defects:
            click.echo(f"Repaired: {defect}")


async def _explained(mail: MailFile, recipient: str | None, settings: Settings, desk: Desk) -> list[Explanation]:
    found = await messages(desk, mail, recipient=recipient, home=settings.support_address)
    return [await desk.processing.explain(organization_id, message) for organization_id, message in found]


def _tell_screening(parsed: ParsedMail, settings: Settings) -> None:
    click.echo("Screening, the first verdict counts:")
    decided = False
    for rule, verdict in explain_screening(parsed, own_mail(settings), house=house_rules(settings)):
        decides = verdict is not None and not decided
        decided = decided or decides
        why = f"  {reason(rule)}" if decides and reason(rule) else ""
        _tell_rule(rule, f"{verdict.verdict.value if verdict else '-'}{why}", counts=decides)
    if not decided:
        _tell_rule("default-accept", "accept", counts=True)


def _tell_threading(explanation: Explanation) -> None:
    click.echo("Threading, the first ticket that no guard keeps it out of counts:")
    winner = next((one for one in explanation.judged if one.ticket_number and one.guard is None), None)
    for rule in dict.fromkeys((*THREADING_RULES, *(one.candidate.rule for one in explanation.judged))):
        tried = [one for one in explanation.judged if one.candidate.rule == rule]
        for one in tried:
            _tell_rule(rule, f"{one.candidate.value}: {_verdict(one)}", counts=one is winner)
        if not tried:
            _tell_rule(rule, "-")
    told = explanation.disposition
    now = "Taken already, it" if explanation.was_taken else "It"
    ticket = f" #{told.ticket_number}" if told.ticket_number else ""
    click.echo(f"{now} {_OUTCOMES.get(told.outcome, told.outcome.value)}{ticket} ({told.rule})")


def _verdict(judged: Judged) -> str:
    if judged.ticket_number is None or judged.status is None:
        return "leads to no ticket here"
    merged = ", where the named one was merged to" if judged.was_merged else ""
    ticket = f"ticket #{judged.ticket_number} ({judged.status.value}{merged})"
    return ticket if judged.guard is None else f"{ticket}, kept out: {judged.guard}, {GUARDS[judged.guard]}"


def _tell_rule(rule: str, verdict: str, *, counts: bool = False) -> None:
    click.echo(f" {'→' if counts else ' '} {rule:<28}{verdict}")
