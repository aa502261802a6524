"""One ticket for one person alone, with what they can do about it."""

from bot.slack.blocks import lists
from bot.slack.blocks.lists import Part
from bot.slack.blocks.pieces import Message
from bot.slack.door import SlackDoor
from bot.slack.payloads.values import SlackUser
from core.db.unit_of_work import Reading
from core.errors import NotFoundError
from core.people.values import Permission
from core.tickets.models import Ticket
from core.tickets.public import find_public_ticket
from core.tickets.queries import find_ticket, list_replies


async def read_ticket(door: SlackDoor, user: SlackUser, number: int) -> Message:
    """What this person may see of a ticket: of others' public ones what is for everybody, as on its page.

    Raises:
        NotFoundError: there is none, or it is not for this person to see.
    """
    async with door.reading(user) as reading:
        try:
            ticket = await find_ticket(reading, number)
        except NotFoundError:
            return lists.public_ticket_view(await find_public_ticket(reading, number), ticket_url=door.ticket_url)
        replies = [reply.snapshot() for reply in await list_replies(reading, ticket)]
        return lists.ticket_view(ticket.snapshot(), replies, ticket_url=door.ticket_url, part=_part(reading, ticket))


def _part(reading: Reading, ticket: Ticket) -> Part:
    if reading.actor.user_id == ticket.created_by_id:
        return Part.REQUESTER
    return Part.MODERATOR if reading.actor.may(Permission.WORK_TICKETS) else Part.PARTICIPANT
