"""`tickmate mail quarantine` and `tickmate mail replay`: mail that was kept back."""

import click

from config.cli.context import json_option, print_json, with_desk
from config.cli.organization import organization_option, system_of
from config.mail_ingest import Ingested, process_accepted
from core.desk import Desk
from core.intake import quarantine as actions
from core.intake.models import Intake
from core.intake.queries import list_arrivals
from core.intake.reasons import reason
from core.intake.values import Outcome


@click.group()
def quarantine() -> None:
    """Show, release or discard mail that was kept back."""


@quarantine.command("list")
@click.option("--ignored", is_flag=True, help="What was ignored instead, such as automatic answers.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 200))
@organization_option
@json_option
def list_command(*, ignored: bool, limit: int, organization: str | None, as_json: bool) -> None:
    """The newest first, with the rule that kept each back."""
    outcome = Outcome.IGNORED if ignored else Outcome.QUARANTINED

    async def read(desk: Desk) -> list[Intake]:
        async with desk.reading(await system_of(desk, organization)) as reading:
            return list(await list_arrivals(reading, outcome, limit=limit))

    rows = with_desk(read)
    for row in rows:
        if as_json:
            print_json(_told(row))
        else:
            because = row.error or reason(row.rule)
            click.echo(
                f"{row.id:>8}  {row.received_at:%Y-%m-%d %H:%M}  {row.rule:<24} {row.sender or '-'}  {row.title!r}"
                f"{f'  {because}' if because else ''}"
            )
    if not rows and not as_json:
        click.echo("Nothing was kept back.")


def _told(row: Intake) -> dict[str, object]:
    return {
        "id": row.id,
        "received_at": row.received_at,
        "outcome": row.outcome.value,
        "rule": row.rule,
        "reason": reason(row.rule),
        "error": row.error,
        "sender": row.sender,
        "subject": row.title,
        "recipients": row.recipients,
    }


@quarantine.command()
@click.argument("message_id", type=int)
@organization_option
@json_option
def release(*, message_id: int, organization: str | None, as_json: bool) -> None:
    """Take a mail in after all, whatever screening said: it becomes a ticket or a reply."""
    _tell(with_desk(lambda desk: _process(desk, message_id, organization, actions.release)), as_json=as_json)


@quarantine.command()
@click.argument("message_id", type=int)
@organization_option
def discard(*, message_id: int, organization: str | None) -> None:
    """Let a mail go; the same one will not come back."""
    with_desk(lambda desk: _act(desk, message_id, organization, actions.discard))
    click.echo(f"Message {message_id} is discarded.")


@click.command()
@click.argument("message_id", type=int)
@organization_option
@json_option
def replay(*, message_id: int, organization: str | None, as_json: bool) -> None:
    """Judge a quarantined mail again by today's settings; tell what became of any other, changing nothing."""
    _tell(with_desk(lambda desk: _process(desk, message_id, organization, actions.replay)), as_json=as_json)


async def _process(desk: Desk, message_id: int, organization: str | None, act: actions.Act) -> Ingested:
    organization_id = await _act(desk, message_id, organization, act)
    return await process_accepted(desk, organization_id, message_id, str(message_id))


async def _act(desk: Desk, message_id: int, organization: str | None, act: actions.Act) -> int:
    actor = await system_of(desk, organization)
    async with desk.unit_of_work(actor) as uow:
        await act(uow, message_id)
        await uow.commit()
    return actor.organization_id


def _tell(told: Ingested, *, as_json: bool) -> None:
    if as_json:
        print_json({"id": int(told.name), "outcome": told.outcome, "ticket": told.ticket, "rule": told.rule})
    else:
        ticket = f" #{told.ticket}" if told.ticket else ""
        click.echo(
            f"Message {told.name}: {told.outcome}{ticket} ({told.rule}){f': {told.error}' if told.error else ''}"
        )
