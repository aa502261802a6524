"""Bringing a public reply or a solution to everybody in a ticket, each on the way that reaches them, once."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from core.conversations.audience import Audience, addressed_to, is_direct
from core.conversations.enqueueing import SLACK
from core.conversations.failures import tell_delivery_failed
from core.conversations.mailing import deliver_by_mail
from core.conversations.posting import deliver_by_slack
from core.conversations.threads import delivery_of, requester_thread
from core.conversations.values import DeliveryKind, DeliveryStatus
from core.db.unit_of_work import UnitOfWork
from core.people.models import User
from core.people.queries import slack_id_of, slack_user_ids
from core.tickets.models import Participant, Reply, Ticket


@dataclass(frozen=True, kw_only=True, slots=True)
class _Telling:
    """A reply, or without one the solution. `asking` is what the requester alone is asked along with it."""

    kind: DeliveryKind
    about: str
    reply: Reply | None
    asking: dict[str, object]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Somebody in the ticket who is written to in Slack; who `was_brought_in` may not read where it was filed."""

    user_id: int
    slack_id: str
    was_brought_in: bool


async def tell_people(
    uow: UnitOfWork,
    ticket: Ticket,
    kind: DeliveryKind,
    *,
    reply: Reply | None = None,
    origin_thread: str = "",
    have_it: frozenset[int] = frozenset(),
    asks: int = 0,
) -> None:
    """Everybody but its author: in the requester's Slack thread or directly where the ticket is of Slack, else by mail.

    Whoever has no address is told directly in Slack, wherever the ticket is from.
    `have_it` are the ids of those whom the author has mailed it, `origin_thread` where it was written; `asks` is the
    question of satisfaction.
    """
    told = _Telling(
        kind=kind,
        about=f"reply:{reply.id}" if reply else f"resolution:{ticket.id}:{ticket.revision}",
        reply=reply,
        asking={"asks": asks} if asks else {},
    )
    in_ticket = (
        select(User, Participant.is_told_directly)
        .join(Participant, Participant.user_id == User.id)
        .where(Participant.ticket_id == ticket.id, User.is_active.is_(True))
    )
    author_id = reply.author_id if reply else uow.actor.user_id
    rows = (await uow.session.execute(in_ticket)).all()
    people = {person: brought_in for person, brought_in in rows if person.id != author_id}
    slack_ids = await slack_user_ids(uow, [*people]) if uow.policy.slack_enabled else {}
    in_slack: list[_Reader] = []
    for person, brought_in in people.items():
        if person.id in slack_ids and (ticket.channel == SLACK or not person.email):
            in_slack.append(_Reader(person.id, slack_ids[person.id], brought_in))
        elif person.id not in have_it:
            await _tell_by_mail(uow, ticket, told, person)
    if uow.policy.slack_enabled:
        await _tell_in_slack(uow, ticket, told, in_slack, origin_thread=origin_thread)


async def _tell_by_mail(uow: UnitOfWork, ticket: Ticket, told: _Telling, person: User) -> None:
    content = told.asking if person.id == ticket.created_by_id else {}
    key = f"{told.about}:email:{person.id}"
    delivery = await deliver_by_mail(uow, ticket, told.kind, person, key=key, reply=told.reply, content=content)
    if delivery and delivery.status is DeliveryStatus.WITHHELD:
        await uow.session.flush()
        await tell_delivery_failed(uow, delivery, ticket)


async def _tell_in_slack(
    uow: UnitOfWork, ticket: Ticket, told: _Telling, readers: Sequence[_Reader], *, origin_thread: str
) -> None:
    requester = await slack_id_of(uow, ticket.created_by) if ticket.channel == SLACK else None
    if not requester:
        _tell_each(uow, ticket, told, readers)
        return
    is_shared = await _is_read_by_others(uow, ticket)
    there = [one for one in readers if one.user_id == ticket.created_by_id or (is_shared and not one.was_brought_in)]
    _tell_each(uow, ticket, told, [one for one in readers if one not in there])
    is_of_slack = told.reply is not None and told.reply.channel == SLACK
    if (origin_thread and origin_thread == await requester_thread(uow, ticket)) or (is_of_slack and not readers):
        return
    key = f"{told.about}:slack"
    if not is_shared or ticket.is_public:
        deliver_by_slack(uow, ticket, told.kind, requester, key=key, reply=told.reply, content=told.asking)
        return
    _tell_each(uow, ticket, told, there)
    if readers or told.reply is None:  # the thread learns only that there are some words
        text = f"There is an answer to ticket #{ticket.number}, sent to everybody in it directly." if told.reply else ""
        deliver_by_slack(uow, ticket, DeliveryKind.STATUS, requester, key=key, content={"text": text})


async def _is_read_by_others(uow: UnitOfWork, ticket: Ticket) -> bool:
    """Whether the requester's thread is in a channel, so that people read there who are not in the ticket."""
    confirmation = await delivery_of(uow, f"confirmation:{ticket.id}")
    return confirmation is not None and not is_direct(confirmation.recipient)


def _tell_each(uow: UnitOfWork, ticket: Ticket, told: _Telling, readers: Sequence[_Reader]) -> None:
    """By direct message, to people who do not read in the requester's thread or should not be told there."""
    for one in readers:
        content = addressed_to(Audience.PERSON) | (told.asking if one.user_id == ticket.created_by_id else {})
        key = f"{told.about}:slack:{one.user_id}"
        deliver_by_slack(uow, ticket, told.kind, one.slack_id, key=key, reply=told.reply, content=content)
