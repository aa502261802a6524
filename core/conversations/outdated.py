"""What stands in Slack about a ticket and does not show it as it is now."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.conversations.exposure import exposed_channels, would_be_read_there
from core.conversations.hiding import CARRIES_WORDS, hidden_among, must_lose_words, rows_in_slack
from core.conversations.marks import is_marked_as, lacks_mark, mark_message
from core.conversations.outgoing import Links, read_outgoing
from core.conversations.shared_links import has_outdated_previews, preview_again
from core.conversations.values import UPDATED_IN_PLACE, Outgoing
from core.db.unit_of_work import Reading, UnitOfWork
from core.tickets.models import Ticket


async def follows_elsewhere(reading: Reading, ticket: Ticket) -> bool:
    """Whether something has to be written before a changed ticket is shown; see `make_follow`."""
    return await lacks_mark(reading, ticket) or await has_outdated_previews(reading, ticket)


async def make_follow(uow: UnitOfWork, ticket: Ticket) -> None:
    """Have its message marked with its status from now on, and the previews of its addresses brought up to date."""
    await mark_message(uow, ticket)
    await preview_again(uow, ticket)


@dataclass(frozen=True, slots=True)
class Outdated:
    """Messages to be written anew, apart those that say what is not to be read there."""

    to_show: Sequence[Outgoing]
    to_hide: Sequence[Outgoing]


async def outdated(reading: Reading, ticket: Ticket, *, links: Links) -> Outdated:
    """Cards, confirmations and marks of an older revision, and copies of words that should not be read there.

    What would be read by others in a moderators' channel stays as it is.
    """
    rows = await rows_in_slack(reading, ticket, UPDATED_IN_PLACE | CARRIES_WORDS)
    to_show, to_hide = list[Outgoing](), list[Outgoing]()
    for row in rows:
        is_older = row.kind in UPDATED_IN_PLACE and row.shown_revision < ticket.revision
        if is_older and not is_marked_as(row, ticket):
            outgoing = await read_outgoing(reading, row, links=links)
            (to_hide if must_lose_words(row, ticket) else to_show).append(outgoing)
    if to_show:
        exposed = await exposed_channels(reading, ticket.organization_id)
        to_show = [outgoing for outgoing in to_show if not would_be_read_there(outgoing, exposed)]
    return Outdated(to_show, [*to_hide, *await hidden_among(reading, ticket, rows, links=links)])
