"""Reading tickets. Who may see which is decided here and nowhere else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, func, literal, or_, select, true, union_all
from sqlalchemy.orm import aliased

from core.db.unit_of_work import Reading
from core.errors import NotFoundError
from core.people.models import User
from core.people.values import Actor, Permission
from core.tickets.models import Attachment, Participant, Reply, Ticket
from core.tickets.values import Category, Holder, ListedTicket, Priority, Status, Visibility

PAGE_LENGTH = 50
MOST_WORDS = 8
LONGEST_NUMBER = 9  # digits
_SAID = (Ticket.title, Ticket.description, Ticket.resolution)
_CALLED = (User.full_name, User.username, User.email)


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketFilter:
    """Which tickets of those one may see. `before_id` is the cursor: the last id of the page before.

    `joined_by_id`: somebody who takes part in them and has not filed them.
    `snoozed`: those that sleep (True), those that do not (False), or either.
    """

    status: Status | None = None
    open_only: bool = False
    category: Category | None = None
    priority: Priority | None = None
    assigned_to_id: int | None = None
    unassigned: bool = False
    snoozed: bool | None = None
    created_by_id: int | None = None
    joined_by_id: int | None = None
    text: str = ""
    before_id: int | None = None
    limit: int = PAGE_LENGTH


class _Sight(Enum):
    """Which tickets somebody may see."""

    ALL = "all"
    OWN_AND_JOINED = "own and joined"
    FILED_SIGNED_IN = "filed while signed in"

    @classmethod
    def of(cls, actor: Actor) -> "_Sight":
        """All for those who work tickets, else the own and those joined.

        Whoever has not confirmed their address sees only what they filed while signed in: a stranger could have
        registered it, and must not read what its owner has mailed.
        """
        if actor.may(Permission.SEE_ALL_TICKETS):
            return cls.ALL
        return cls.FILED_SIGNED_IN if actor.address_unproven else cls.OWN_AND_JOINED

    def sees(self, me: ColumnElement[int | None]) -> ColumnElement[bool]:
        """SQL for the tickets that are seen by `me`, a user's id."""
        match self:
            case _Sight.ALL:
                return true()
            case _Sight.FILED_SIGNED_IN:
                return and_(Ticket.created_by_id == me, Ticket.channel.in_(("web", "api")))
            case _Sight.OWN_AND_JOINED:
                joined = select(Participant.ticket_id).where(Participant.user_id == me)
                return or_(Ticket.created_by_id == me, Ticket.id.in_(joined))


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """SQL for the tickets that an actor may see."""
    return _Sight.of(actor).sees(literal(actor.user_id, Integer()))


# Statements that are asked for all day are put together once: that takes SQLAlchemy longer than asking.


@cache
def _visible(sight: _Sight, *, with_deleted: bool = False) -> Select[Ticket]:
    statement = select(Ticket).where(
        Ticket.organization_id == bindparam("organization_id"), sight.sees(bindparam("me", type_=Integer))
    )
    return statement if with_deleted else statement.where(Ticket.deleted_at.is_(None))


def _asking(actor: Actor) -> dict[str, Any]:
    return {"organization_id": actor.organization_id, "me": actor.user_id}


@cache
def _numbered(sight: _Sight, *, with_deleted: bool) -> Select[Ticket]:
    return _visible(sight, with_deleted=with_deleted).where(Ticket.number == bindparam("number"))


async def find_ticket(reading: Reading, number: int, *, with_deleted: bool = False) -> Ticket:
    """The ticket with this number.

    Raises:
        NotFoundError: there is none, or it is not for this person to see (which sounds the same).
    """
    statement = _numbered(_Sight.of(reading.actor), with_deleted=with_deleted)
    ticket = (
        await reading.session.scalar(statement, _asking(reading.actor) | {"number": number})
        if 0 < number < 2**31
        else None
    )
    if ticket is None:
        raise NotFoundError(f"There is no ticket #{number} that you can see.")
    return ticket


async def lock_ticket(reading: Reading, number: int, *, with_deleted: bool = False) -> Ticket:
    """The same, held until the unit of work ends, so that two moderators cannot overwrite each other."""
    ticket = await find_ticket(reading, number, with_deleted=with_deleted)
    return await lock_ticket_by_id(reading, ticket.id)


