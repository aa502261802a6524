"""The names that come back when somebody presses or sends what we drew."""

from bot.slack.errors import PayloadRefusedError

TAKE = "ticket.take"
PRIORITY = "ticket.priority"
CATEGORY = "ticket.category"
REPLY = "ticket.reply"
RESOLVE = "ticket.resolve"
REOPEN = "ticket.reopen"
OPEN_PAGE = "ticket.open_page"

NEW_TICKET_MODAL = "new_ticket"
RESOLVE_MODAL = "resolve"
REPLY_MODAL = "reply"

NEW_TICKET_SHORTCUT = "new_ticket"
CREATE_FROM_MESSAGE_SHORTCUT = "create_ticket_from_message"

TITLE_INPUT = "title"
DESCRIPTION_INPUT = "description"
CATEGORY_INPUT = "category"
PRIORITY_INPUT = "priority"
PUBLIC_INPUT = "public"
RESOLUTION_INPUT = "resolution"
NOTES_INPUT = "helpful_notes"
REPLY_INPUT = "reply"
PUBLIC_VALUE = "public"

_TICKET = "ticket"


def ticket_block_id(number: int, revision: int, part: str) -> str:
    """A block that belongs to a ticket. The revision makes it new at every update, as Slack asks."""
    return f"{_TICKET}:{number}:{revision}:{part}"


def ticket_number_of(block_id: str) -> int:
    """The ticket that a block made by `ticket_block_id` belongs to.

    Raises:
        PayloadRefusedError: none of our blocks.
    """
    kind, _, rest = block_id.partition(":")
    return ticket_number(rest.partition(":")[0] if kind == _TICKET else "")


def ticket_number(text: str) -> int:
    """A ticket number that we wrote into a payload ourselves.

    Raises:
        PayloadRefusedError: no number.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 10):  # noqa: PLR2004 (digits of a 32-bit number)
        raise PayloadRefusedError("foreign-element")
    return int(text)
