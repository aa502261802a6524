"""Telling those who work tickets what is wrong with a file, and who did not get it."""

from core.conversations.late_files import went_without
from core.conversations.mailing import deliver_by_mail
from core.conversations.moderators import moderators_channel_of
from core.conversations.notices import Notice, tell_alone
from core.conversations.values import DeliveryKind
from core.db.unit_of_work import UnitOfWork
from core.people.models import User
from core.people.values import Role
from core.tickets.models import Attachment, Reply, Ticket

_NAME = 100


async def tell_infected(uow: UnitOfWork, ticket: Ticket, file: Attachment) -> None:
    """Say that a file is held back for good."""
    text = f"The file “{file.filename[:_NAME]}” is held back, nobody gets it: {file.found}."
    await _tell(uow, ticket, file, text, key=f"infected:{file.id}")


async def tell_unscanned(uow: UnitOfWork, ticket: Ticket, file: Attachment, *, attempt: int) -> None:
    """Say that a file waits for somebody to have it looked into again."""
    text = f"The virus scanner did not answer, so nobody gets the file “{file.filename[:_NAME]}”."
    text += " “Check again” on the ticket's page asks it once more."
    await _tell(uow, ticket, file, text, key=f"unscanned:{file.id}:{attempt}")


async def _tell(uow: UnitOfWork, ticket: Ticket, file: Attachment, text: str, *, key: str) -> None:
    """In the moderators' thread; without one by mail, to whoever sent it and works tickets, else to the assignee."""
    if await went_without(uow, file):
        text += " What it belongs to has gone out without it."
    if channel := await moderators_channel_of(uow, ticket.organization_id):
        notice = Notice(text=f"⚠️ {text}", conversation=channel, ticket_id=ticket.id, for_moderators=True)
        tell_alone(uow, notice, key=key)
        return
    person = await _whose_concern(uow, ticket, file)
    if person is not None:
        content: dict[str, object] = {
            "title": f"A file of #{ticket.number} is held back",
            "text": text,
            "page_url": uow.policy.ticket_url(ticket.number),
        }
        await deliver_by_mail(uow, None, DeliveryKind.ALERT, person, key=key, content=content)


async def _whose_concern(uow: UnitOfWork, ticket: Ticket, file: Attachment) -> User | None:
    reply = await uow.session.get(Reply, file.reply_id) if file.reply_id else None
    if reply is not None and reply.author.role is not Role.USER:
        return reply.author
    return ticket.assigned_to
