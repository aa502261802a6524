"""One mail through the same intake as SMTP, waiting for what becomes of it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.email.header_routes import Routes, headers_of
from config.mail_files import MailFile
from core.desk import Desk
from core.errors import InvalidInputError, TooLargeError
from core.intake.models import Intake
from core.intake.values import Channel, InboundMessage, Outcome
from core.people.values import system_actor
from core.tickets.models import Ticket


@dataclass(frozen=True, kw_only=True, slots=True)
class Ingested:
    """What became of one mail, as `tickmate mail ingest` tells it. `is_stored` is False where it was refused."""

    name: str
    outcome: str
    rule: str
    ticket: int | None = None
    error: str = ""
    is_stored: bool = True


async def ingest(desk: Desk, mail: MailFile, *, recipient: str | None, home: str) -> list[Ingested]:
    """Accept the mail durably, then process it at once, unless a running service is faster.

    Without a `recipient` the header fields tell whose it is, and `home` takes what they do not tell. A mail to several
    organizations becomes one arrival in each.

    Raises:
        ConfigurationError: `home` leads nowhere.
        InvalidInputError: `recipient` leads nowhere.
        TryAgainLaterError: the database is away; the mail should be handed in again.
    """
    found = await messages(desk, mail, recipient=recipient, home=home)
    return [await _ingest(desk, mail.name, organization_id, message) for organization_id, message in found]


async def messages(desk: Desk, mail: MailFile, *, recipient: str | None, home: str) -> list[tuple[int, InboundMessage]]:
    """The mail as each organization that it is for would get it; raises as `ingest`."""
    routes = await _routes(desk, mail.raw, recipient=recipient, home=home)
    return [
        (
            organization_id,
            InboundMessage(
                channel=Channel.EMAIL,
                external_id=hashlib.sha256(mail.raw).hexdigest(),
                raw=mail.raw,
                received_at=desk.clock.now(),
                recipients=tuple(recipients),
                client_address="command line",
                organization_id=organization_id,
            ),
        )
        for organization_id, recipients in routes.items()
    ]


async def _routes(desk: Desk, raw: bytes, *, recipient: str | None, home: str) -> Mapping[int, Sequence[str]]:
    if recipient is None:
        return await Routes(desk.intake, home).of(headers_of(raw))
    organization_id = await desk.intake.route(recipient)
    if organization_id is None:
        raise InvalidInputError(
            f"Nobody here receives mail for {recipient}.", field="recipient", mend="See `tickmate organizations`."
        )
    return {organization_id: (recipient,)}


async def _ingest(desk: Desk, name: str, organization_id: int, message: InboundMessage) -> Ingested:
    try:
        accepted = await desk.intake.accept(message)
    except TooLargeError as error:
        return Ingested(name=name, outcome="refused", rule="too-large", error=str(error), is_stored=False)
    if accepted.is_new:
        return await process_accepted(desk, organization_id, accepted.intake_id, name)
    earlier = await _told(desk, organization_id, accepted.intake_id, name)
    return Ingested(name=name, outcome=Outcome.DUPLICATE.value, rule="same-bytes", ticket=earlier.ticket)


async def process_accepted(desk: Desk, organization_id: int, intake_id: int, name: str) -> Ingested:
    """Bring a stored mail to its outcome now, unless it has one already, and tell it."""
    trouble = ""
    try:
        await desk.processing.process(organization_id, intake_id)
    except Exception as error:  # noqa: BLE001 (stored already: the worker tries again and quarantines it at last)
        trouble = f"{type(error).__name__}: {error}"
    return await _told(desk, organization_id, intake_id, name, trouble=trouble)


async def _told(desk: Desk, organization_id: int, intake_id: int, name: str, *, trouble: str = "") -> Ingested:
    async with desk.reading(system_actor(organization_id)) as reading:
        row = await reading.session.get_one(Intake, intake_id)
        ticket = await reading.session.get(Ticket, row.ticket_id) if row.ticket_id else None
    return Ingested(
        name=name,
        outcome=row.outcome.value,
        rule=row.rule,
        ticket=ticket.number if ticket else None,
        error=trouble or row.error,
    )
