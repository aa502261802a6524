"""What moderators do with a ticket: sort, assign, resolve, reopen, remove."""

from typing import Any

from core.conversations import actions as conversations
from core.conversations.publishing import forget_visibility, tell_visibility
from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError, InvalidInputError
from core.jobs.kinds import FIND_SIMILAR, TRIAGE_SUGGEST
from core.people.models import User
from core.people.values import Permission
from core.tickets.actions import audited_state, changed, require
from core.tickets.clocks import set_status
from core.tickets.models import Ticket
from core.tickets.satisfaction import ask_satisfaction
from core.tickets.values import TEXT_LENGTH, Category, Priority, SetBy, Status, title_from
from core.triage.choices import note_choices


async def set_fields(
    uow: UnitOfWork,
    ticket: Ticket,
    *,
    title: str | None = None,
    description: str | None = None,
    category: Category | None = None,
    priority: Priority | None = None,
    status: Status | None = None,
    is_public: bool | None = None,
    helpful_notes: str | None = None,
    related_skills: list[str] | None = None,
    expected_revision: int | None = None,
) -> Ticket:
    """Set whichever fields are given. What requesters change of their own ticket is in `core.tickets.own`.

    Raises:
        ForbiddenError: the actor does not work tickets.
        ConflictError: somebody changed the ticket since `expected_revision`.
        InvalidInputError: `status` completed without a resolution (use `resolve_ticket`).
    """
    wanted: dict[str, Any] = {
        "title": None if title is None else title_from(title, description or ticket.description),
        "description": None if description is None else description.replace("\x00", "")[:TEXT_LENGTH],
        "category": category,
        "priority": priority,
        "status": status,
        "is_public": is_public,
        "helpful_notes": helpful_notes,
        "related_skills": related_skills,
    }
    wanted = {name: value for name, value in wanted.items() if value is not None}
    require(uow, Permission.WORK_TICKETS)
    _require_revision(ticket, expected_revision)
    _require_present(ticket)
    if status is Status.COMPLETED and not ticket.resolution:
        raise InvalidInputError(
            "A completed ticket needs a resolution.", field="resolution", mend="Resolve it and say what solved it."
        )
    before = audited_state(ticket)
    for name, value in wanted.items():
        setattr(ticket, name, value)
    if status is not None:
        set_status(uow, ticket, status)
    await _record(uow, ticket, before, action="ticket.changed", fields=wanted)
    await note_choices(uow, ticket, wanted)
    await tell_visibility(uow, ticket, was_public=before["is_public"])
    if before["status"] != ticket.status:
        await conversations.tell_status(uow, ticket)
    return ticket


def _require_revision(ticket: Ticket, expected: int | None) -> None:
    if expected is not None and expected != ticket.revision:
        raise ConflictError(
            f"Somebody changed ticket #{ticket.number} in the meantime.", mend="Look at it again, then repeat."
        )


def _require_present(ticket: Ticket) -> None:
    if ticket.deleted_at is not None:
        raise ConflictError(f"Ticket #{ticket.number} has been deleted.", mend="Restore it first.")


async def _record(
    uow: UnitOfWork, ticket: Ticket, before: dict[str, Any], *, action: str, fields: dict[str, Any]
) -> None:
    after = audited_state(ticket)
    ticket.set_by = {**ticket.set_by, **dict.fromkeys(fields, SetBy.PERSON.value)}
    uow.audit.record(action, ticket, before, after)
    if after != before:
        changed(uow, ticket)


