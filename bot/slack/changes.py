"""What a moderator does to a ticket, by command, button or form: each form of words to its action of the core."""

import re

from bot.slack.commands import (
    AddNote,
    AddReply,
    Assign,
    Reopen,
    Resolve,
    SetCategory,
    SetPriority,
    SetPublic,
    SetStatus,
    Take,
    TriageChange,
)
from bot.slack.door import Act, SlackDoor, require_moderator
from bot.slack.payloads.values import SlackUser
from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError
from core.intake.values import Channel
from core.people.identities import find_or_create_person
from core.people.models import User
from core.people.queries import find_user
from core.people.values import Sender
from core.tickets.actions import NewReply, add_internal_note, add_reply
from core.tickets.models import Ticket
from core.tickets.queries import lock_ticket
from core.tickets.values import SetBy, Status, TicketSnapshot
from core.tickets.working import assign_ticket, reopen_ticket, resolve_ticket, set_fields


async def change_ticket(door: SlackDoor, user: SlackUser, change: TriageChange, *, key: str) -> TicketSnapshot:
    """Carry out one change as this person; the same `key` again changes nothing more.

    Raises:
        DeskError: not a moderator, no such ticket, or what the action refuses; nothing was changed.
    """
    assignee = await _assignee_in_slack(door, user, change)

    async def work(uow: UnitOfWork, person: User) -> Ticket:
        require_moderator(uow)
        ticket = await lock_ticket(uow, change.number)
        _require_not_overtaken(ticket, change, person)
        await _carry_out(uow, ticket, change, person=person, assignee=assignee)
        return ticket

    act = Act(user=user, key=key, rule=_rule_of(change), content=repr(change))
    return await door.act(act, work)


def _rule_of(change: TriageChange) -> str:
    """`SetPriority` stands in the ledger as `slack-set-priority`."""
    return "slack" + re.sub(r"(?=[A-Z])", "-", type(change).__name__).lower()


async def _assignee_in_slack(door: SlackDoor, user: SlackUser, change: TriageChange) -> Sender | None:
    if not (isinstance(change, Assign) and change.slack_user_id):
        return None
    return await door.person_behind(SlackUser(workspace_id=user.workspace_id, user_id=change.slack_user_id))


async def _carry_out(
    uow: UnitOfWork, ticket: Ticket, change: TriageChange, *, person: User, assignee: Sender | None
) -> None:
    match change:
        case Take() | Assign():
            chosen = person if isinstance(change, Take) else await _assignee(uow, change, assignee)
            await assign_ticket(uow, ticket, assignee=chosen)
        case SetPriority():
            await set_fields(uow, ticket, priority=change.priority)
        case SetCategory():
            await set_fields(uow, ticket, category=change.category)
        case SetStatus():
            await set_fields(uow, ticket, status=change.status)
        case SetPublic():
            await set_fields(uow, ticket, is_public=change.is_public)
        case AddNote():
            await add_internal_note(uow, ticket, _words(change.text), author=person)
        case AddReply():
            await add_reply(uow, ticket, _words(change.text), author=person)
        case Resolve():
            await resolve_ticket(
                uow,
                ticket,
                resolution=change.resolution,
                helpful_notes=change.helpful_notes,
                is_public=change.is_public,
            )
        case Reopen():
            await reopen_ticket(uow, ticket)


def _require_not_overtaken(ticket: Ticket, change: TriageChange, person: User) -> None:
    """Two moderators at one ticket: the second is told what the first has done, and undoes it only knowingly."""
    match change:
        case Take() if ticket.assigned_to is not None and ticket.assigned_to_id != person.id:
            raise ConflictError(
                f"{ticket.assigned_to.display_name} has ticket #{ticket.number} already.",
                mend=f"To take it over, write /triage {ticket.number} assign @you.",
            )
        case SetPriority():
            _require_as_shown(ticket, "priority", change.shown, wanted=change.priority)
        case SetCategory():
            _require_as_shown(ticket, "category", change.shown, wanted=change.category)
        case Resolve(only_if_open=True) if ticket.status is Status.COMPLETED:
            raise ConflictError(
                f"Somebody has resolved ticket #{ticket.number} in the meantime.",
                mend=f"/triage {ticket.number} shows how. Send your words as a reply, or reopen it.",
            )


def _require_as_shown(ticket: Ticket, field: str, shown: str | None, *, wanted: str) -> None:
    current = getattr(ticket, field) or ""
    overtaken = shown is not None and current not in {shown, wanted}
    if overtaken and ticket.set_by.get(field) == SetBy.PERSON:
        raise ConflictError(
            f"Somebody has set the {field} of ticket #{ticket.number} to {current} in the meantime.",
            mend="Choose again if that is wrong.",
        )


async def _assignee(uow: UnitOfWork, change: Assign, in_slack: Sender | None) -> User | None:
    if in_slack is not None:
        return await find_or_create_person(uow, in_slack)
    return await find_user(uow, change.username) if change.username else None


def _words(text: str) -> NewReply:
    return NewReply(text=text, channel=Channel.SLACK.value)
