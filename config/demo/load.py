"""The demo desk: eight people and twenty-five tickets, so that similar tickets show from the first mail."""

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from sqlalchemy import select

from core.db.unit_of_work import UnitOfWork
from core.people.actions import NewPerson, create_person
from core.people.models import User
from core.people.values import Role
from core.tickets.history import PastReply, PastTicket, record_past_ticket
from core.tickets.models import Ticket
from core.tickets.revising import judge_anew
from core.tickets.values import Category, Priority, Status, Visibility

CHANNEL = "demo"
DEFAULT_RESOLUTION_HOURS = 4.0


async def load_people(uow: UnitOfWork) -> dict[str, User]:
    """The demo people by username, those that are not there yet created."""
    wanted = _read("people")["person"]
    known = await uow.session.scalars(
        select(User).where(
            User.organization_id == uow.actor.organization_id, User.email.in_([person["email"] for person in wanted])
        )
    )
    people = {user.email: user for user in known}
    for person in wanted:
        if person["email"] not in people:
            new = NewPerson(**{**person, "role": Role(person["role"])}, email_verified=True)
            people[new.email] = await create_person(uow, new)
    return {person["username"]: people[person["email"]] for person in wanted}


async def load_tickets(uow: UnitOfWork, people: Mapping[str, User]) -> list[Ticket]:
    """The demo tickets that are not there yet, written with ages as if the desk had been busy for weeks."""
    already = set(
        await uow.session.scalars(
            select(Ticket.title).where(Ticket.organization_id == uow.actor.organization_id, Ticket.channel == CHANNEL)
        )
    )
    now = uow.clock.now()
    tickets = [
        await record_past_ticket(uow, _past_ticket(told, people, now))
        for told in _read("tickets")["ticket"]
        if told["title"] not in already
    ]
    for ticket in tickets:
        if ticket.status is Status.PENDING:
            judge_anew(uow, ticket)
    return tickets


def _past_ticket(told: Mapping[str, Any], people: Mapping[str, User], now: datetime) -> PastTicket:
    created_at = now - timedelta(hours=told["age"])
    status = Status(told["status"])
    replies = [_past_reply(reply, people, created_at) for reply in told.get("reply", [])]
    ended = max((reply.at for reply in replies), default=created_at + timedelta(hours=DEFAULT_RESOLUTION_HOURS))
    return PastTicket(
        title=told["title"],
        description=told["description"].strip(),
        requester=people[told["from"]],
        created_at=created_at,
        channel=CHANNEL,
        category=Category(told["category"]) if "category" in told else None,
        priority=Priority(told["priority"]),
        status=status,
        is_public=told["public"],
        assignee=people[told["assigned_to"]] if "assigned_to" in told else None,
        related_skills=told.get("skills", []),
        helpful_notes=told.get("helpful_notes", ""),
        resolution=told.get("resolution", "").strip(),
        resolved_at=ended if status is Status.COMPLETED else None,
        replies=replies,
    )


def _past_reply(told: Mapping[str, Any], people: Mapping[str, User], created_at: datetime) -> PastReply:
    return PastReply(
        author=people[told["by"]],
        text=told["text"].strip(),
        at=created_at + timedelta(hours=told["after"]),
        visibility=Visibility.INTERNAL if told.get("internal") else Visibility.PUBLIC,
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files("config.demo") / f"{name}.toml").read_text(encoding="utf-8"))
