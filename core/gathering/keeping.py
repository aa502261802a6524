"""The rows of messages that are held together."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, or_, select

from core.db.unit_of_work import UnitOfWork
from core.gathering.models import GatheredMessage, Gathering
from core.gathering.values import Purpose, Stage
from core.intake.placement import Arrival
from core.jobs import kinds
from core.people.models import User
from core.tickets.models import Reply, Ticket
from core.tickets.values import TEXT_LENGTH, Status, Visibility


async def gather(
    uow: UnitOfWork, arrival: Arrival, author: User, purpose: Purpose, *, ticket: Ticket | None = None
) -> Gathering:
    """Begin to hold messages together, with this one; a burst has its ticket already."""
    said_at = said_when(arrival)
    talk = arrival.message.talk
    gathering = Gathering(
        organization_id=uow.actor.organization_id,
        user_id=author.id,
        conversation=talk.conversation if talk else "",
        purpose=purpose,
        stage=Stage.FILED if ticket is not None and purpose is Purpose.BURST else Stage.OPEN,
        ticket_id=ticket.id if ticket else None,
        category=None,
        asked=0,
        first_said_at=said_at,
        last_said_at=said_at,
        touched_at=uow.clock.now(),
    )
    uow.session.add(gathering)
    await uow.session.flush()
    await add_message(uow, gathering, arrival)
    return gathering


async def add_message(uow: UnitOfWork, gathering: Gathering, arrival: Arrival) -> GatheredMessage:
    said_at = said_when(arrival)
    message = GatheredMessage(
        organization_id=gathering.organization_id,
        gathering_id=gathering.id,
        place=arrival.message.message_id[:255],
        fingerprint=arrival.message.fingerprint,
        text=arrival.message.text.replace("\x00", "")[:TEXT_LENGTH],
        files=[asdict(file) for file in arrival.message.files],
        said_at=said_at,
    )
    uow.session.add(message)
    gathering.first_said_at = min(gathering.first_said_at, said_at)
    gathering.last_said_at = max(gathering.last_said_at, said_at)
    gathering.touched_at = uow.clock.now()
    await uow.session.flush()
    return message


def said_when(arrival: Arrival) -> datetime:
    return arrival.message.sent_at or arrival.row.received_at


async def messages_of(uow: UnitOfWork, gathering: Gathering) -> Sequence[GatheredMessage]:
    """In the order in which they were written, whichever came first."""
    statement = select(GatheredMessage).where(GatheredMessage.gathering_id == gathering.id)
    return (await uow.session.scalars(statement.order_by(GatheredMessage.said_at, GatheredMessage.place))).all()


def joined(messages: Sequence[GatheredMessage]) -> str:
    """All their words as one text."""
    return "\n".join(message.text for message in messages if message.text.strip())[:TEXT_LENGTH]


async def message_by_fingerprint(uow: UnitOfWork, fingerprint: str) -> tuple[GatheredMessage, Gathering] | None:
    row = (
        await uow.session.execute(
            select(GatheredMessage, Gathering)
            .join(Gathering, Gathering.id == GatheredMessage.gathering_id)
            .where(
                GatheredMessage.organization_id == uow.actor.organization_id,
                GatheredMessage.fingerprint == fingerprint,
            )
            .limit(1)
        )
    ).first()
    return (row[0], row[1]) if row else None


async def waiting_for(
    uow: UnitOfWork, author: User, conversation: str, purposes: Collection[Purpose]
) -> Gathering | None:
    """What is open with this person here, held until the unit of work ends."""
    return await _newest(uow, author, conversation, Gathering.stage == Stage.OPEN, Gathering.purpose.in_(purposes))


async def _newest(
    uow: UnitOfWork, author: User, conversation: str, *conditions: ColumnElement[bool]
) -> Gathering | None:
    gathering: Gathering | None = await uow.session.scalar(
        select(Gathering)
        .where(Gathering.user_id == author.id, Gathering.conversation == conversation, *conditions)
        .order_by(Gathering.id.desc())
        .limit(1)
        .with_for_update()
    )
    return gathering


async def burst_around(
    uow: UnitOfWork, author: User, conversation: str, moment: datetime, *, window: timedelta
) -> Gathering | None:
    """What this person said here shortly before or after, unless it is answered or over by then."""
    begins_before, ends_after = Gathering.first_said_at <= moment + window, Gathering.last_said_at >= moment - window
    gathering = await _newest(uow, author, conversation, begins_before, ends_after)
    if gathering is None or gathering.ticket_id is None:
        return gathering
    answered = select(Reply.id).where(
        Reply.ticket_id == gathering.ticket_id,
        Reply.author_id != author.id,
        Reply.visibility == Visibility.PUBLIC,
        Reply.created_at < moment,
    )
    over = select(Ticket.id).where(
        Ticket.id == gathering.ticket_id,
        or_(Ticket.status == Status.COMPLETED, Ticket.deleted_at.is_not(None), Ticket.merged_into_id.is_not(None)),
    )
    is_over = await uow.session.scalar(answered.limit(1)) or await uow.session.scalar(over)
    return None if is_over else gathering


async def close(uow: UnitOfWork, gathering: Gathering) -> None:
    """Let go of messages that become nothing: their words are not kept."""
    gathering.stage, gathering.touched_at = Stage.CLOSED, uow.clock.now()
    await uow.session.execute(delete(GatheredMessage).where(GatheredMessage.gathering_id == gathering.id))


def look_again(uow: UnitOfWork, gathering: Gathering, after: timedelta) -> None:
    """Have it ended by itself when nothing more is said."""
    key = f"gathering.end:{gathering.id}:{gathering.touched_at.timestamp()}"
    payload = {"gathering_id": gathering.id, "touched_at": gathering.touched_at.isoformat()}
    uow.jobs.enqueue(kinds.END_GATHERING, payload, key=key, delay=after)
