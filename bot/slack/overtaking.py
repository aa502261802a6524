"""Two moderators at one ticket: the second is told who has done what meanwhile, and undoes it only knowingly."""

from collections.abc import Mapping
from datetime import timedelta

from bot.slack.acts import (
    Accept,
    AddReply,
    Assign,
    Correct,
    Merge,
    Reopen,
    Resolve,
    SetCategory,
    SetPriority,
    SetStatus,
    Snooze,
    Take,
    TriageChange,
    Wake,
)
from core.audit.queries import last_change
from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError
from core.tickets.models import Reply, Ticket
from core.tickets.queries import newest_reply
from core.tickets.values import SetBy, Status, status_label

JUST_NOW = timedelta(seconds=5)
"""Two commands this close cross each other: whoever wrote the second has not read of the first."""

_WRITE_AGAIN = "Look at it, and write it again if that is wrong."
_SORTED_BY_MODELS = frozenset({"priority", "category"})
_SETS: Mapping[type, str] = {
    SetPriority: "priority",
    SetCategory: "category",
    SetStatus: "status",
    Assign: "assigned_to_id",
    Snooze: "snoozed_until",
}


class AnsweredMeanwhileError(ConflictError):
    """Somebody has answered the ticket while another answer was being written; `reply` is what they said."""

    def __init__(self, number: int, reply: Reply) -> None:
        super().__init__(
            f"{reply.author.display_name} has answered ticket #{number} in the meantime.",
            mend="Send yours again if it is still needed.",
        )
        self.reply = reply


async def require_not_overtaken(uow: UnitOfWork, ticket: Ticket, change: TriageChange) -> None:
    """Compare what the person saw with what is.

    Raises:
        ConflictError: somebody else has done something that this would undo, or has done the same already.
    """
    match change:
        case Take() if ticket.assigned_to is not None and ticket.assigned_to_id != uow.actor.user_id:
            raise ConflictError(
                f"{ticket.assigned_to.display_name} has ticket #{ticket.number} already.",
                mend=f"To take it over, write /triage {ticket.number} assign @you.",
            )
        case AddReply(seen=int(seen)):
            newest = await newest_reply(uow, ticket)
            if newest is not None and newest.id > seen and newest.author_id != uow.actor.user_id:
                raise AnsweredMeanwhileError(ticket.number, newest)
        case Resolve(only_if_open=True) if ticket.status is Status.COMPLETED:
            who = await _who(uow, ticket, "status")
            raise ConflictError(
                f"{who} has resolved ticket #{ticket.number} in the meantime.",
                mend=f"/triage {ticket.number} shows how. Send your words as a reply, or reopen it.",
            )
        case Reopen() if ticket.status is not Status.COMPLETED:
            raise ConflictError(f"{await _who(uow, ticket, 'status')} has reopened ticket #{ticket.number} already.")
        case Wake() if ticket.snoozed_until is None:
            raise ConflictError(
                f"{await _who(uow, ticket, 'snoozed_until')} has brought ticket #{ticket.number} back already."
            )
        case Merge() if ticket.merged_into_id is not None:
            who = await _who(uow, ticket, "merged_into")
            raise ConflictError(f"{who} has merged ticket #{ticket.number} in the meantime.", mend=ticket.resolution)
        case _ if _is_blind(change):
            await _require_not_crossed(uow, ticket, change)
        case _:
            await _require_as_shown(uow, ticket, change)


def _is_blind(change: TriageChange) -> bool:
    """Whether a command does it, which tells nothing of what the person saw."""
    return isinstance(change, Resolve) or (type(change) in _SETS and getattr(change, "shown", None) is None)


async def _require_not_crossed(uow: UnitOfWork, ticket: Ticket, change: TriageChange) -> None:
    field = _SETS.get(type(change), "resolution")
    record = await last_change(uow, "ticket", ticket.id, field)
    if record is None or field not in record.before or record.user_id in {None, uow.actor.user_id}:
        return
    is_wanted = str(getattr(change, field, "")) == _text(ticket, field)
    if is_wanted or uow.clock.now() - record.created_at > JUST_NOW:
        return
    raise ConflictError(f"{record.actor_name} has {_deed(ticket, field)} just now.", mend=_WRITE_AGAIN)


async def _require_as_shown(uow: UnitOfWork, ticket: Ticket, change: TriageChange) -> None:
    for field, (shown, wanted) in _shown(change).items():
        current = _text(ticket, field)
        if current in {shown, wanted}:
            continue
        if field in _SORTED_BY_MODELS and ticket.set_by.get(field) != SetBy.PERSON:
            continue
        record = await last_change(uow, "ticket", ticket.id, field)
        if record is not None and record.user_id == uow.actor.user_id:
            continue
        who = record.actor_name if record else "Somebody"
        raise ConflictError(f"{who} has {_deed(ticket, field)} in the meantime.", mend="Choose again if that is wrong.")


def _shown(change: TriageChange) -> Mapping[str, tuple[str, str]]:
    """Field -> what the person saw and what they want, both as text; empty where they saw nothing."""
    if isinstance(change, Accept | Correct):
        return {name: (value, value) for name, value in zip(("priority", "category"), change.shown or (), strict=False)}
    field, shown = _SETS.get(type(change), ""), getattr(change, "shown", None)
    return {field: (shown, str(getattr(change, field, shown)))} if field and shown is not None else {}


def _text(ticket: Ticket, field: str) -> str:
    value = getattr(ticket, field)
    if field == "snoozed_until":
        return snoozed_text(ticket)
    return "" if value is None else str(value)


def snoozed_text(ticket: Ticket) -> str:
    """Until when it sleeps, as cards and forms carry it; empty while it does not."""
    return ticket.snoozed_until.isoformat() if ticket.snoozed_until else ""


def _deed(ticket: Ticket, field: str) -> str:
    number = f"ticket #{ticket.number}"
    match field:
        case "assigned_to_id":
            return f"given {number} to {ticket.assigned_to.display_name if ticket.assigned_to else 'nobody'}"
        case "snoozed_until":
            return f"snoozed {number}" if ticket.snoozed_until else f"brought {number} back"
        case "resolution":
            return f"resolved {number}"
        case "status":
            return f"set the status of {number} to {status_label(ticket.status)}"
    return f"set the {field} of {number} to {_text(ticket, field)}"


async def _who(uow: UnitOfWork, ticket: Ticket, field: str) -> str:
    record = await last_change(uow, "ticket", ticket.id, field)
    return record.actor_name if record else "Somebody"