async def lock_ticket_by_id(reading: Reading, ticket_id: int) -> Ticket:
    """For the desk's own jobs: the ticket by id, locked and read afresh."""
    ticket = await reading.session.get(Ticket, ticket_id, with_for_update={"of": Ticket}, populate_existing=True)
    if ticket is None:
        raise NotFoundError(f"There is no ticket with id {ticket_id}.")
    return ticket


async def list_tickets(reading: Reading, wanted: TicketFilter) -> Sequence[Ticket]:
    """A page of tickets, newest first."""
    return (await reading.session.scalars(*_page(reading, wanted, _TICKETS))).all()


async def list_lines(reading: Reading, wanted: TicketFilter) -> list[ListedTicket]:
    """The same as lines of a list, at less than half the work."""
    rows = await reading.session.execute(*_page(reading, wanted, _LINES))
    return [_line(**row) for row in rows.mappings()]


async def list_filed_and_joined(reading: Reading, *, limit: int) -> tuple[list[ListedTicket], list[ListedTicket]]:
    """The actor's own tickets, and those they only take part in, each newest first, at the work of one list."""
    me = reading.actor.user_id
    values = _asking(reading.actor) | {"created_by_id": me, "joined_by_id": me, "limit": limit}
    rows = await reading.session.execute(_filed_and_joined(_Sight.of(reading.actor)), values)
    filed: list[ListedTicket] = []
    joined: list[ListedTicket] = []
    for row in rows.mappings():
        columns = dict(row)
        (filed if columns.pop("is_filed") else joined).append(_line(**columns))
    return filed, joined


@cache
def _filed_and_joined(sight: _Sight) -> Select[Any]:
    both = [
        _newest_ids(_visible(sight).where(_BY_VALUE[name])).correlate(None).subquery()
        for name in ("created_by_id", "joined_by_id")
    ]
    is_filed = _BY_VALUE["created_by_id"].label("is_filed")
    found = union_all(*(select(ids.c.id) for ids in both))
    return _LINES.add_columns(is_filed).where(Ticket.id.in_(found)).order_by(Ticket.id.desc())


def _line(*, assigned_to_id: int | None, full_name: str | None, username: str | None, **columns: Any) -> ListedTicket:
    holder = Holder(assigned_to_id, full_name or username or "") if assigned_to_id is not None else None
    return ListedTicket(assigned_to=holder, **columns)


_HOLDER = aliased(User)
_TICKETS = select(Ticket)
_LINES = select(
    *[getattr(Ticket, column.name) for column in fields(ListedTicket) if column.name != "assigned_to"],
    Ticket.assigned_to_id,
    _HOLDER.full_name,
    _HOLDER.username,
).outerjoin(_HOLDER, _HOLDER.id == Ticket.assigned_to_id)


def _page(reading: Reading, wanted: TicketFilter, rows: Select[Any]) -> tuple[Select[Any], dict[str, Any]]:
    """The statement, and the values that it is asked with."""
    values = {name: value for name in _BY_VALUE if (value := getattr(wanted, name)) is not None}
    shape = _Shape(
        _Sight.of(reading.actor),
        tuple(values),
        open_only=wanted.open_only,
        unassigned=wanted.unassigned,
        snoozed=wanted.snoozed,
    )
    values |= _asking(reading.actor) | {"limit": wanted.limit}
    if wanted.text:
        return _newest(rows, _matching(shape).where(_contains(reading, wanted.text))), values
    return _page_of(rows, shape), values


