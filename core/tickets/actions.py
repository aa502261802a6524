"""What can be done to a ticket. Every action takes the unit of work, checks who may, records, and says what follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Integer, Table, bindparam, insert, select, update

from core.conversations import actions as conversations
from core.conversations.files import tell_files
from core.conversations.refreshing import enqueue_refresh
from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError, ForbiddenError, InvalidInputError
from core.jobs import kinds
from core.people.models import Organization, User
from core.people.values import Actor, Permission
from core.tickets.attaching import StoredAttachment, attach
from core.tickets.clocks import set_status
from core.tickets.models import Participant, Reply, Ticket
from core.tickets.values import (
    MOST_PARTICIPANTS,
    TEXT_LENGTH,
    Category,
    Priority,
    SetBy,
    Status,
    Visibility,
    title_from,
)

# Built once: building takes SQLAlchemy longer than running. By tables, since neither is an audited change.
_organizations = cast("Table", Organization.__table__)
_NEXT_NUMBER = (
    update(_organizations)
    .where(_organizations.c.id == bindparam("organization"))
    .values(next_ticket_number=_organizations.c.next_ticket_number + bindparam("count", type_=Integer))
    .returning(_organizations.c.next_ticket_number)
)
_TAKE_PART = insert(cast("Table", Participant.__table__))

AUDITED_FIELDS = (
    "title",
    "description",
    "category",
    "priority",
    "status",
    "is_public",
    "helpful_notes",
    "resolution",
    "related_skills",
    "assigned_to_id",
    "snoozed_until",
    "deleted_at",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewTicket:
    """What somebody filed. Category and priority are None where the person chose none.

    `thread_key` is the Slack message to confirm under (`CHANNEL:TS`); empty confirms by direct message.
    `acknowledge` is False where no mail may answer it by itself. `edited_at`: the words are of then.
    """

    title: str
    description: str
    channel: str
    category: Category | None = None
    priority: Priority | None = None
    is_public: bool = False
    description_html: str = ""
    sender_verified: bool = True
    participants: Sequence[User] = ()
    attachments: Sequence[StoredAttachment] = ()
    linked_ticket_id: int | None = None
    thread_key: str = ""
    acknowledge: bool = True
    edited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Filing:
    """A new ticket with whose it is and who acts: the requester, or a moderator for them."""

    new: NewTicket
    requester: User
    actor: Actor


@dataclass(frozen=True, kw_only=True, slots=True)
class NewReply:
    """What somebody wrote on a ticket.

    `origin_thread` is the Slack thread it came from, which needs no copy; `addressed` are people whom its author wrote
    to as well: they take part from now on and need none either. `reopens` is False where it asks for nothing,
    `edited_at` is when the words were last changed before they came here.
    """

    text: str
    channel: str
    full_text: str = ""
    html: str = ""
    sender_verified: bool = True
    attachments: Sequence[StoredAttachment] = ()
    origin_thread: str = ""
    addressed: Sequence[User] = ()
    reopens: bool = True
    edited_at: datetime | None = None


def audited_state(ticket: Ticket) -> dict[str, Any]:
    """The fields of a ticket that the audit log tells of."""
    return {name: getattr(ticket, name) for name in AUDITED_FIELDS}


def require(uow: UnitOfWork, permission: Permission) -> None:
    """Raises ForbiddenError where the actor may not."""
    if not uow.actor.may(permission):
        raise ForbiddenError("Only moderators can do that.", mend="Ask one of them, or write a reply on your ticket.")


async def next_number(uow: UnitOfWork, *, count: int = 1) -> int:
    """The next ticket number of the organization, the first of `count`; given back if the unit of work is."""
    wanted = {"organization": uow.actor.organization_id, "count": count}
    number = (await uow.session.execute(_NEXT_NUMBER, wanted)).scalar_one()
    return int(number) - count


async def submit_ticket(uow: UnitOfWork, new: NewTicket, *, requester: User) -> Ticket:
    """File a ticket: acknowledged to the requester, shown to the moderators, triaged and compared in the background.

    Raises:
        InvalidInputError: neither title nor text says anything, or the text is too long.
    """
    (ticket,) = await write_tickets(uow, [Filing(new, requester, uow.actor)])
    submitted = conversations.Submitted(ticket=ticket, thread_key=new.thread_key, acknowledge=new.acknowledge)
    await conversations.tell_submitted(uow, [submitted])
    if new.attachments:
        await tell_files(uow, ticket, reply_id=None)
    return ticket


async def write_tickets(uow: UnitOfWork, filings: Sequence[Filing]) -> list[Ticket]:
    """The part of `submit_ticket` before anybody is told, for many at once."""
    for filing in filings:
        check_new(filing.new)
    first = await next_number(uow, count=len(filings))
    tickets = [_row(uow, filing, number) for number, filing in enumerate(filings, start=first)]
    uow.session.add_all(tickets)
    await uow.session.flush()
    taking_part = [
        {"ticket_id": ticket.id, "user_id": user_id, "added_at": ticket.created_at}
        for ticket, filing in zip(tickets, filings, strict=True)
        for user_id in {person.id: None for person in (filing.requester, *filing.new.participants)}
    ]
    await uow.session.execute(_TAKE_PART, taking_part)
    for ticket, filing in zip(tickets, filings, strict=True):
        uow.act_as(filing.actor)
        files = attach(uow, ticket, None, filing.new.attachments)
        uow.audit.record("ticket.submitted", ticket, after=audited_state(ticket), covers=files)
        uow.jobs.enqueue(kinds.TRIAGE_SUGGEST, {"ticket_id": ticket.id}, key=f"triage.suggest:{ticket.id}")
        uow.jobs.enqueue(kinds.FIND_SIMILAR, {"ticket_id": ticket.id}, key=f"search.find_similar:{ticket.id}")
    return tickets


def check_new(new: NewTicket) -> None:
    """Raises InvalidInputError where a ticket says nothing, or more than fits."""
    if not new.title.strip() and not new.description.strip() and not new.attachments:
        raise InvalidInputError("The ticket is empty.", field="title", mend="Say in a few words what you need.")
    if len(new.description) > TEXT_LENGTH:
        raise InvalidInputError(
            f"The text is longer than {TEXT_LENGTH:,} characters.", field="description", mend="Attach it as a file."
        )


def _row(uow: UnitOfWork, filing: Filing, number: int) -> Ticket:
    new, now = filing.new, uow.clock.now()
    chosen = {"category": new.category, "priority": new.priority}
    return Ticket(
        organization_id=uow.actor.organization_id,
        number=number,
        title=title_from(new.title, new.description),
        description=new.description.replace("\x00", ""),
        description_html=new.description_html,
        category=new.category,
        priority=new.priority or Priority.LOW,
        status=Status.PENDING,
        is_public=new.is_public,
        set_by={field: SetBy.PERSON.value for field, value in chosen.items() if value is not None},
        channel=new.channel,
        sender_verified=new.sender_verified,
        created_by=filing.requester,
        assigned_to=None,
        linked_ticket_id=new.linked_ticket_id,
        edited_at=new.edited_at,
        created_at=now,
        updated_at=now,
        related_skills=[],
    )


def changed(uow: UnitOfWork, ticket: Ticket) -> None:
    """Note that the ticket differs from what is shown: newer revision, cards refreshed, index brought up to date."""
    ticket.revision += 1
    ticket.updated_at = uow.clock.now()
    enqueue_refresh(uow, ticket)
    key = f"search.index:{ticket.id}:{ticket.revision}"
    uow.jobs.enqueue(kinds.SEARCH_INDEX, {"ticket_id": ticket.id}, key=key)


async def add_reply(uow: UnitOfWork, ticket: Ticket, new: NewReply, *, author: User) -> Reply:
    """A public reply: everybody in the ticket gets it, the author excepted.

    A moderator's first answer takes an unassigned ticket to `in_progress`; an answer of the requester, or of anybody
    else who takes part, to a waiting, snoozed or completed ticket brings it back to work.
    """
    reply = await _write(uow, ticket, new, author=author, visibility=Visibility.PUBLIC)
    await _join(uow, ticket, (author, *new.addressed))
    before = audited_state(ticket)
    if author.id == ticket.created_by_id or not uow.actor.may(Permission.WORK_TICKETS):
        _bring_back(uow, ticket, new)
    else:
        ticket.answered_at = ticket.answered_at or uow.clock.now()
        if ticket.status is Status.PENDING:
            set_status(uow, ticket, Status.IN_PROGRESS)
    if audited_state(ticket) != before:
        uow.audit.record("ticket.status_changed", ticket, before, audited_state(ticket))
    else:
        uow.audit.record("ticket.replied", ticket, after={"reply": reply.id})
    changed(uow, ticket)
    have_it = frozenset(person.id for person in new.addressed)
    await conversations.tell_reply(uow, ticket, reply, origin_thread=new.origin_thread, have_it=have_it)
    if new.attachments:
        await tell_files(uow, ticket, reply_id=reply.id)
    return reply


def _bring_back(uow: UnitOfWork, ticket: Ticket, new: NewReply) -> None:
    if not new.reopens:
        return
    ticket.snoozed_until = None
    if ticket.status is Status.COMPLETED:
        set_status(uow, ticket, Status.PENDING)
    elif ticket.status is Status.WAITING:
        set_status(uow, ticket, Status.IN_PROGRESS)


async def add_internal_note(uow: UnitOfWork, ticket: Ticket, new: NewReply, *, author: User) -> Reply:
    """A note that only those who work tickets ever see."""
    require(uow, Permission.WORK_TICKETS)
    note = await _write(uow, ticket, new, author=author, visibility=Visibility.INTERNAL)
    await conversations.tell_note(uow, ticket, note, origin_thread=new.origin_thread)
    if new.attachments:
        await tell_files(uow, ticket, reply_id=note.id)
    return note


async def _write(uow: UnitOfWork, ticket: Ticket, new: NewReply, *, author: User, visibility: Visibility) -> Reply:
    text = new.text.replace("\x00", "").strip()
    if not text and not new.attachments:
        raise InvalidInputError("The reply is empty.", field="text", mend="Write something, or attach a file.")
    if len(new.full_text or text) > TEXT_LENGTH:
        raise InvalidInputError(
            f"The text is longer than {TEXT_LENGTH:,} characters.", field="text", mend="Attach it as a file."
        )
    if ticket.deleted_at is not None:
        raise ConflictError(f"Ticket #{ticket.number} has been deleted.", mend="Restore it first.")
    reply = Reply(
        organization_id=ticket.organization_id,
        ticket_id=ticket.id,
        author=author,
        visibility=visibility,
        text=text,
        full_text=new.full_text.replace("\x00", ""),
        html=new.html,
        channel=new.channel,
        sender_verified=new.sender_verified,
        edited_at=new.edited_at,
        created_at=uow.clock.now(),
    )
    uow.session.add(reply)
    await uow.session.flush()
    files = attach(uow, ticket, reply, new.attachments)
    action = "reply.added" if visibility is Visibility.PUBLIC else "note.added"
    uow.audit.record(action, reply, after={"ticket": ticket.number, "text": text}, covers=files)
    return reply


async def _join(uow: UnitOfWork, ticket: Ticket, people: Sequence[User]) -> None:
    """Let people take part, as far as a ticket has room; the first of them, its author, always."""
    found = await uow.session.scalars(select(Participant.user_id).where(Participant.ticket_id == ticket.id))
    taking_part = set(found)
    for index, person in enumerate(people):
        has_room = index == 0 or len(taking_part) < MOST_PARTICIPANTS
        if has_room and person.id not in taking_part and not person.role_may_work:
            taking_part.add(person.id)
            uow.session.add(Participant(ticket_id=ticket.id, user_id=person.id, added_at=uow.clock.now()))
