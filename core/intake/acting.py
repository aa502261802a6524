"""As whom the desk acts on a message."""

from core.db.unit_of_work import UnitOfWork
from core.intake.placement import Arrival
from core.people.models import User
from core.people.values import Actor, Role


def actor_of(uow: UnitOfWork, author: User, arrival: Arrival) -> Actor:
    """The sender, with the rights of their role only where the channel vouches for them."""
    sender = arrival.message.sender
    verified = sender is not None and sender.verified
    return Actor(
        organization_id=uow.actor.organization_id,
        user_id=author.id,
        role=author.role if verified and author.is_active else Role.USER,
        name=author.display_name,
        channel=arrival.row.channel.value,
        address=arrival.row.client_address,
    )
