"""Direct messages: what says enough is a ticket at once; what says too little is asked about, kindly and not long."""

from sqlalchemy import select

from core.db.unit_of_work import UnitOfWork
from core.gathering.filing import file_messages
from core.gathering.keeping import (
    add_message,
    burst_around,
    close,
    gather,
    joined,
    look_again,
    message_by_fingerprint,
    messages_of,
    said_when,
    waiting_for,
)
from core.gathering.models import Gathering
from core.gathering.questions import ask_for_more, ask_where_it_belongs, say
from core.gathering.rules import goes_on, is_cancel, says_too_little
from core.gathering.values import FRESH, MOST_QUESTIONS, Purpose, Stage
from core.gathering.watched import brings_files, join_burst, open_burst
from core.intake.ending import ended
from core.intake.placement import Arrival
from core.intake.thanks import is_thanks_only
from core.intake.values import Disposition, Outcome, Talk
from core.people.models import User
from core.tickets.models import Ticket
from core.tickets.values import Status

NOTHING_FILED = "All right, nothing was filed. Write to me whenever you need something."
NOTHING_TO_CANCEL = "There is nothing to cancel. Tell me what you need, and I make a ticket of it."


async def converse(uow: UnitOfWork, arrival: Arrival, author: User, talk: Talk) -> Disposition:
    """What becomes of a direct message that is in no ticket's thread."""
    if await message_by_fingerprint(uow, arrival.message.fingerprint) is not None:
        return ended(arrival, Outcome.DUPLICATE, "same-message")
    text = arrival.message.text
    waiting = await waiting_for(uow, author, talk.conversation, (Purpose.GUIDE, Purpose.BELONG))
    if is_cancel(text) and not brings_files(arrival):
        return await _cancelled(uow, arrival, waiting, talk)
    if waiting is not None:
        await add_message(uow, waiting, arrival)
        return await _answered(uow, arrival, waiting, author)
    if is_thanks_only(text) and not brings_files(arrival):
        return ended(arrival, Outcome.IGNORED, "thanks-only")
    return await _said(uow, arrival, author, talk)


async def _said(uow: UnitOfWork, arrival: Arrival, author: User, talk: Talk) -> Disposition:
    """Beside a ticket of a moment ago, else by itself: what says little may have come after what says enough."""
    little = says_too_little(arrival.message.text) and not brings_files(arrival)
    continues = goes_on(arrival.message.text)
    if little or continues is not False:
        moment, window = said_when(arrival), uow.policy.burst_window
        burst = await burst_around(uow, author, talk.conversation, moment, window=window)
        if burst is not None and burst.stage is Stage.FILED:
            return await join_burst(uow, arrival, burst)
    if little:
        return await _ask_for_more(uow, arrival, await gather(uow, arrival, author, Purpose.GUIDE), author)
    ticket = await _fresh_ticket(uow, author, talk) if continues is not False else None
    if ticket is not None:
        return await _ask_where(uow, arrival, author, ticket)
    return await open_burst(uow, arrival, author, rule="direct-message")


async def _ask_where(uow: UnitOfWork, arrival: Arrival, author: User, ticket: Ticket) -> Disposition:
    gathering = await gather(uow, arrival, author, Purpose.BELONG, ticket=ticket)
    ask_where_it_belongs(uow, gathering, ticket)
    look_again(uow, gathering, uow.policy.dialogue_timeout)
    return ended(arrival, Outcome.ACTED, "asked-where-it-belongs", ticket)


async def _ask_for_more(uow: UnitOfWork, arrival: Arrival, gathering: Gathering, author: User) -> Disposition:
    ask_for_more(uow, gathering, author)
    look_again(uow, gathering, uow.policy.dialogue_timeout)
    return ended(arrival, Outcome.ACTED, "asked-for-more")


async def _answered(uow: UnitOfWork, arrival: Arrival, gathering: Gathering, author: User) -> Disposition:
    if gathering.purpose is Purpose.BELONG:
        look_again(uow, gathering, uow.policy.dialogue_timeout)
        return ended(arrival, Outcome.ACTED, "burst-held")
    text = joined(await messages_of(uow, gathering))
    if says_too_little(text) and not brings_files(arrival) and gathering.asked < MOST_QUESTIONS:
        return await _ask_for_more(uow, arrival, gathering, author)
    ticket = await file_messages(uow, gathering, author)
    return ended(arrival, Outcome.TICKETED, "dialogue", ticket)


async def _cancelled(uow: UnitOfWork, arrival: Arrival, waiting: Gathering | None, talk: Talk) -> Disposition:
    key = f"notice:{arrival.row.id}"
    if waiting is None:
        say(uow, talk.conversation, NOTHING_TO_CANCEL, key=key)
        return ended(arrival, Outcome.IGNORED, "nothing-to-cancel")
    await close(uow, waiting)
    say(uow, talk.conversation, NOTHING_FILED, key=key)
    return ended(arrival, Outcome.ACTED, "dialogue-cancelled")


async def _fresh_ticket(uow: UnitOfWork, author: User, talk: Talk) -> Ticket | None:
    """The open ticket that came of this conversation a moment ago, if any."""
    ticket: Ticket | None = await uow.session.scalar(
        select(Ticket)
        .join(Gathering, Gathering.ticket_id == Ticket.id)
        .where(
            Gathering.user_id == author.id,
            Gathering.conversation == talk.conversation,
            Gathering.touched_at > uow.clock.now() - FRESH,
            Ticket.status != Status.COMPLETED,
            Ticket.deleted_at.is_(None),
        )
        .order_by(Ticket.id.desc())
        .limit(1)
    )
    return ticket
