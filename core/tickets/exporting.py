"""Tickets with all that hangs on them, a portion at a time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.db.unit_of_work import Reading
from core.errors import ForbiddenError
from core.people.values import Permission
from core.tickets.models import Attachment, Reply, Ticket


@dataclass(frozen=True, slots=True)
class WholeTicket:
    """A ticket, its replies and internal notes oldest first, and the files that came with the ticket itself."""

    ticket: Ticket
    replies: Sequence[Reply]
    files: Sequence[Attachment]


async def whole_tickets(
    reading: Reading, after_number: int, *, since: datetime | None, until: datetime | None, limit: int
) -> list[WholeTicket]:
    """The next tickets by number, deleted ones left out. `since` and `until` (exclusive) are of their creation.

    Raises:
        ForbiddenError: the actor does not work tickets.
    """
    if not reading.actor.may(Permission.WORK_TICKETS):
        raise ForbiddenError("Only moderators export tickets.")
    statement = select(Ticket).where(
        Ticket.organization_id == reading.actor.organization_id,
        Ticket.number > after_number,
        Ticket.deleted_at.is_(None),
    )
    if since is not None:
        statement = statement.where(Ticket.created_at >= since)
    if until is not None:
        statement = statement.where(Ticket.created_at < until)
    tickets = (await reading.session.scalars(statement.order_by(Ticket.number).limit(limit))).all()
    ids = [ticket.id for ticket in tickets]
    replies = defaultdict(list)
    for reply in await reading.session.scalars(
        select(Reply).where(Reply.ticket_id.in_(ids)).order_by(Reply.created_at, Reply.id)
    ):
        replies[reply.ticket_id].append(reply)
    files = defaultdict(list)
    for file in await reading.session.scalars(
        select(Attachment).where(Attachment.ticket_id.in_(ids), Attachment.reply_id.is_(None)).order_by(Attachment.id)
    ):
        files[file.ticket_id].append(file)
    return [WholeTicket(ticket, replies[ticket.id], files[ticket.id]) for ticket in tickets]
