"""People of every role and what they do with a ticket, for the tests of working it."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import select

from core.audit.models import AuditRecord
from core.db.unit_of_work import UnitOfWork
from core.people.models import User
from core.people.values import Actor, Role
from core.tickets.actions import NewTicket, submit_ticket
from core.tickets.models import Ticket
from core.tickets.queries import lock_ticket
from core.tickets.values import Category, Priority, Status
from core.tickets.working import (
    assign_ticket,
    delete_ticket,
    reopen_ticket,
    resolve_ticket,
    restore_ticket,
    set_fields,
)
from tests.builders import CoreDesk

Act = Callable[[UnitOfWork, Ticket], Awaitable[object]]


async def people(desk: CoreDesk) -> dict[str, User]:
    return {
        "anna": await desk.person("anna"),
        "ben": await desk.person("ben"),
        "mo": await desk.person("mo", Role.MODERATOR),
        "root": await desk.person("root", Role.ADMIN),
    }


async def file_one(desk: CoreDesk, **chosen: Any) -> dict[str, User]:
    """Anna files a ticket; returns everybody."""
    them = await people(desk)
    await file_another(desk, them["anna"], **chosen)
    return them


async def file_another(desk: CoreDesk, requester: User, **chosen: Any) -> int:
    """The number of a new ticket."""
    new = NewTicket(title="VPN drops", description="Every hour.", channel="web", **chosen)
    async with desk.unit_of_work(desk.actor(requester)) as uow:
        ticket = await submit_ticket(uow, new, requester=await uow.session.get_one(User, requester.id))
        await uow.commit()
    return ticket.number


async def act(desk: CoreDesk, actor: Actor | User, work: Act, *, number: int = 1, with_deleted: bool = False) -> Ticket:
    who = desk.actor(actor) if isinstance(actor, User) else actor
    async with desk.unit_of_work(who) as uow:
        ticket = await lock_ticket(uow, number, with_deleted=with_deleted)
        await work(uow, ticket)
        await uow.commit()
    return await desk.ticket(ticket.id)


def setting(**fields: Any) -> Act:
    return lambda uow, ticket: set_fields(uow, ticket, **fields)


async def records(desk: CoreDesk) -> list[AuditRecord]:
    async with desk.reading() as reading:
        found = await reading.session.scalars(
            select(AuditRecord).where(AuditRecord.entity_type == "ticket").order_by(AuditRecord.id)
        )
        return list(found)


RESOLVE: Act = lambda uow, ticket: resolve_ticket(uow, ticket, resolution="Plug it in.")  # noqa: E731 (a table of acts)


WORK: dict[str, Act] = {
    "category": setting(category=Category.BUG),
    "priority": setting(priority=Priority.HIGH),
    "status": setting(status=Status.WAITING),
    "publish": setting(is_public=True),
    "helpful notes": setting(helpful_notes="the cable"),
    "skills": setting(related_skills=["vpn"]),
    "title and priority": setting(title="VPN", priority=Priority.HIGH),
    "assign": lambda uow, ticket: assign_ticket(uow, ticket, assignee=None),
    "resolve": RESOLVE,
    "reopen": reopen_ticket,
    "delete": delete_ticket,
    "restore": restore_ticket,
}
