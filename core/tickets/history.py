"""Writing down tickets that happened before this desk knew of them, telling nobody: demo data and imports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.db.unit_of_work import UnitOfWork
from core.errors import InvalidInputError
from core.jobs import kinds
from core.people.models import User
from core.people.values import Permission
from core.tickets.actions import audited_state, next_number, require
from core.tickets.clocks import STANDING_STILL
from core.tickets.models import Participant, Reply, Ticket
from core.tickets.values import SetBy, Status, TicketContent, Visibility


@dataclass(frozen=True, kw_only=True, slots=True)
class PastReply:
    """What somebody wrote on a past ticket."""

    author: User
    text: str
    at: datetime
    visibility: Visibility = Visibility.PUBLIC


@dataclass(frozen=True, kw_only=True, slots=True)
class PastTicket(TicketContent):
    """A ticket as another desk, or the demo data, tells of it. `channel` is where it is from."""

    requester: User
    channel: str
    assignee: User | None = None
    replies: Sequence[PastReply] = ()


async def record_past_ticket(uow: UnitOfWork, past: PastTicket) -> Ticket:
    """Add a ticket with its replies as they were. Nobody is told and nothing is triaged; the index learns of it.

    Raises:
        ForbiddenError: the actor does not work tickets.
        InvalidInputError: completed without a resolution or its time.
    """
    require(uow, Permission.WORK_TICKETS)
    if past.status is Status.COMPLETED and not (past.resolution and past.resolved_at):
        raise InvalidInputError(
            f"The completed ticket {past.title!r} lacks a resolution or its time.", field="resolution"
        )
    ticket = _row(uow, past, number=await next_number(uow))
    uow.session.add(ticket)
    await uow.session.flush()
    replies = [_reply_row(ticket, reply, past.channel) for reply in past.replies]
    uow.session.add_all(replies)
    wrote = {reply.author.id for reply in past.replies if not reply.author.role_may_work}
    uow.session.add_all(
        Participant(ticket_id=ticket.id, user_id=user_id, added_at=past.created_at)
        for user_id in sorted({past.requester.id, *wrote})
    )
    uow.audit.record("ticket.imported", ticket, after=audited_state(ticket), covers=replies)
    if ticket.snapshot().is_answerable_to_strangers:
        uow.jobs.enqueue(kinds.SEARCH_INDEX, {"ticket_id": ticket.id}, key=f"search.index:{ticket.id}:1")
    return ticket


def _row(uow: UnitOfWork, past: PastTicket, *, number: int) -> Ticket:
    ended = past.resolved_at or max((reply.at for reply in past.replies), default=past.created_at)
    return Ticket(
        organization_id=uow.actor.organization_id,
        number=number,
        title=past.title,
        description=past.description,
        category=past.category,
        priority=past.priority,
        status=past.status,
        is_public=past.is_public,
        helpful_notes=past.helpful_notes,
        resolution=past.resolution,
        related_skills=list(past.related_skills),
        set_by={"priority": SetBy.PERSON.value} | ({"category": SetBy.PERSON.value} if past.category else {}),
        channel=past.channel,
        created_by=past.requester,
        assigned_to=past.assignee,
        assigned_to_id=past.assignee.id if past.assignee else None,
        triaged_at=past.created_at,
        similar_found_at=past.created_at,
        resolved_at=past.resolved_at,
        answered_at=_first_answer(past),
        clock_paused_at=ended if past.status in STANDING_STILL else None,
        created_at=past.created_at,
        updated_at=ended,
    )


def _first_answer(past: PastTicket) -> datetime | None:
    answers = [
        reply.at for reply in past.replies if reply.visibility is Visibility.PUBLIC and reply.author.role_may_work
    ]
    return min(answers, default=past.resolved_at)


def _reply_row(ticket: Ticket, past: PastReply, channel: str) -> Reply:
    return Reply(
        organization_id=ticket.organization_id,
        ticket_id=ticket.id,
        author=past.author,
        visibility=past.visibility,
        text=past.text,
        channel=channel,
        created_at=past.at,
    )
