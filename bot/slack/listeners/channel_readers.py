"""A channel is shared with another workspace, or no longer: one short durable write, then the answer."""

from bot.slack.door import SlackDoor
from bot.slack.payloads.values import ChannelReadersChanged
from core.conversations.watching import follow_channel, look_at_channel
from core.people.values import system_actor


async def on_readers_changed(door: SlackDoor, event: ChannelReadersChanged) -> None:
    """Have the channel looked at, where it is the moderators'; one with a new id is followed there.

    Raises:
        TryAgainLaterError: the database is away; Slack sends the event again.
    """
    organization_id = await door.desk.intake.route_workspace(event.workspace_id)
    if organization_id is None:
        return
    async with door.desk.unit_of_work(system_actor(organization_id)) as uow:
        if event.new_id:
            follow_channel(uow, event.channel_id, event.new_id, key=event.event_id)
        else:
            await look_at_channel(uow, event.channel_id, key=event.event_id)
        await uow.commit()
