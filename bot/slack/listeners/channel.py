"""`/triage here`: which channel the moderators of a workspace work in."""

from bot.slack.blocks import pieces
from bot.slack.blocks.pieces import Message
from bot.slack.door import SlackDoor
from bot.slack.payloads.values import SlashCommand
from bot.slack.readers import more_readers_than_members
from bot.slack.web_api import SlackRefusedError
from core.conversations.exposure import exposed_channels
from core.conversations.watching import look_at_channel
from core.errors import ConflictError, ForbiddenError, InvalidInputError
from core.installations.actions import set_triage_channel
from core.installations.queries import installation_of


async def use_channel(door: SlackDoor, command: SlashCommand) -> Message:
    """Have the cards of new tickets appear here, in a private channel that the app is in.

    Raises:
        ForbiddenError: not an admin. InvalidInputError: no private channel, or the app is not in it.
        ConflictError: the deployment names the channel itself.
    """
    async with door.reading(command.user) as reading:
        actor = reading.actor
        installation = await installation_of(reading, actor.organization_id)
    if installation is None:
        raise ConflictError("This desk's channel is set by SLACK_TRIAGE_CHANNEL.", mend="Ask whoever runs it.")
    await _require_private(door, command.channel_id, installation.enterprise_id if installation.is_enterprise else "")
    async with door.desk.unit_of_work(actor) as uow:
        installation = await installation_of(uow, actor.organization_id)
        if installation is None:
            raise ForbiddenError("The app is no longer installed here.")
        await set_triage_channel(uow, installation, command.channel_id)
        if await exposed_channels(uow, actor.organization_id):  # what waits for those goes here
            await look_at_channel(uow, command.channel_id, key=f"chosen:{command.trigger_id}")
        await uow.commit()
    return pieces.notice("Cards of new tickets appear here from now on. Whoever reads here reads every ticket.")


async def _require_private(door: SlackDoor, channel_id: str, enterprise_id: str) -> None:
    try:
        answer = await door.api.call("conversations.info", channel=channel_id)
    except SlackRefusedError as refused:
        raise InvalidInputError(
            "The app is not in this channel.", mend="Invite @TickMate, then write /triage here again."
        ) from refused
    channel = answer.get("channel") or {}
    if readers := more_readers_than_members(channel, enterprise_id=enterprise_id):
        raise InvalidInputError(f"Private tickets would be read by {readers.who} here.", mend=readers.mend)
    if channel.get("is_member") is False:
        raise InvalidInputError(
            "The app is not in this channel.", mend="Invite @TickMate, then write /triage here again."
        )
