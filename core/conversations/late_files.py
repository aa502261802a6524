"""Sending a file after the message that could not wait for it: by mail, or beside the copy in Slack."""

from sqlalchemy import and_, or_, select

from core.conversations.enqueueing import EMAIL, SLACK
from core.conversations.files import put_beside
from core.conversations.files_to_send import FILES_OF, WENT_WITH
from core.conversations.mailing import deliver_by_mail
from core.conversations.models import Delivery
from core.conversations.values import DeliveryKind, DeliveryStatus
from core.db.unit_of_work import UnitOfWork
from core.people.models import User
from core.tickets.models import Attachment, Reply, Ticket

_NEVER_SENT = (DeliveryStatus.FAILED, DeliveryStatus.WITHHELD)
_BRINGS_FILES = or_(
    and_(Delivery.channel == EMAIL, Delivery.kind == DeliveryKind.REPLY),
    and_(Delivery.channel == SLACK, Delivery.kind == DeliveryKind.FILES),
)


async def send_late_file(uow: UnitOfWork, ticket: Ticket, file: Attachment) -> None:
    """Send it to whoever got its message without it. The caller holds the ticket, and may give the file away."""
    content: dict[str, object] = {FILES_OF: [file.id]}
    reply = await uow.session.get_one(Reply, file.reply_id) if file.reply_id else None
    for copy in await _went_without(uow, file):
        key = f"{copy.key}:file:{file.id}"
        if copy.channel == SLACK:
            await put_beside(uow, copy, key=key, content=content)
            continue
        person = await uow.session.get(User, copy.user_id) if copy.user_id else None
        if person is not None:
            await deliver_by_mail(uow, ticket, DeliveryKind.FILES, person, key=key, reply=reply, content=content)


async def went_without(uow: UnitOfWork, file: Attachment) -> bool:
    """Whether somebody has got the message that it belongs to, but not the file."""
    return bool(await _went_without(uow, file))


async def _went_without(uow: UnitOfWork, file: Attachment) -> list[Delivery]:
    copies = await uow.session.scalars(
        select(Delivery)
        .where(
            Delivery.ticket_id == file.ticket_id,
            Delivery.reply_id == file.reply_id if file.reply_id else Delivery.reply_id.is_(None),
            _BRINGS_FILES,
            Delivery.status.not_in(_NEVER_SENT),
        )
        .order_by(Delivery.id)
    )
    return [
        copy
        for copy in copies
        if file.id not in copy.content.get(WENT_WITH, [file.id]) and not (file.inline and copy.channel == SLACK)
    ]
