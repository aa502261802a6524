"""Shortcuts: a new ticket from anywhere, or from a message."""

from bot.slack.blocks import pieces
from bot.slack.door import SlackDoor
from bot.slack.listeners.commands import form_not_opened
from bot.slack.opening import open_new_ticket
from bot.slack.payloads.values import GlobalShortcut, MessageShortcut
from bot.slack.text import to_plain
from bot.slack.web_api import SlackRefusedError
from core.errors import DeskError, TryAgainLaterError


async def on_shortcut(door: SlackDoor, shortcut: GlobalShortcut | MessageShortcut) -> None:
    """Open the form of a new ticket, filled with the message where there is one."""
    text = to_plain(shortcut.text) if isinstance(shortcut, MessageShortcut) else ""
    try:
        await open_new_ticket(door, shortcut.user, shortcut.trigger_id, text)
    except DeskError as error:
        is_late = isinstance(error, SlackRefusedError | TryAgainLaterError)
        told = form_not_opened("Choose the shortcut again, or write /ticket.") if is_late else pieces.notice(str(error))
        response_url = shortcut.response_url if isinstance(shortcut, MessageShortcut) else ""
        await door.tell_privately(shortcut.user, told, response_url=response_url)
