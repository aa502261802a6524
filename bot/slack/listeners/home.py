"""Drawing the Home tab when somebody opens it, or has done something there."""

import structlog

from bot.slack import limits
from bot.slack.blocks.elements import Block
from bot.slack.blocks.home import ROWS, HomeContent, Work, home_view
from bot.slack.blocks.lists import QueueRows
from bot.slack.door import SlackDoor
from bot.slack.payloads.values import SlackUser
from core.db.unit_of_work import Reading
from core.errors import DeskError
from core.gathering.drafts import list_drafts
from core.people.values import Permission
from core.sla.queries import count_due, list_due
from core.tickets.queries import TicketFilter, count_by_status, list_lines

log = structlog.get_logger(__name__)

_MOST_URGENT = 5


async def publish_home(door: SlackDoor, user: SlackUser) -> None:
    """Show somebody their Home as it stands. A failure is only logged, as opening it again draws it again."""
    try:
        async with door.reading(user) as reading:
            view = await _draw(door, reading)
        await door.api.call("views.publish", user_id=user.user_id, view=view, seconds=limits.VIEW_CALL_SECONDS)
    except DeskError as error:
        log.warning("slack.home_not_drawn", reason=str(error))


async def _draw(door: SlackDoor, reading: Reading) -> Block:
    user_id = reading.actor.user_id or 0
    content = HomeContent(
        mine=await list_lines(reading, TicketFilter(created_by_id=user_id, limit=ROWS + 1)),
        drafts=await list_drafts(reading),
        joined=await list_lines(reading, TicketFilter(joined_by_id=user_id, open_only=True, limit=ROWS + 1)),
        work=await _read_work(reading, user_id) if reading.actor.may(Permission.WORK_TICKETS) else None,
        numbers=await count_by_status(reading) if reading.actor.may(Permission.MANAGE_PEOPLE) else {},
    )
    row = QueueRows(ticket_url=door.ticket_url, policy=reading.policy.sla, now=reading.clock.now())
    return home_view(content, ticket_url=door.ticket_url, row=row, admin_url=f"{door.desk.policy.app_url}/admin")


async def _read_work(reading: Reading, user_id: int) -> Work:
    due = [due.ticket.snapshot() for due in await list_due(reading, limit=ROWS + 1)]
    due = [ticket for ticket in due if ticket.assigned_to is None or ticket.assigned_to.id != user_id][:_MOST_URGENT]
    shown = {ticket.id for ticket in due}
    free = TicketFilter(open_only=True, unassigned=True, snoozed=False, limit=ROWS + 1 + _MOST_URGENT)
    unassigned = [ticket for ticket in await list_lines(reading, free) if ticket.id not in shown]
    return Work(
        counts=await count_due(reading),
        assigned=await list_lines(reading, TicketFilter(open_only=True, assigned_to_id=user_id, limit=ROWS + 1)),
        due=due,
        unassigned=unassigned[: ROWS + 1],
    )
