"""The question how satisfied a requester is with a solution: below its message, as a form, and what moderators see."""

from collections.abc import Iterator

from bot.slack.blocks import elements, ids
from bot.slack.blocks.elements import Block
from bot.slack.payloads.values import ViewSubmission
from bot.slack.text import escape
from core.tickets.values import COMMENT_LENGTH, SCORES, Rating, TicketSnapshot

SCORE_CHOICES = {"1": "1 😞 not at all", "2": "2 🙁", "3": "3 😐", "4": "4 🙂", "5": "5 😀 very much"}
_COMMENT = 600


def question(ticket: TicketSnapshot, rating: Rating) -> Iterator[Block]:
    """Five buttons, or what was answered and the way to change it."""
    block_id = ids.ticket_block_id(ticket.number, ticket.revision, "rate")
    if rating.score is None:
        yield elements.section("How satisfied are you with this?")
        yield elements.actions(
            block_id, *(elements.button(_face(score), rate_id(score), str(score)) for score in SCORES)
        )
    else:
        yield elements.context(f"You gave {rating.score} of {max(SCORES)}. Thank you!")
        yield elements.actions(block_id, elements.button("Comment or change…", ids.RATE_AGAIN, str(ticket.number)))


def told(rating: Rating) -> Block:
    """What the requester said, for moderators."""
    comment = f": {escape(' '.join(rating.comment.split()), _COMMENT)}" if rating.comment.strip() else ""
    return elements.context(f"⭐ *Satisfaction {rating.score} of {max(SCORES)}*{comment}")


def rate_modal(number: int, rating: Rating) -> Block:
    """Score and comment, as far as they are given already."""
    blocks = [
        elements.menu_input(ids.SCORE_INPUT, "How satisfied are you?", SCORE_CHOICES, str(rating.score or "")),
        elements.text_input(
            ids.COMMENT_INPUT,
            "Comment",
            initial=rating.comment,
            multiline=True,
            longest=COMMENT_LENGTH,
            optional=True,
            hint="Moderators read this.",
        ),
    ]
    return elements.modal(f"Ticket #{number}", ids.RATE_MODAL, blocks, submit="Send", private_metadata=str(number))


def read_rate(submission: ViewSubmission) -> tuple[int, int, str]:
    """Ticket, score and comment that were entered; 0 for a score that is none of ours.

    Raises:
        PayloadRefusedError: no modal of ours.
    """
    score = submission.values.get(ids.SCORE_INPUT, "")
    number = ids.ticket_number(submission.private_metadata)
    comment = submission.values.get(ids.COMMENT_INPUT, "").strip()
    return number, int(score) if score in SCORE_CHOICES else 0, comment


def rate_id(score: int) -> str:
    """The button of one score; elements of a block need names of their own."""
    return f"{ids.RATE}.{score}"


def _face(score: int) -> str:
    return " ".join(SCORE_CHOICES[str(score)].split()[:2])
