"""The moderators' forms: a resolution, a public reply. Reading what was entered stands beside drawing it."""

from bot.slack import limits
from bot.slack.acts import AddReply, Resolve
from bot.slack.blocks import elements, ids
from bot.slack.blocks.elements import Block
from bot.slack.blocks.new_ticket import PUBLIC_MEANING
from bot.slack.blocks.pieces import excerpt
from bot.slack.payloads.values import ViewSubmission
from bot.slack.text import clean, escape, length
from core.tickets.values import ReplySnapshot, TicketSnapshot

_NAME = 200
_SAID = 1_000


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


def reply_modal(number: int, *, seen: int = 0, said: ReplySnapshot | None = None, text: str = "") -> Block:
    """A public reply: an explicit act, apart from the card's internal thread.

    `seen` is the id of the newest public reply, `said` one that came while `text` was being written.
    """
    blocks = [
        elements.text_input(
            ids.REPLY_INPUT,
            "Public reply",
            initial=text,
            multiline=True,
            hint="The requester and everybody in the ticket get this.",
        )
    ]
    if said is not None:
        told = f"⚠️ *{escape(said.author.name, _NAME)}* has answered in the meantime. Send yours if it is still needed."
        blocks = [elements.section(told), excerpt(said.text, _SAID), *blocks]
    metadata = ids.form_metadata(number, str(seen))
    return elements.modal(f"Reply to #{number}", ids.REPLY_MODAL, blocks, submit="Send", private_metadata=metadata)


def read_reply(submission: ViewSubmission) -> AddReply:
    """What was entered.

    Raises:
        PayloadRefusedError: no modal of ours.
    """
    number, seen = ids.read_form_metadata(submission.private_metadata)
    text = submission.values.get(ids.REPLY_INPUT, "").strip()
    return AddReply(number, text, seen=ids.ticket_number(seen[0]) if seen else None)


def _if_it_fits(text: str) -> str:
    return text if length(clean(text)) <= limits.INPUT_VALUE else ""
