"""Mailing a file that its answer could not wait for."""

from sqlalchemy import select

from core.conversations.enqueueing import EMAIL
from core.conversations.files_to_send import FILES_OF, WENT_WITH
from core.conversations.mailing import deliver_by_mail
from core.conversations.models import Delivery
from core.conversations.values import DeliveryKind, DeliveryStatus
from core.db.unit_of_work import UnitOfWork
from core.people.models import User
from core.tickets.models import Attachment, Reply, Ticket

_NEVER_SENT = (DeliveryStatus.FAILED, DeliveryStatus.WITHHELD)


async def mail_late_file(uow: UnitOfWork, ticket: Ticket, file: Attachment) -> None:
    """Send it to whoever got its answer by mail without it. The caller holds the ticket, and may give the file away."""
    if file.reply_id is None:
        return
    reply = await uow.session.get_one(Reply, file.reply_id)
    for copy in await _mailed_without(uow, file):
        person = await uow.session.get(User, copy.user_id) if copy.user_id else None
        if person is not None:
            content: dict[str, object] = {FILES_OF: [file.id]}
            key = f"{copy.key}:file:{file.id}"
            await deliver_by_mail(uow, ticket, DeliveryKind.FILES, person, key=key, reply=reply, content=content)


async def was_mailed_without(uow: UnitOfWork, file: Attachment) -> bool:
    """Whether somebody has got the answer that it belongs to, but not the file."""
    return bool(file.reply_id and await _mailed_without(uow, file))


async def _mailed_without(uow: UnitOfWork, file: Attachment) -> list[Delivery]:
    copies = await uow.session.scalars(
        select(Delivery)
        .where(
            Delivery.reply_id == file.reply_id,
            Delivery.channel == EMAIL,
            Delivery.kind == DeliveryKind.REPLY,
            Delivery.status.not_in(_NEVER_SENT),
        )
        .order_by(Delivery.id)
    )
    return [copy for copy in copies if file.id not in copy.content.get(WENT_WITH, [file.id])]
