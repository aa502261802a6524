"""Opening the form of a new ticket: a short read and one call, as the trigger lives for three seconds."""

from collections.abc import Sequence

import structlog

from bot.slack import limits
from bot.slack.blocks.form_layout import FormLayout
from bot.slack.blocks.new_ticket import new_ticket_modal
from bot.slack.door import SlackDoor
from bot.slack.payloads.values import SlackUser
from bot.slack.web_api import Json
from core.errors import TryAgainLaterError
from core.tickets.template_list import list_templates
from core.tickets.templates import Templates, built_in_templates

log = structlog.get_logger(__name__)


async def open_new_ticket(
    door: SlackDoor,
    user: SlackUser,
    trigger_id: str,
    text: str = "",
    files: Sequence[str] = (),
    *,
    around: FormLayout | None = None,
) -> Json:
    """Open the form, prefilled, and with the ids of files that go along; gives the view as Slack has it.

    `around` tells the message that it is opened on.

    Raises:
        DeskError: Slack did not open it, or the workspace belongs to no organization.
    """
    view = new_ticket_modal(text, templates=await read_form_templates(door, user), files=files, around=around)
    answer = await door.api.call("views.open", trigger_id=trigger_id, view=view, seconds=limits.VIEW_CALL_SECONDS)
    opened = answer.get("view")
    return opened if isinstance(opened, dict) else {}


async def read_form_templates(door: SlackDoor, user: SlackUser) -> Templates:
    """What the organization's forms ask for; while the database is away, the built-in ones.

    Raises:
        ForbiddenError: the workspace belongs to no organization.
    """
    try:
        async with door.reading(user) as reading:
            return await list_templates(reading)
    except TryAgainLaterError as error:
        log.warning("slack.built_in_templates", reason=str(error))
        return built_in_templates()
