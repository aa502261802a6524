"""The forms: a new ticket, a resolution, a public reply. Reading what was entered stands beside drawing it."""

from dataclasses import dataclass

from bot.slack import limits
from bot.slack.blocks import elements, ids
from bot.slack.blocks.card import CATEGORY_CHOICES, PRIORITY_CHOICES
from bot.slack.blocks.elements import Block
from bot.slack.commands import AddReply, Resolve
from bot.slack.payloads.values import ViewSubmission
from bot.slack.text import clean, first_line, length, pieces
from core.tickets.values import TITLE_LENGTH, Category, Priority, TicketSnapshot

_PUBLIC_MEANING = "Public: anyone who can reach this desk may read it"
_MOST_PARTS = 14
"""A Slack message holds at most 40,000 characters, an input 3,000: nothing that was written is cut."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewTicketForm:
    title: str
    description: str
    category: Category | None
    priority: Priority | None
    is_public: bool


def new_ticket_modal(text: str = "") -> Block:
    """The form of a new ticket, prefilled with what the person has written already, however long."""
    parts = _parts(clean(text).strip())
    descriptions = [
        elements.text_input(
            _part_id(index),
            "Description" if index == 0 else f"Description, part {index + 1}",
            initial=part,
            multiline=True,
            optional=True,
        )
        for index, part in enumerate(parts)
    ]
    blocks = [
        elements.text_input(ids.TITLE_INPUT, "Title", initial=first_line(text, TITLE_LENGTH), longest=TITLE_LENGTH),
        *descriptions,
        elements.menu_input(ids.CATEGORY_INPUT, "Category", CATEGORY_CHOICES, optional=True),
        elements.menu_input(ids.PRIORITY_INPUT, "Priority", PRIORITY_CHOICES, optional=True),
        elements.checkbox_input(ids.PUBLIC_INPUT, "Visibility", _PUBLIC_MEANING, ids.PUBLIC_VALUE),
    ]
    return elements.modal("New ticket", ids.NEW_TICKET_MODAL, blocks, submit="Create")


def read_new_ticket(submission: ViewSubmission) -> NewTicketForm:
    """What was entered; a choice that is none of ours counts as no choice."""
    values = submission.values
    parts = (values.get(_part_id(index), "") for index in range(_MOST_PARTS))
    category, priority = values.get(ids.CATEGORY_INPUT, ""), values.get(ids.PRIORITY_INPUT, "")
    return NewTicketForm(
        title=values.get(ids.TITLE_INPUT, "").strip(),
        description="".join(parts).strip(),
        category=Category(category) if category in CATEGORY_CHOICES else None,
        priority=Priority(priority) if priority in PRIORITY_CHOICES else None,
        is_public=values.get(ids.PUBLIC_INPUT, "") == ids.PUBLIC_VALUE,
    )


def resolve_modal(ticket: TicketSnapshot) -> Block:
    """What solved it, notes for colleagues, and whether others may find it."""
    blocks = [
        elements.text_input(
            ids.RESOLUTION_INPUT,
            "What solved it",
            initial=_if_it_fits(ticket.resolution),
            multiline=True,
            hint="The requester reads this.",
        )
    ]
    if length(ticket.helpful_notes) <= limits.INPUT_VALUE:
        blocks.append(
            elements.text_input(
                ids.NOTES_INPUT,
                "Helpful notes",
                initial=ticket.helpful_notes,
                multiline=True,
                optional=True,
                hint="Only moderators read these.",
            )
        )
    blocks.append(
        elements.checkbox_input(
            ids.PUBLIC_INPUT, "Visibility", _PUBLIC_MEANING, ids.PUBLIC_VALUE, checked=ticket.is_public
        )
    )
    return elements.modal(
        f"Resolve #{ticket.number}", ids.RESOLVE_MODAL, blocks, submit="Resolve", private_metadata=str(ticket.number)
    )


def read_resolve(submission: ViewSubmission) -> Resolve:
    """What was entered; notes that did not fit into the form stay as they are.

    Raises:
        PayloadRefusedError: no modal of ours.
    """
    values = submission.values
    return Resolve(
        ids.ticket_number(submission.private_metadata),
        values.get(ids.RESOLUTION_INPUT, "").strip(),
        helpful_notes=values.get(ids.NOTES_INPUT),
        is_public=values.get(ids.PUBLIC_INPUT, "") == ids.PUBLIC_VALUE,
        only_if_open=True,
    )


def reply_modal(number: int) -> Block:
    """A public reply: an explicit act, apart from the card's internal thread."""
    blocks = [
        elements.text_input(
            ids.REPLY_INPUT, "Public reply", multiline=True, hint="The requester and everybody in the ticket get this."
        )
    ]
    return elements.modal(f"Reply to #{number}", ids.REPLY_MODAL, blocks, submit="Send", private_metadata=str(number))


def read_reply(submission: ViewSubmission) -> AddReply:
    """What was entered.

    Raises:
        PayloadRefusedError: no modal of ours.
    """
    return AddReply(ids.ticket_number(submission.private_metadata), submission.values.get(ids.REPLY_INPUT, "").strip())


def _part_id(index: int) -> str:
    return ids.DESCRIPTION_INPUT if index == 0 else f"{ids.DESCRIPTION_INPUT}_{index + 1}"


def _parts(text: str) -> list[str]:
    return list(pieces(text, limits.INPUT_VALUE))[:_MOST_PARTS] or [""]


def _if_it_fits(text: str) -> str:
    return text if length(clean(text)) <= limits.INPUT_VALUE else ""
