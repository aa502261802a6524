"""Who reads in a channel, as far as Slack tells it.

Source: https://docs.slack.dev/reference/objects/conversation-object
"""

from collections.abc import Mapping
from typing import Any

from core.conversations.values import OtherReaders

_OUTSIDE = ("is_ext_shared", "is_pending_ext_shared")
_OF_OTHERS = ("pending_shared", "pending_connected_team_ids")


_PUBLIC = OtherReaders("everybody", "Choose a private channel for the moderators.", is_outside=False)
_CONNECTED = OtherReaders(
    "people of other workspaces", "Choose a private channel for the moderators that is shared with nobody outside."
)
_OF_THE_ENTERPRISE = OtherReaders(
    "people of other workspaces of this Enterprise organization",
    "Choose a channel of this workspace alone, or have the app installed for the whole Enterprise organization.",
)


def more_readers_than_members(channel: Mapping[str, Any], *, enterprise_id: str = "") -> OtherReaders | None:
    """Who else may read there; None where nobody does.

    A channel of Slack Connect is private by name, and yet read by people of other workspaces. One that is shared among
    the workspaces of an Enterprise organization is fit where the app is installed for all of it (`enterprise_id`).
    """
    if channel.get("is_im") or channel.get("is_mpim") or not channel.get("is_private"):
        return _PUBLIC
    if any(channel.get(mark) for mark in (*_OUTSIDE, *_OF_OTHERS)) or _connected(channel, enterprise_id):
        return _CONNECTED
    if not (channel.get("is_org_shared") or channel.get("is_shared")):
        return None
    if not channel.get("is_org_shared"):
        return _CONNECTED
    if not enterprise_id:
        return _OF_THE_ENTERPRISE
    return None if channel.get("enterprise_id", enterprise_id) == enterprise_id else _CONNECTED


def _connected(channel: Mapping[str, Any], enterprise_id: str) -> bool:
    """Whether others than the own enterprise are connected to the channel."""
    return bool(set(channel.get("connected_team_ids") or ()) - {enterprise_id})
