"""Where somebody's clock stands."""

from datetime import tzinfo

from bot.slack.door import SlackDoor
from bot.slack.payloads.values import SlackUser
from core.clock import zone_named
from core.people.models import User
from core.people.values import IdentityKind, Sender


async def zone_of(door: SlackDoor, user: SlackUser) -> tzinfo:
    """The zone that a person has chosen here, else the one of their Slack profile, else UTC."""
    async with door.reading(user) as reading:
        person = await reading.session.get(User, reading.actor.user_id) if reading.actor.user_id else None
    if person is not None and person.time_zone:
        return zone_named(person.time_zone)
    sender = Sender(kind=IdentityKind.SLACK, external_id=user.external_id, verified=True)
    return zone_named((await door.directory.look_up(sender)).time_zone)
