"""Reading the ledger: what may belong to a ticket, and what was kept back."""

from collections.abc import Collection, Sequence

from sqlalchemy import or_, select

from core.db.unit_of_work import Reading
from core.errors import NotFoundError
from core.gathering.models import GatheredMessage
from core.intake.being_read import may_bring
from core.intake.models import Intake, RawMessage
from core.intake.values import BYTES_GONE, PROCESSING_FAILED, Channel, Outcome
from core.tickets.models import ThreadMessage, Ticket

PAGE_LENGTH = 50
MOST_WORDS = 8
_SEARCHED = (Intake.sender, Intake.envelope_sender, Intake.title, Intake.error, Intake.rule)


async def may_belong_to_ticket(reading: Reading, channel: Channel, places: Collection[str], *, thread: str) -> bool:
    """Whether a message about one of these, or in its thread, can be for the desk: other talk is never stored.

    True where one is the thread of a ticket's, or that of a message which may become one, and while any arrival of the
    channel is undecided; a thread that is being read counts only for `thread` (`CHANNEL:TS`, or `CHANNEL:` for any).
    """
    known = select(ThreadMessage.id).where(
        ThreadMessage.organization_id == reading.actor.organization_id, ThreadMessage.external_id.in_(places)
    )
    if await reading.session.scalar(known.limit(1)) is not None:
        return True
    held = select(GatheredMessage.id).where(
        GatheredMessage.organization_id == reading.actor.organization_id, GatheredMessage.place.in_(places)
    )
    if await reading.session.scalar(held.limit(1)) is not None:
        return True
    undecided = select(Intake.id).where(
        Intake.organization_id == reading.actor.organization_id,
        Intake.outcome == Outcome.RECEIVED,
        Intake.channel == channel,
        may_bring(thread),
    )
    return await reading.session.scalar(undecided.limit(1)) is not None


async def list_arrivals(
    reading: Reading,
    outcome: Outcome | None = None,
    *,
    text: str = "",
    before_id: int | None = None,
    limit: int = PAGE_LENGTH,
) -> Sequence[Intake]:
    """A page of the ledger's rows, of one outcome or of any, newest first; `before_id` is the cursor.

    Those that came by mail, and whatever could not be processed; what Slack sends beside is nobody's to judge. Each
    word of `text` is in the sender, the subject, the error or the rule.
    """
    statement = select(Intake).where(
        Intake.organization_id == reading.actor.organization_id,
        or_(Intake.channel == Channel.EMAIL, Intake.rule.in_((PROCESSING_FAILED, BYTES_GONE))),
        *[
            or_(*[column.icontains(word, autoescape=True) for column in _SEARCHED])
            for word in text.split()[:MOST_WORDS]
        ],
    )
    if outcome is not None:
        statement = statement.where(Intake.outcome == outcome)
    if before_id is not None:
        statement = statement.where(Intake.id < before_id)
    return (await reading.session.scalars(statement.order_by(Intake.id.desc()).limit(limit))).all()


async def ticket_numbers(reading: Reading, rows: Sequence[Intake]) -> dict[int, int]:
    """The number of the ticket that each of these rows led to, by the ticket's id."""
    found = await reading.session.execute(
        select(Ticket.id, Ticket.number).where(
            Ticket.organization_id == reading.actor.organization_id,
            Ticket.id.in_({row.ticket_id for row in rows if row.ticket_id is not None}),
        )
    )
    return dict(found.all())


async def get_arrival(reading: Reading, intake_id: int) -> tuple[Intake, Ticket | None]:
    """A ledger row of the organization, with the ticket it became part of.

    Raises:
        NotFoundError: there is none.
    """
    row = await reading.session.get(Intake, intake_id) if 0 < intake_id < 2**63 else None
    if row is None or row.organization_id != reading.actor.organization_id:
        raise NotFoundError(f"There is no message {intake_id}.")
    return row, await reading.session.get(Ticket, row.ticket_id) if row.ticket_id else None


async def raw_bytes(reading: Reading, row: Intake) -> bytes:
    """The message as it arrived.

    Raises:
        NotFoundError: its bytes are no longer kept.
    """
    raw = await reading.session.get(RawMessage, row.raw_sha256) if row.raw_sha256 else None
    if raw is None:
        raise NotFoundError(f"The bytes of message {row.id} are no longer kept.")
    return raw.content
