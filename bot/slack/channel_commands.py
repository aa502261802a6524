"""The grammar of `/triage channel …`: which channels are watched."""

import re
from dataclasses import dataclass

from bot.slack.text import to_plain
from core.errors import InvalidInputError
from core.gathering.values import ChannelMode

FORM = "/triage channel #name auto|ask|off"
_CHANNEL = re.compile(r"<#([A-Z0-9]{2,30})(?:\|[^>]*)?>|([CG][A-Z0-9]{6,30})")


@dataclass(frozen=True, slots=True)
class ShowChannels:
    pass


@dataclass(frozen=True, slots=True)
class WatchChannel:
    """`channel_id` is empty for the channel in which the command was written."""

    channel_id: str
    mode: ChannelMode


ChannelCommand = ShowChannels | WatchChannel


def parse_channel_command(argument: str) -> ChannelCommand:
    """Read what stands behind `/triage channel`.

    Raises:
        InvalidInputError: none of the forms; `mend` names the right one.
    """
    words = argument.split()
    if not words:
        return ShowChannels()
    *channel, mode = words
    if mode.lower() not in set(ChannelMode) or len(channel) > 1:
        raise InvalidInputError(f"“{to_plain(mode)[:80]}” is no way to watch a channel.", mend=f"Write it as: {FORM}")
    if not channel:
        return WatchChannel("", ChannelMode(mode.lower()))
    match = _CHANNEL.fullmatch(channel[0])
    if match is None:
        said = f"I do not know the channel “{to_plain(channel[0])[:80]}”."
        raise InvalidInputError(said, mend=f"Pick it from the list that # opens: {FORM}")
    return WatchChannel(match.group(1) or match.group(2), ChannelMode(mode.lower()))