_BY_VALUE: Mapping[str, ColumnElement[bool]] = {
    "status": Ticket.status == bindparam("status"),
    "category": Ticket.category == bindparam("category"),
    "priority": Ticket.priority == bindparam("priority"),
    "assigned_to_id": Ticket.assigned_to_id == bindparam("assigned_to_id"),
    "created_by_id": Ticket.created_by_id == bindparam("created_by_id"),
    "joined_by_id": and_(
        Ticket.id.in_(select(Participant.ticket_id).where(Participant.user_id == bindparam("joined_by_id"))),
        Ticket.created_by_id != bindparam("joined_by_id"),
    ),
    "before_id": Ticket.id < bindparam("before_id"),
}


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a page is chosen by; of conditions with a value only the names."""

    sight: _Sight
    by_value: tuple[str, ...]
    open_only: bool
    unassigned: bool
    snoozed: bool | None


@cache
def _page_of(rows: Select[Any], shape: _Shape) -> Select[Any]:
    return _newest(rows, _matching(shape))


def _newest(rows: Select[Any], matching: Select[Ticket]) -> Select[Any]:
    """Found by their ids first: SQLite would sort whole rows, texts and all, of everything that matches."""
    return rows.where(Ticket.id.in_(_newest_ids(matching).correlate(None))).order_by(Ticket.id.desc())


def _newest_ids(matching: Select[Ticket]) -> Select[int]:
    return matching.with_only_columns(Ticket.id).order_by(Ticket.id.desc()).limit(bindparam("limit", type_=Integer))


def _matching(shape: _Shape) -> Select[Ticket]:
    conditions = [_BY_VALUE[name] for name in shape.by_value]
    if shape.open_only:
        conditions.append(Ticket.status.in_([status for status in Status if status is not Status.COMPLETED]))
    if shape.unassigned:
        conditions.append(Ticket.assigned_to_id.is_(None))
    if shape.snoozed is not None:
        conditions.append(Ticket.snoozed_until.is_not(None) if shape.snoozed else Ticket.snoozed_until.is_(None))
    return _visible(shape.sight).where(*conditions)


def _contains(reading: Reading, text: str) -> ColumnElement[bool]:
    """Each word is in the title, the description or the resolution; to those who see all tickets, in who asked, too.

    A number alone, with or without #, also means the ticket of that number.
    """
    words = and_(true(), *[_has_word(reading, word) for word in text.split()[:MOST_WORDS]])
    number = text.strip().removeprefix("#")
    return or_(words, Ticket.number == int(number)) if number.isdecimal() and len(number) <= LONGEST_NUMBER else words


def _has_word(reading: Reading, word: str) -> ColumnElement[bool]:
    said = or_(*[column.icontains(word, autoescape=True) for column in _SAID])
    if not reading.actor.may(Permission.SEE_ALL_TICKETS):
        return said
    named = or_(*[column.icontains(word, autoescape=True) for column in _CALLED])
    return or_(said, Ticket.created_by_id.in_(select(User.id).where(named)))


async def count_by_status(reading: Reading) -> dict[Status, int]:
    rows = await reading.session.execute(
        select(Ticket.status, func.count())
        .where(
            Ticket.organization_id == reading.actor.organization_id,
            Ticket.deleted_at.is_(None),
            visible_to(reading.actor),
        )
        .group_by(Ticket.status)
    )
    counts = dict.fromkeys(Status, 0)
    for status, count in rows:
        counts[status] = count
    return counts


async def list_replies(reading: Reading, ticket: Ticket) -> Sequence[Reply]:
    """The story of a ticket, oldest first; internal notes only to those who work tickets."""
    statement = select(Reply).where(Reply.ticket_id == ticket.id).order_by(Reply.created_at, Reply.id)
    if not reading.actor.may(Permission.WORK_TICKETS):
        statement = statement.where(Reply.visibility == Visibility.PUBLIC)
    return (await reading.session.scalars(statement)).all()


async def newest_reply(reading: Reading, ticket: Ticket) -> Reply | None:
    """The last thing that was said publicly."""
    said = select(Reply).where(Reply.ticket_id == ticket.id, Reply.visibility == Visibility.PUBLIC)
    reply: Reply | None = await reading.session.scalar(said.order_by(Reply.id.desc()).limit(1))
    return reply


async def list_attachments(reading: Reading, ticket: Ticket) -> Sequence[Attachment]:
    """The files that came with the ticket itself; those of replies hang on the replies."""
    statement = select(Attachment).where(Attachment.ticket_id == ticket.id, Attachment.reply_id.is_(None))
    return (await reading.session.scalars(statement.order_by(Attachment.id))).all()


async def is_participant(reading: Reading, ticket: Ticket, user_id: int) -> bool:
    statement = select(Participant.id).where(Participant.ticket_id == ticket.id, Participant.user_id == user_id)
    return user_id == ticket.created_by_id or await reading.session.scalar(statement) is not None


async def list_in_copy(reading: Reading, ticket: Ticket) -> Sequence[User]:
    """Who takes part beside the requester, and so gets every public reply; oneself left out."""
    statement = select(User).join(Participant, Participant.user_id == User.id)
    others = statement.where(
        Participant.ticket_id == ticket.id, User.id.not_in((ticket.created_by_id, reading.actor.user_id or 0))
    )
    return (await reading.session.scalars(others.order_by(Participant.id))).all()
