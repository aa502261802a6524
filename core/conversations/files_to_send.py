"""Which files go out with a message: those that are here, and that nobody has found a virus in."""

from datetime import timedelta

from sqlalchemy import select

from core.conversations.enqueueing import EMAIL
from core.conversations.models import Delivery
from core.conversations.values import DeliveryKind
from core.db.unit_of_work import UnitOfWork
from core.errors import TryAgainLaterError
from core.files.queries import is_awaiting_files
from core.tickets.models import Attachment, Reply, Ticket
from core.tickets.values import AttachmentSnapshot, Scan

PATIENCE = timedelta(minutes=2)
"""How long a message waits for its files. What comes later is on the ticket's page."""
_ASK_AGAIN_SECONDS = 5.0


async def files_to_send(
    uow: UnitOfWork, delivery: Delivery, ticket: Ticket | None, reply: Reply | None
) -> tuple[AttachmentSnapshot, ...]:
    """The files that belong to a delivery.

    Raises:
        TryAgainLaterError: some are still being fetched, or looked through for viruses.
    """
    if ticket is None or (reply is None and delivery.kind is not DeliveryKind.FILES):
        return ()
    files = reply.attachments if reply else await _own_files(uow, ticket)
    if delivery.kind is DeliveryKind.FILES or delivery.channel == EMAIL:
        is_waiting = any(file.scan is Scan.WAITING for file in files)
        is_waiting = is_waiting or await is_awaiting_files(uow, ticket.id, reply.id if reply else None)
        if is_waiting and uow.clock.now() - delivery.created_at < PATIENCE:
            raise TryAgainLaterError("Its files are on their way.", retry_after=_ASK_AGAIN_SECONDS)
        files = [file for file in files if file.scan.may_leave]
    return tuple(file.snapshot() for file in files)


async def _own_files(uow: UnitOfWork, ticket: Ticket) -> list[Attachment]:
    own = select(Attachment).where(Attachment.ticket_id == ticket.id, Attachment.reply_id.is_(None))
    return list((await uow.session.scalars(own.order_by(Attachment.id))).all())
