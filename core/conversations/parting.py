"""Somebody leaves a ticket: what has not gone out to them stays here."""

from sqlalchemy import and_, or_, select

from core.conversations.enqueueing import SLACK
from core.conversations.models import Delivery
from core.conversations.values import DeliveryStatus
from core.db.unit_of_work import UnitOfWork
from core.people.models import User
from core.people.queries import slack_id_of
from core.tickets.models import Ticket

_UNSENT = (DeliveryStatus.QUEUED, DeliveryStatus.HELD)


async def take_back_from(uow: UnitOfWork, ticket: Ticket, person: User) -> None:
    """Send them nothing more of this ticket, by mail or directly in Slack; what is being sent just now goes out."""
    slack_id = await slack_id_of(uow, person) if uow.policy.slack_enabled else None
    is_theirs = or_(
        Delivery.user_id == person.id, and_(Delivery.channel == SLACK, Delivery.recipient == (slack_id or ""))
    )
    unsent = select(Delivery).where(Delivery.ticket_id == ticket.id, Delivery.status.in_(_UNSENT), is_theirs)
    for delivery in await uow.session.scalars(unsent.with_for_update(of=Delivery)):
        delivery.status = DeliveryStatus.TAKEN_BACK
