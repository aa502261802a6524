"""Shortcuts: a new ticket from anywhere, or from a message with what was said before it."""

import structlog

from bot.slack import limits
from bot.slack.blocks import pieces
from bot.slack.blocks.new_ticket import with_context
from bot.slack.door import SlackDoor
from bot.slack.listeners.commands import form_not_opened
from bot.slack.opening import open_new_ticket, read_form_templates
from bot.slack.payloads.values import GlobalShortcut, MessageShortcut
from bot.slack.text import to_plain
from bot.slack.thread_context import read_thread
from bot.slack.web_api import Json, SlackRefusedError
from core.errors import DeskError, TryAgainLaterError

log = structlog.get_logger(__name__)


async def on_shortcut(door: SlackDoor, shortcut: GlobalShortcut | MessageShortcut) -> None:
    """Open the form of a new ticket, filled with the message where there is one."""
    text = _words(shortcut) if isinstance(shortcut, MessageShortcut) else ""
    try:
        opened = await open_new_ticket(door, shortcut.user, shortcut.trigger_id, text)
    except DeskError as error:
        is_late = isinstance(error, SlackRefusedError | TryAgainLaterError)
        told = form_not_opened("Choose the shortcut again, or write /ticket.") if is_late else pieces.notice(str(error))
        response_url = shortcut.response_url if isinstance(shortcut, MessageShortcut) else ""
        await door.tell_privately(shortcut.user, told, response_url=response_url)
        return
    if isinstance(shortcut, MessageShortcut):
        await _add_context(door, shortcut, text, opened)


def _words(shortcut: MessageShortcut) -> str:
    files = [f"[file in Slack: {to_plain(file.name)} {file.url}]" for file in shortcut.files]
    return "\n".join([to_plain(shortcut.text).strip(), *files]).strip()


async def _add_context(door: SlackDoor, shortcut: MessageShortcut, text: str, opened: Json) -> None:
    """Once the form is open, which the trigger does not wait with. Whatever fails, the form stays as it is."""
    context = await read_thread(door, shortcut)
    if context is None:
        return
    form = door.forms.of(str(opened.get("id", "")))
    before = str(opened.get("hash", ""))
    try:
        templates = await read_form_templates(door, shortcut.user)
        layout, view = with_context(text, str(context.thread), context.earlier, context.people, templates=templates)
        async with form.updating:
            answer = await door.api.call(
                "views.update",
                view_id=opened.get("id"),
                hash=before or None,
                view=view,
                seconds=limits.VIEW_CALL_SECONDS,
            )
            form.updated(before, str(answer.get("view", {}).get("hash", "")), layout, ())
    except DeskError as error:  # somebody types already, say: their words come first
        log.info("slack.thread_not_added", reason=str(error))