async def assign_ticket(uow: UnitOfWork, ticket: Ticket, *, assignee: User | None) -> Ticket:
    """Give the ticket to a moderator, or to nobody. Taking is assigning to oneself.

    Raises:
        InvalidInputError: the assignee does not work tickets.
    """
    require(uow, Permission.WORK_TICKETS)
    _require_present(ticket)
    if assignee is not None and not (assignee.role_may_work and assignee.is_active):
        raise InvalidInputError(
            f"{assignee.display_name} does not work tickets.", field="assigned_to", mend="Choose a moderator or admin."
        )
    before = audited_state(ticket)
    ticket.assigned_to = assignee
    ticket.assigned_to_id = assignee.id if assignee else None
    if assignee is not None and ticket.status is Status.PENDING:
        set_status(uow, ticket, Status.IN_PROGRESS)
    await _record(uow, ticket, before, action="ticket.assigned", fields={"assigned_to": assignee})
    if before["status"] != ticket.status:
        await conversations.tell_status(uow, ticket)
    return ticket


async def resolve_ticket(
    uow: UnitOfWork,
    ticket: Ticket,
    *,
    resolution: str,
    helpful_notes: str | None = None,
    is_public: bool | None = None,
) -> Ticket:
    """Complete the ticket with what solved it; the requester is told.

    `helpful_notes` are for moderators and are never shown to the requester.
    """
    require(uow, Permission.WORK_TICKETS)
    _require_present(ticket)
    text = resolution.replace("\x00", "").strip()
    if not text:
        raise InvalidInputError(
            "A resolution is missing.", field="resolution", mend="Say in a sentence what solved it."
        )
    before = audited_state(ticket)
    ticket.resolution = text[:TEXT_LENGTH]
    resolved_at = ticket.resolved_at
    set_status(uow, ticket, Status.COMPLETED)
    ticket.answered_at = ticket.answered_at or uow.clock.now()
    if helpful_notes is not None:
        ticket.helpful_notes = helpful_notes[:TEXT_LENGTH]
    if is_public is not None:
        ticket.is_public = is_public
    if before["status"] is Status.COMPLETED and audited_state(ticket) == before:
        ticket.resolved_at = resolved_at
        return ticket
    await _record(uow, ticket, before, action="ticket.resolved", fields={"status": 1, "resolution": 1, "is_public": 1})
    asked = await ask_satisfaction(uow, ticket) if before["status"] is not Status.COMPLETED else None
    await conversations.tell_resolved(uow, ticket, asks=asked.id if asked else 0)
    await tell_visibility(uow, ticket, was_public=before["is_public"])
    return ticket


async def reopen_ticket(uow: UnitOfWork, ticket: Ticket) -> Ticket:
    """Bring a completed ticket back to work; its earlier resolution stays readable until the next one."""
    require(uow, Permission.WORK_TICKETS)
    _require_present(ticket)
    if ticket.status is not Status.COMPLETED:
        raise ConflictError(f"Ticket #{ticket.number} is not completed.")
    before = audited_state(ticket)
    set_status(uow, ticket, Status.IN_PROGRESS if ticket.assigned_to_id else Status.PENDING)
    await _record(uow, ticket, before, action="ticket.reopened", fields={"status": 1})
    await conversations.tell_status(uow, ticket)
    return ticket


async def delete_ticket(uow: UnitOfWork, ticket: Ticket) -> None:
    """Hide the ticket from everybody but admins' restore; nothing is erased. Deleting twice changes nothing."""
    require(uow, Permission.WORK_TICKETS)
    if ticket.deleted_at is None:
        before = audited_state(ticket)
        ticket.deleted_at = uow.clock.now()
        await forget_visibility(uow, ticket)
        await _record(uow, ticket, before, action="ticket.deleted", fields={})


async def restore_ticket(uow: UnitOfWork, ticket: Ticket) -> None:
    """Undo `delete_ticket`."""
    require(uow, Permission.WORK_TICKETS)
    if ticket.deleted_at is not None:
        before = audited_state(ticket)
        ticket.deleted_at = None
        await _record(uow, ticket, before, action="ticket.restored", fields={})
        for kind, ended_at in ((TRIAGE_SUGGEST, ticket.triaged_at), (FIND_SIMILAR, ticket.similar_found_at)):
            if ended_at is None:
                uow.jobs.enqueue(kind, {"ticket_id": ticket.id}, key=f"{kind.name}:{ticket.id}:{ticket.revision}")
