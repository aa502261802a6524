"""Drawing the Home tab when somebody opens it, or has done something there."""

import structlog

from bot.slack import limits
from bot.slack.blocks.home import ROWS, HomeContent, home_view
from bot.slack.door import SlackDoor
from bot.slack.payloads.values import SlackUser
from core.db.unit_of_work import Reading
from core.errors import DeskError
from core.people.values import Permission
from core.tickets.queries import TicketFilter, count_by_status, list_tickets
from core.tickets.values import TicketSnapshot

log = structlog.get_logger(__name__)


async def publish_home(door: SlackDoor, user: SlackUser) -> None:
    """Show somebody their Home as it stands. A failure is only logged, as opening it again draws it again."""
    try:
        async with door.reading(user) as reading:
            content = await _read(reading)
        view = home_view(content, ticket_url=door.ticket_url, admin_url=f"{door.desk.policy.app_url}/admin")
        await door.api.call("views.publish", user_id=user.user_id, view=view, seconds=limits.VIEW_CALL_SECONDS)
    except DeskError as error:
        log.warning("slack.home_not_drawn", reason=str(error))


async def _read(reading: Reading) -> HomeContent:
    user_id = reading.actor.user_id or 0
    works = reading.actor.may(Permission.WORK_TICKETS)
    return HomeContent(
        mine=await _some(reading, TicketFilter(created_by_id=user_id, limit=ROWS + 1)),
        assigned=await _some(reading, TicketFilter(open_only=True, assigned_to_id=user_id, limit=ROWS + 1))
        if works
        else None,
        unassigned=await _some(reading, TicketFilter(open_only=True, unassigned=True, limit=ROWS + 1))
        if works
        else None,
        numbers=await count_by_status(reading) if reading.actor.may(Permission.MANAGE_PEOPLE) else None,
    )


async def _some(reading: Reading, wanted: TicketFilter) -> list[TicketSnapshot]:
    return [ticket.snapshot() for ticket in await list_tickets(reading, wanted)]
