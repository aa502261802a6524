"""Who takes part in a ticket, as the pages and the JSON API change it."""

from core.db.unit_of_work import UnitOfWork
from core.people.queries import get_user
from core.tickets.models import Ticket
from core.tickets.participating import add_participant, leave_ticket, person_named, remove_participant
from webhooks import tickets
from webhooks.site import Visit


async def add(visit: Visit, number: int, name: str) -> None:
    """Bring somebody in by address, username or Slack id.

    Raises:
        DeskError: nobody goes by that name, or they cannot be added; see `add_participant`.
    """

    async def act(uow: UnitOfWork, ticket: Ticket) -> None:
        await add_participant(uow, ticket, await person_named(uow, name))

    await tickets.change(visit, number, act)


async def remove(visit: Visit, number: int, user_id: int) -> None:
    """Let somebody go, or leave; raises as `remove_participant` and `leave_ticket`."""

    async def act(uow: UnitOfWork, ticket: Ticket) -> None:
        if user_id == uow.actor.user_id:
            await leave_ticket(uow, ticket)
        else:
            await remove_participant(uow, ticket, await get_user(uow, user_id))

    await tickets.change(visit, number, act)
