"""Bringing a public reply or a solution to everybody in a ticket, each on the way that reaches them, once."""

from collections.abc import Mapping
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

    `have_it` are the ids of those whom the author has mailed it, `origin_thread` where it was written; `asks` is the
    question of satisfaction.
    """
    told = _Telling(
        kind=kind,
        about=f"reply:{reply.id}" if reply else f"resolution:{ticket.id}:{ticket.revision}",
        reply=reply,
        asking={"asks": asks} if asks else {},
    )
    in_ticket = select(User).join(Participant, Participant.user_id == User.id).where(Participant.ticket_id == ticket.id)
    author_id = reply.author_id if reply else uow.actor.user_id
    people = [person for person in await uow.session.scalars(in_ticket) if person.is_active and person.id != author_id]
    has_slack_thread = ticket.channel == SLACK and uow.policy.slack_enabled
    in_slack = await slack_user_ids(uow, people) if has_slack_thread else {}
    for person in people:
        if person.id not in in_slack and person.id not in have_it:
            await _tell_by_mail(uow, ticket, told, person)
    if has_slack_thread and (in_slack or reply is None or reply.channel != SLACK):
        await _tell_in_slack(uow, ticket, told, in_slack, origin_thread=origin_thread)


async def _tell_by_mail(uow: UnitOfWork, ticket: Ticket, told: _Telling, person: User) -> None:
    content = told.asking if person.id == ticket.created_by_id else {}
    key = f"{told.about}:email:{person.id}"
    delivery = await deliver_by_mail(uow, ticket, told.kind, person, key=key, reply=told.reply, content=content)
    if delivery and delivery.status is DeliveryStatus.WITHHELD:
        await uow.session.flush()
        await tell_delivery_failed(uow, delivery, ticket)


async def _tell_in_slack(
    uow: UnitOfWork, ticket: Ticket, told: _Telling, people: Mapping[int, str], *, origin_thread: str
) -> None:
    """`people` are the Slack ids of those in the ticket, by the ids of the people."""
    requester = await slack_id_of(uow, ticket.created_by)
    if not requester:
        return
    is_shared = await _is_read_by_others(uow, ticket)
    if not is_shared:
        others = {user_id: slack_id for user_id, slack_id in people.items() if user_id != ticket.created_by_id}
        _tell_each(uow, ticket, told, others)
    if origin_thread and origin_thread == await requester_thread(uow, ticket):
        return
    key = f"{told.about}:slack"
    if not is_shared or ticket.is_public:
        deliver_by_slack(uow, ticket, told.kind, requester, key=key, reply=told.reply, content=told.asking)
        return
    _tell_each(uow, ticket, told, people)
    if people or told.reply is None:  # the thread learns only that there are some words
        text = f"There is an answer to ticket #{ticket.number}, sent to everybody in it directly." if told.reply else ""
        deliver_by_slack(uow, ticket, DeliveryKind.STATUS, requester, key=key, content={"text": text})


async def _is_read_by_others(uow: UnitOfWork, ticket: Ticket) -> bool:
    """Whether the requester's thread is in a channel, so that people read there who are not in the ticket."""
    confirmation = await delivery_of(uow, f"confirmation:{ticket.id}")
    return confirmation is not None and not is_direct(confirmation.recipient)


def _tell_each(uow: UnitOfWork, ticket: Ticket, told: _Telling, people: Mapping[int, str]) -> None:
    """By direct message, to people who do not read in the requester's thread or should not be told there."""
    for user_id, slack_id in people.items():
        content = addressed_to(Audience.PERSON) | (told.asking if user_id == ticket.created_by_id else {})
        key = f"{told.about}:slack:{user_id}"
        deliver_by_slack(uow, ticket, told.kind, slack_id, key=key, reply=told.reply, content=content)
