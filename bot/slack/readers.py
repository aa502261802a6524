"""Who reads in a channel, as far as Slack tells it.

Source: https://docs.slack.dev/reference/objects/conversation-object
"""

from collections.abc import Mapping
from typing import Any

_SHARED = ("is_ext_shared", "is_pending_ext_shared", "is_org_shared", "is_shared")


def more_readers_than_members(channel: Mapping[str, Any]) -> str:
    """Who may read there besides those whom this workspace let in; empty where nobody does.

    A channel of Slack Connect is private by name, and yet read by people of other workspaces.
    """
    if channel.get("is_im") or channel.get("is_mpim") or not channel.get("is_private"):
        return "everybody"
    if any(channel.get(mark) for mark in _SHARED) or channel.get("pending_shared"):
        return "people of other workspaces"
    return ""
