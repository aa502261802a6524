"""`/api/v1/tickets/{id}/participants`."""

from core.db.unit_of_work import Reading
from core.tickets.queries import find_ticket, list_in_copy
from webhooks import participants
from webhooks.api.answers import person_answer
from webhooks.api.schemas import NewParticipant, ParticipantList
from webhooks.site import Visit


async def list_participants(visit: Visit, number: int) -> ParticipantList:
    """Who takes part beside the requester."""
    async with visit.reading() as reading:
        return await _answer(visit, reading, number)


async def add(visit: Visit, number: int, body: NewParticipant) -> ParticipantList:
    """Bring somebody into this ticket alone, by mail address, username or Slack id."""
    await participants.add(visit, number, body.name)
    async with visit.reading() as reading:
        return await _answer(visit, reading, number)


async def remove(visit: Visit, number: int, user: int) -> None:
    """Let somebody go, or leave: they see the ticket no more. Only moderators let others go."""
    await participants.remove(visit, number, user)


async def _answer(visit: Visit, reading: Reading, number: int) -> ParticipantList:
    people = await list_in_copy(reading, await find_ticket(reading, number))
    return ParticipantList(items=[person_answer(visit, person) for person in people])
