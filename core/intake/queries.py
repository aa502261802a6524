"""Reading the ledger before anything is stored."""

from sqlalchemy import select

from core.db.unit_of_work import Reading
from core.intake.models import Intake
from core.intake.values import Channel, Outcome
from core.tickets.models import ThreadMessage


async def may_belong_to_ticket(reading: Reading, channel: Channel, thread: str) -> bool:
    """Whether a message in this thread can be for the desk, so that other talk is never stored.

    True where the thread is a ticket's, and while any arrival of the channel is undecided: it may become that ticket.
    """
    known = select(ThreadMessage.id).where(
        ThreadMessage.organization_id == reading.actor.organization_id, ThreadMessage.external_id == thread
    )
    if await reading.session.scalar(known.limit(1)) is not None:
        return True
    undecided = select(Intake.id).where(
        Intake.organization_id == reading.actor.organization_id,
        Intake.outcome == Outcome.RECEIVED,
        Intake.channel == channel,
    )
    return await reading.session.scalar(undecided.limit(1)) is not None
