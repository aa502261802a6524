"""Messages in watched channels: a burst of one person is one ticket, greetings and thanks are none."""

from core.db.unit_of_work import UnitOfWork
from core.files.actions import await_files
from core.gathering.channels import mode_of
from core.gathering.filing import grow
from core.gathering.keeping import add_message, burst_around, gather, look_again, message_by_fingerprint, said_when
from core.gathering.models import Gathering
from core.gathering.questions import ask_for_a_ticket
from core.gathering.rules import small_talk
from core.gathering.values import ASKED_FOR, ChannelMode, Purpose, Stage
from core.intake.ending import ended
from core.intake.opening import Opening, have_its_thread_read, open_tickets, sharing_of
from core.intake.placement import Arrival, remember
from core.intake.values import Disposition, Outcome, Talk
from core.people.models import User
from core.people.queries import slack_id_of
from core.tickets.queries import lock_ticket_by_id


async def watched(uow: UnitOfWork, arrival: Arrival, author: User, talk: Talk) -> Disposition:
    """What becomes of a message that stands in a channel and addresses nobody."""
    mode = await mode_of(uow, talk.conversation)
    if mode is ChannelMode.OFF:
        return ended(arrival, Outcome.IGNORED, "not-addressed")
    if not brings_files(arrival) and (rule := small_talk(arrival.message.text)):
        return ended(arrival, Outcome.IGNORED, rule)
    window = uow.policy.burst_window
    burst = await burst_around(uow, author, talk.conversation, said_when(arrival), window=window)
    if burst is not None:
        return await join_burst(uow, arrival, burst)
    if mode is ChannelMode.AUTO:
        return await open_burst(uow, arrival, author, rule="watched-channel")
    return await _ask(uow, arrival, author)


async def open_burst(uow: UnitOfWork, arrival: Arrival, author: User, *, rule: str) -> Disposition:
    """A ticket at once, which grows with what the author says next."""
    (ticket,) = await open_tickets(uow, [Opening(arrival, author, uow.actor)])
    await gather(uow, arrival, author, Purpose.BURST, ticket=ticket)
    return ended(arrival, Outcome.TICKETED, rule, ticket)


async def join_burst(uow: UnitOfWork, arrival: Arrival, burst: Gathering) -> Disposition:
    """One more message of somebody who has not been answered yet."""
    if await message_by_fingerprint(uow, arrival.message.fingerprint) is not None:
        return ended(arrival, Outcome.DUPLICATE, "same-message")
    if burst.stage is Stage.CLOSED:
        return ended(arrival, Outcome.IGNORED, "ask-declined")
    added = await add_message(uow, burst, arrival)
    if burst.stage is Stage.OPEN or burst.ticket_id is None:
        return ended(arrival, Outcome.ACTED, "burst-held")
    ticket = await lock_ticket_by_id(uow, burst.ticket_id)
    await remember(uow, arrival, ticket, reply_id=None, is_internal=False)
    await have_its_thread_read(uow, ticket, arrival)
    await await_files(uow, ticket, arrival.message.files, sharing_of(arrival))
    await grow(uow, burst, ticket, added)
    return ended(arrival, Outcome.REPLIED, "burst", ticket)


def brings_files(arrival: Arrival) -> bool:
    """Whether a message has something to look at, whatever its words say."""
    return bool(arrival.message.files or arrival.attachments)


async def _ask(uow: UnitOfWork, arrival: Arrival, author: User) -> Disposition:
    slack_id = await slack_id_of(uow, author)
    if slack_id is None:
        return ended(arrival, Outcome.IGNORED, "nobody-to-ask")
    gathering = await gather(uow, arrival, author, Purpose.ASK)
    ask_for_a_ticket(uow, gathering, slack_id=slack_id)
    look_again(uow, gathering, ASKED_FOR)
    return ended(arrival, Outcome.ACTED, "watched-channel-asked")
