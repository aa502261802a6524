"""An edit or deletion of one of several messages that are a ticket, or are not yet one."""

from datetime import datetime

from core.db.unit_of_work import UnitOfWork
from core.gathering.composing import continued
from core.gathering.keeping import joined, message_by_fingerprint, messages_of
from core.gathering.values import Stage
from core.tickets.models import ThreadMessage, Ticket
from core.tickets.revising import Revision, revise_ticket


async def revise_held(uow: UnitOfWork, fingerprint: str, text: str, *, at: datetime) -> bool | None:
    """Change a message that is in no ticket yet; None where there is none, False where a later version is known."""
    found = await message_by_fingerprint(uow, fingerprint)
    if found is None or found[1].stage is not Stage.OPEN:
        return None
    message, _ = found
    if message.edited_at is not None and at < message.edited_at:
        return False
    message.text, message.edited_at = text, at
    return True


async def revise_part(uow: UnitOfWork, ticket: Ticket, place: ThreadMessage, revision: Revision) -> bool | None:
    """Change one of the messages that a ticket was made of; None where it was made of a single one."""
    found = await message_by_fingerprint(uow, place.fingerprint) if place.reply_id is None else None
    if found is None:
        return None
    message, gathering = found
    if message.edited_at is not None and revision.at < message.edited_at:
        return False
    messages = await messages_of(uow, gathering)
    before, was = joined(messages), message.text
    message.text, message.edited_at = revision.text, revision.at
    await uow.session.flush()
    text = continued(ticket.description, before=before, after=joined(messages), was=was, now=revision.text)
    moment = max(revision.at, ticket.edited_at or revision.at)
    return await revise_ticket(uow, ticket, Revision(title="", text=text, at=moment))
