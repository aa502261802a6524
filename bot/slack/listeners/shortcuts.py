"""Shortcuts: a new ticket from anywhere, or from a message."""

from bot.slack import limits
from bot.slack.blocks.modals import new_ticket_modal
from bot.slack.door import SlackDoor
from bot.slack.listeners.commands import form_not_opened
from bot.slack.payloads.values import GlobalShortcut, MessageShortcut
from bot.slack.text import to_plain
from core.errors import DeskError


async def on_shortcut(door: SlackDoor, shortcut: GlobalShortcut | MessageShortcut) -> None:
    """Open the form of a new ticket, filled with the message where there is one."""
    view = new_ticket_modal(to_plain(shortcut.text) if isinstance(shortcut, MessageShortcut) else "")
    try:
        await door.api.call("views.open", trigger_id=shortcut.trigger_id, view=view, seconds=limits.VIEW_CALL_SECONDS)
    except DeskError:
        told = form_not_opened("Choose the shortcut again, or write /ticket.")
        response_url = shortcut.response_url if isinstance(shortcut, MessageShortcut) else ""
        await door.tell_privately(shortcut.user, told, response_url=response_url)
