"""Telling requesters that a colleague has made their ticket public, or private again."""

from datetime import timedelta

from sqlalchemy import select

from core.conversations.audience import Audience, addressed_to
from core.conversations.enqueueing import SLACK
from core.conversations.mailing import deliver_by_mail
from core.conversations.models import Delivery
from core.conversations.posting import deliver_by_slack
from core.conversations.values import DeliveryKind, DeliveryStatus
from core.db.unit_of_work import UnitOfWork
from core.people.queries import slack_id_of
from core.tickets.models import Ticket

UNDO_WITHIN = timedelta(minutes=1)
"""Whoever pressed the wrong button has this long until its requester hears of it."""

_PUBLIC = (
    "{actor} has made your ticket #{number} public: anyone who can reach this desk may now read its title, description "
    "and solution, but not who wrote it, nor what was said in it. {way_back}"
)
_IN_SLACK = "/ticket {number} lets you make it private again."
_ON_THE_PAGE = "You can make it private again on its page."
_PRIVATE = (
    "{actor} has made your ticket #{number} private: only you, the people in it and those who work on it can read it."
)


async def tell_visibility(uow: UnitOfWork, ticket: Ticket, *, was_public: bool) -> None:
    """Tell its requester, after a while, unless they did it; the way back within that time tells nothing at all."""
    if ticket.is_public is was_public:
        return
    was_untold = await forget_visibility(uow, ticket)
    if was_untold or uow.actor.user_id == ticket.created_by_id or not ticket.created_by.is_active:
        return
    way_back = _IN_SLACK if ticket.channel == SLACK else _ON_THE_PAGE
    text = (_PUBLIC if ticket.is_public else _PRIVATE).format(
        actor=uow.actor.name or "A colleague", number=ticket.number, way_back=way_back.format(number=ticket.number)
    )
    await _tell(uow, ticket, text)


async def forget_visibility(uow: UnitOfWork, ticket: Ticket) -> bool:
    """Take back what has not gone out yet, as it is overtaken. Says whether there was any."""
    waiting = select(Delivery).where(
        Delivery.ticket_id == ticket.id,
        Delivery.kind == DeliveryKind.VISIBILITY,
        Delivery.status == DeliveryStatus.QUEUED,
    )
    untold = (await uow.session.scalars(waiting.with_for_update(of=Delivery))).all()
    for delivery in untold:
        delivery.status = DeliveryStatus.TAKEN_BACK
    return bool(untold)


async def _tell(uow: UnitOfWork, ticket: Ticket, text: str) -> None:
    """Where other changes of it are told: in its Slack thread, else by mail, else directly in Slack."""
    requester, kind, key = ticket.created_by, DeliveryKind.VISIBILITY, f"visibility:{ticket.id}:{ticket.revision}"
    slack_id = await slack_id_of(uow, requester) if uow.policy.slack_enabled else None
    content: dict[str, object] = {"text": text}
    if slack_id and (ticket.channel == SLACK or not requester.email):
        if ticket.channel != SLACK:
            content |= addressed_to(Audience.PERSON)
        deliver_by_slack(uow, ticket, kind, slack_id, key=key, content=content, delay=UNDO_WITHIN)
    else:
        await deliver_by_mail(uow, ticket, kind, requester, key=key, content=content, delay=UNDO_WITHIN)
