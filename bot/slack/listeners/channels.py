"""`/triage channel`: which channels are watched, told to moderators."""

from bot.slack import limits
from bot.slack.blocks import pieces
from bot.slack.blocks.pieces import Message
from bot.slack.channel_commands import FORM, ChannelCommand, ShowChannels, WatchChannel
from bot.slack.door import SlackDoor
from bot.slack.payloads.values import SlashCommand
from core.db.unit_of_work import Reading
from core.errors import DeskError
from core.gathering.channels import list_channels, watch_channel
from core.gathering.values import ChannelMode

_DOES = {
    ChannelMode.AUTO: "Every message in it becomes a ticket, greetings and thanks excepted.",
    ChannelMode.ASK: "Whoever writes in it is asked, alone, whether it should be a ticket.",
    ChannelMode.OFF: "Only mentions and reactions make tickets there.",
}


async def answer_channels(door: SlackDoor, reading: Reading, command: SlashCommand, wanted: ChannelCommand) -> Message:
    """Show the watched channels, or change one.

    Raises:
        DeskError: what the action refuses; nothing was changed.
    """
    if isinstance(wanted, ShowChannels):
        return _listed([(row.channel_id, row.mode) for row in await list_channels(reading)])
    channel_id = wanted.channel_id or command.channel_id
    async with door.desk.unit_of_work(reading.actor) as uow:
        await watch_channel(uow, channel_id, wanted.mode)
        await uow.commit()
    door.desk.watching.forget()
    return await _changed(door, WatchChannel(channel_id, wanted.mode))


def _listed(channels: list[tuple[str, ChannelMode]]) -> Message:
    if not channels:
        return pieces.notice(f"No channel is watched. {FORM} watches one.")
    lines = [f"<#{channel_id}> {mode.value}" for channel_id, mode in channels]
    return pieces.marked_up("Watched channels", "\n".join(lines))


async def _changed(door: SlackDoor, done: WatchChannel) -> Message:
    said = f"<#{done.channel_id}> is {done.mode.value} now. {_DOES[done.mode]}"
    if done.mode is not ChannelMode.OFF and not await _is_member(door, done.channel_id):
        said += "\nI am not in that channel yet: invite me there with /invite."
    return pieces.marked_up("Watched channels", said)


async def _is_member(door: SlackDoor, channel_id: str) -> bool:
    """Whether Slack says that we are in a channel; where it says nothing, nobody is worried."""
    try:
        answer = await door.api.call("conversations.info", channel=channel_id, seconds=limits.VIEW_CALL_SECONDS)
    except DeskError:
        return True
    return (answer.get("channel") or {}).get("is_member") is not False
