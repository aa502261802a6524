"""`/api/v1/tickets/…`. The id in a path is the number that people see."""

from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import InvalidInputError, NotFoundError
from core.people.values import Permission
from core.tickets.actions import NewTicket
from core.tickets.models import Ticket
from core.tickets.own import withdraw_own
from core.tickets.public import find_public_ticket
from core.tickets.queries import TicketFilter, find_ticket, list_tickets
from core.tickets.values import Status
from core.tickets.working import assign_ticket, delete_ticket, resolve_ticket, restore_ticket, set_fields
from webhooks import tickets
from webhooks.api.answers import public_ticket_answer, ticket_answer
from webhooks.api.own_ticket import change_own
from webhooks.api.schemas import NewTicketBody, TicketAnswer, TicketChange, TicketPage, TicketQuery
from webhooks.paging import page_of
from webhooks.routing import Answered
from webhooks.site import Visit


async def submit(visit: Visit, body: NewTicketBody, idempotency_key: str) -> Answered[TicketAnswer]:
    """File a ticket. The same Idempotency-Key again gives the same ticket, with 200 instead of 201."""
    new = NewTicket(
        title=body.title,
        description=body.description,
        category=body.category,
        priority=body.priority,
        is_public=body.is_public,
        channel=visit.channel,
    )
    content = body.model_dump_json().encode()
    number, is_new = await tickets.submit(visit, new, key=idempotency_key, content=content)
    return Answered(
        model=await read(visit, number),
        status=201 if is_new else 200,
        headers={"Location": f"/api/v1/tickets/{number}"},
    )


async def list_all(visit: Visit, query: TicketQuery) -> TicketPage:
    """The tickets that one may see, newest first."""
    return await _list(visit, query, created_by_id=None)


async def list_mine(visit: Visit, query: TicketQuery) -> TicketPage:
    """The tickets that one has filed, newest first."""
    return await _list(visit, query, created_by_id=visit.person.user_id)


async def _list(visit: Visit, query: TicketQuery, *, created_by_id: int | None) -> TicketPage:
    async with visit.reading() as reading:
        wanted = await _filter(reading, visit, query, created_by_id)
        found, following = page_of(await list_tickets(reading, wanted), query.limit)
    return TicketPage(items=[ticket_answer(visit, ticket) for ticket in found], next_cursor=following)


async def _filter(reading: Reading, visit: Visit, query: TicketQuery, created_by_id: int | None) -> TicketFilter:
    name = query.assigned_to
    assignee = await tickets.find_assignee(reading, visit, name) if name and name != "none" else None
    return TicketFilter(
        status=query.status,
        category=query.category,
        priority=query.priority,
        assigned_to_id=assignee.id if assignee else None,
        unassigned=name == "none",
        created_by_id=created_by_id,
        text=query.q,
        before_id=query.cursor,
        limit=query.limit + 1,
    )


async def read(visit: Visit, number: int) -> TicketAnswer:
    """One ticket; of somebody else's public one only what is for everybody."""
    async with visit.reading() as reading:
        try:
            return ticket_answer(visit, await find_ticket(reading, number))
        except NotFoundError:
            return public_ticket_answer(await find_public_ticket(reading, number))


async def change(visit: Visit, number: int, body: TicketChange) -> TicketAnswer:
    """Change some fields. With a `resolution` the ticket is completed and its requester told.

    Requesters change title, description, category and visibility of a ticket of their own while it is open.
    """
    given = body.model_fields_set - {"revision"}
    if not given:
        raise InvalidInputError("There is nothing to change.")
    if body.resolution is not None and body.status not in {None, Status.COMPLETED}:
        raise InvalidInputError("A resolution completes the ticket.", field="status")

    for name in sorted(given - {"assigned_to"}):
        if getattr(body, name) is None:
            raise InvalidInputError(f"{name} cannot be emptied.", field=name, mend="Leave it out, or give a value.")
    sets = given - {"assigned_to", "resolution"} - ({"status"} if body.resolution is not None else set())

    async def act(uow: UnitOfWork, ticket: Ticket) -> None:
        tickets.require_revision(ticket, body.revision)
        if not visit.may(Permission.WORK_TICKETS):
            await change_own(uow, ticket, body)
            return
        if sets:
            await _set(uow, ticket, body)
        if "assigned_to" in given:
            name = body.assigned_to
            assignee = None if name is None else await tickets.find_assignee(uow, visit, str(name))
            await assign_ticket(uow, ticket, assignee=assignee)
        if body.resolution is not None:
            await resolve_ticket(uow, ticket, resolution=body.resolution)

    await tickets.change(visit, number, act)
    return await read(visit, number)


async def _set(uow: UnitOfWork, ticket: Ticket, body: TicketChange) -> None:
    resolves = body.resolution is not None
    await set_fields(
        uow,
        ticket,
        title=body.title,
        description=body.description,
        category=body.category,
        priority=body.priority,
        status=None if resolves else body.status,
        is_public=body.is_public,
        helpful_notes=body.helpful_notes,
        related_skills=body.related_skills,
    )


async def withdraw(visit: Visit, number: int) -> TicketAnswer:
    """Complete a ticket of one's own that is no longer needed; it becomes private."""
    await tickets.change(visit, number, withdraw_own)
    return await read(visit, number)


async def delete(visit: Visit, number: int) -> None:
    """Hide a ticket; it can be restored."""
    await tickets.change(visit, number, delete_ticket, with_deleted=True)


async def restore(visit: Visit, number: int) -> TicketAnswer:
    """Undo a deletion."""
    await tickets.change(visit, number, restore_ticket, with_deleted=True)
    return await read(visit, number)
