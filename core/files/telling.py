"""Telling the moderators what is wrong with a ticket's files."""

from core.conversations.moderators import moderators_channel_of
from core.conversations.notices import Notice, tell_alone
from core.db.unit_of_work import UnitOfWork
from core.tickets.models import Attachment, Ticket


async def tell_infected(uow: UnitOfWork, ticket: Ticket, file: Attachment) -> None:
    """Say in the moderators' thread that a file is held back."""
    channel = await moderators_channel_of(uow, ticket.organization_id)
    if not channel:
        return
    text = f"⚠️ The file “{file.filename[:100]}” is held back, nobody gets it: {file.found}."
    notice = Notice(text=text, conversation=channel, ticket_id=ticket.id, for_moderators=True)
    tell_alone(uow, notice, key=f"infected:{file.id}")
