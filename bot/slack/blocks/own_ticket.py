"""What requesters can do with a ticket of their own: the buttons below its confirmation, and the form to edit it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.slack.blocks import elements, ids, new_ticket, pieces
from bot.slack.blocks.elements import Block
from bot.slack.blocks.pieces import TicketUrl
from bot.slack.errors import PayloadRefusedError
from bot.slack.payloads.values import ViewSubmission
from bot.slack.text import escape, first_line
from core.search.values import SimilarTicket
from core.tickets.own import mark_of_words
from core.tickets.values import TITLE_LENGTH, Status, TicketSnapshot

_RESOLUTION = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class EditForm:
    """What was entered; `seen` marks the words that were changed."""

    number: int
    title: str
    description: str
    seen: str


def solutions(
    ticket: TicketSnapshot, similar: Sequence[SimilarTicket], *, known: bool, ticket_url: TicketUrl
) -> Iterator[Block]:
    """Earlier solutions, each with its resolution in a line, to be judged on the spot."""
    if not (known and similar):
        yield from pieces.similar_tickets((), known=known, ticket_url=ticket_url)
        return
    yield elements.section("*Solved before, perhaps the same*")
    for one in similar:
        line = first_line(one.resolution, _RESOLUTION) or "Resolved without a note."
        yield elements.section(f"{pieces.titled_link(one.number, one.title, ticket_url)}\n{escape(line)}")
        yield elements.actions(
            ids.ticket_block_id(ticket.number, ticket.revision, f"similar:{one.number}"),
            elements.button("This solved it", ids.SOLVED, str(one.number)),
            elements.button("Not helpful", ids.NOT_HELPFUL, str(one.number)),
        )


def controls(ticket: TicketSnapshot) -> Iterator[Block]:
    """Edit, withdraw, make private or public, as long as somebody works on it; a completed one can become private."""
    if ticket.deleted_at is not None:
        return
    number, block_id = str(ticket.number), ids.ticket_block_id(ticket.number, ticket.revision, "own")
    if ticket.status is Status.COMPLETED:
        if ticket.is_public:
            meaning = "Nobody outside of it will find its solution any more."
            yield elements.actions(block_id, elements.button("Make private", ids.OWN_PRIVATE, number, confirm=meaning))
        return
    if ticket.is_public:
        visibility = elements.button("Make private", ids.OWN_PRIVATE, number)
    else:
        meaning = "Anyone who can reach this desk may then read title, description and solution."
        visibility = elements.button("Make public", ids.OWN_PUBLIC, number, confirm=meaning)
    yield elements.actions(
        block_id,
        elements.button("Edit…", ids.EDIT, number),
        visibility,
        elements.button("Withdraw", ids.WITHDRAW, number, confirm="Nobody will work on this ticket any more."),
    )


def way_out(ticket: TicketSnapshot) -> Iterator[Block]:
    """For whoever only takes part."""
    yield elements.actions(
        ids.ticket_block_id(ticket.number, ticket.revision, "part"),
        elements.button("Leave", ids.LEAVE, str(ticket.number), confirm="You hear of this ticket no more."),
    )


def fits_a_form(ticket: TicketSnapshot) -> bool:
    """Whether the whole description can be edited in Slack."""
    return new_ticket.fits(ticket.description)


def edit_modal(ticket: TicketSnapshot) -> Block:
    """Title and description to be changed; `fits_a_form` first."""
    layout, values = new_ticket.described_inputs(ticket.description)
    title = elements.text_input(ids.TITLE_INPUT, "Title", initial=ticket.title, longest=TITLE_LENGTH)
    metadata = {"number": ticket.number, "seen": mark_of_words(ticket.title, ticket.description)}
    return elements.modal(
        f"Edit #{ticket.number}",
        ids.EDIT_MODAL,
        [title, *new_ticket.descriptions(layout, values)],
        submit="Save",
        private_metadata=json.dumps(metadata),
    )


def read_edit(submission: ViewSubmission) -> EditForm:
    """What was entered.

    Raises:
        PayloadRefusedError: no modal of ours.
    """
    try:
        metadata = json.loads(submission.private_metadata)
        number, seen = int(metadata["number"]), str(metadata["seen"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise PayloadRefusedError("foreign-view") from error
    title, description = new_ticket.entered_words(submission.values)
    return EditForm(number=number, title=title, description=description, seen=seen)
