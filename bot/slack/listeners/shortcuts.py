"""Shortcuts: a new ticket from anywhere, or from a message with what was said before it."""

from dataclasses import replace

import structlog

from bot.slack import limits
from bot.slack.blocks import pieces
from bot.slack.blocks.form_layout import FormLayout
from bot.slack.blocks.new_ticket import with_context
from bot.slack.door import SlackDoor
from bot.slack.listeners.commands import form_not_opened
from bot.slack.opening import open_new_ticket, read_form_templates
from bot.slack.payloads.values import GlobalShortcut, MessageShortcut
from bot.slack.places import Place
from bot.slack.text import to_plain
from bot.slack.thread_context import read_thread
from bot.slack.web_api import Json, SlackRefusedError
from core.errors import DeskError, TryAgainLaterError

log = structlog.get_logger(__name__)


async def on_shortcut(door: SlackDoor, shortcut: GlobalShortcut | MessageShortcut) -> None:
    """Open the form of a new ticket, filled with the message where there is one."""
    text, files = _words(shortcut) if isinstance(shortcut, MessageShortcut) else ("", [])
    try:
        around = _around(shortcut) if isinstance(shortcut, MessageShortcut) else None
        opened = await open_new_ticket(door, shortcut.user, shortcut.trigger_id, text, files, around=around)
    except DeskError as error:
        is_late = isinstance(error, SlackRefusedError | TryAgainLaterError)
        told = form_not_opened("Choose the shortcut again, or write /ticket.") if is_late else pieces.notice(str(error))
        response_url = shortcut.response_url if isinstance(shortcut, MessageShortcut) else ""
        await door.tell_privately(shortcut.user, told, response_url=response_url)
        return
    if isinstance(shortcut, MessageShortcut):
        await _add_context(door, shortcut, opened)


def _around(shortcut: MessageShortcut) -> FormLayout:
    """Where the message stands; its thread has not been read yet, and perhaps cannot be."""
    thread = Place(shortcut.channel_id, shortcut.thread_ts or shortcut.message_ts)
    return FormLayout(unread=str(thread), message=str(Place(shortcut.channel_id, shortcut.message_ts)))


def _words(shortcut: MessageShortcut) -> tuple[str, list[str]]:
    """What the message says, and the ids of its files."""
    text = to_plain(shortcut.text).strip()
    names = ", ".join(to_plain(file.name) for file in shortcut.files)
    return text or (f"(only attachments: {names})" if names else ""), [file.file_id for file in shortcut.files]


async def _add_context(door: SlackDoor, shortcut: MessageShortcut, opened: Json) -> None:
    """Once the form is open, which the trigger does not wait with. Whatever fails, the form stays as it is."""
    context = await read_thread(door, shortcut)
    if context is None:
        return
    form = door.forms.of(str(opened.get("id", "")))
    before = str(opened.get("hash", ""))
    try:
        templates = await read_form_templates(door, shortcut.user)
        text, files = _words(shortcut)
        around = replace(_around(shortcut), thread=str(context.thread), unread="", people=context.people)
        layout, view = with_context(text, around, context.earlier, templates=templates, files=files)
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
