"""The moderators' forms: a resolution, a public reply. Reading what was entered stands beside drawing it."""

from bot.slack import limits
from bot.slack.blocks import elements, ids
from bot.slack.blocks.elements import Block
from bot.slack.blocks.new_ticket import PUBLIC_MEANING
from bot.slack.commands import AddReply, Resolve
from bot.slack.payloads.values import ViewSubmission
from bot.slack.text import clean, length
from core.tickets.values import TicketSnapshot


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
            ids.PUBLIC_INPUT, "Visibility", PUBLIC_MEANING, ids.PUBLIC_VALUE, checked=ticket.is_public
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


def _if_it_fits(text: str) -> str:
    return text if length(clean(text)) <= limits.INPUT_VALUE else ""
