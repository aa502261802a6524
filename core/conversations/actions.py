"""Who must be told what. Each `tell_…` writes deliveries, and the jobs that send them, into the same transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.conversations.audience import Audience, addressed_to
from core.conversations.enqueueing import SLACK, remember_thread
from core.conversations.everybody import tell_people
from core.conversations.mailing import count_lately, deliver_by_mail
from core.conversations.moderators import moderators_channel_of
from core.conversations.posting import deliver_by_slack
from core.conversations.refreshing import enqueue_refresh, until_the_other_ends
from core.conversations.threads import card_thread, delivery_of
from core.conversations.urging import urging_content
from core.conversations.values import DeliveryKind, DeliveryStatus, Urging
from core.db.unit_of_work import UnitOfWork
from core.people.models import MagicLink, User
from core.people.queries import slack_id_of, slack_user_ids
from core.tickets.models import Reply, Ticket


def acknowledgement_job_key(ticket_id: int) -> str:
    """The key of the job that sends the acknowledgement, brought forward when background work has ended."""
    return f"deliver:acknowledgement:{ticket_id}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Submitted:
    """A ticket whose filing is to be told. `thread_key` is the Slack message (`CHANNEL:TS`) to confirm under."""

    ticket: Ticket
    thread_key: str = ""
    acknowledge: bool = True


async def tell_submitted(uow: UnitOfWork, submitted: Sequence[Submitted]) -> None:
    """Acknowledge to each requester on their channel, unless told not to, and put cards before the moderators.

    No requester may stand behind two of them, or limits on mail would count wrong.
    """
    by_mail = []
    in_slack = [each.ticket.created_by for each in submitted if each.ticket.channel == SLACK]
    slack_ids = await slack_user_ids(uow, in_slack) if uow.policy.slack_enabled else {}
    channels = {  # all is read before anything is added, which would be written first
        organization_id: await moderators_channel_of(uow, organization_id)
        for organization_id in {each.ticket.organization_id for each in submitted}
    }
    for each in submitted:
        slack_id = slack_ids.get(each.ticket.created_by_id) if each.ticket.channel == SLACK else None
        if slack_id:
            _confirm_in_slack(uow, each, slack_id)
        elif each.acknowledge:
            by_mail.append(each.ticket)
    await _acknowledge_by_mail(uow, by_mail)
    for each in submitted:
        if channel := channels[each.ticket.organization_id]:
            deliver_by_slack(uow, each.ticket, DeliveryKind.CARD, channel, key=f"card:{each.ticket.id}")


def _confirm_in_slack(uow: UnitOfWork, submitted: Submitted, slack_id: str) -> None:
    ticket, thread_key = submitted.ticket, submitted.thread_key
    recipient = thread_key.partition(":")[0] or slack_id
    key = f"confirmation:{ticket.id}"
    deliver_by_slack(uow, ticket, DeliveryKind.CONFIRMATION, recipient, key=key, thread_key=thread_key)
    if thread_key:
        remember_thread(uow, ticket, SLACK, thread_key)


async def _acknowledge_by_mail(uow: UnitOfWork, tickets: Sequence[Ticket]) -> None:
    kind = DeliveryKind.ACKNOWLEDGEMENT
    addresses = {ticket.created_by.email for ticket in tickets if ticket.created_by.email}
    lately = await count_lately(uow, kind, automatic=True, addresses=addresses) if addresses else {}
    for ticket in tickets:
        await deliver_by_mail(
            uow,
            ticket,
            kind,
            ticket.created_by,
            key=f"acknowledgement:{ticket.id}",
            delay=uow.policy.acknowledgement_wait,
            sent_lately=lately.get(ticket.created_by.email or "", 0),
        )


async def tell_reply(
    uow: UnitOfWork, ticket: Ticket, reply: Reply, *, origin_thread: str = "", have_it: frozenset[int] = frozenset()
) -> None:
    """Bring a public reply to everybody in the ticket except its author, once each, and to the moderators' thread.

    `have_it` are the ids of those to whom the author has mailed it directly.
    """
    await tell_people(uow, ticket, DeliveryKind.REPLY, reply=reply, origin_thread=origin_thread, have_it=have_it)
    await _tell_card_thread(uow, ticket, DeliveryKind.REPLY, reply, origin_thread=origin_thread)


async def tell_note(uow: UnitOfWork, ticket: Ticket, note: Reply, *, origin_thread: str = "") -> None:
    """Bring an internal note to the moderators' thread, nowhere else."""
    await _tell_card_thread(uow, ticket, DeliveryKind.INTERNAL_NOTE, note, origin_thread=origin_thread)


async def tell_resolved(uow: UnitOfWork, ticket: Ticket, *, asks: int = 0) -> None:
    """Tell everybody in the ticket what solved it; its requester is also asked question `asks` of satisfaction."""
    await tell_people(uow, ticket, DeliveryKind.RESOLUTION, asks=asks)


async def tell_status(uow: UnitOfWork, ticket: Ticket) -> None:
    """A line into the requester's Slack thread; by mail a change of status alone is not worth a message."""
    if ticket.channel == SLACK and uow.policy.slack_enabled:
        slack_id = await slack_id_of(uow, ticket.created_by)
        if slack_id:
            key = f"status:{ticket.id}:{ticket.revision}"
            deliver_by_slack(uow, ticket, DeliveryKind.STATUS, slack_id, key=key)


async def tell_merged(uow: UnitOfWork, ticket: Ticket, into: Ticket) -> None:
    """Say in both threads of the closed ticket, and under the other one's card, where it goes on."""
    if ticket.channel == SLACK and uow.policy.slack_enabled and (slack_id := await slack_id_of(uow, ticket.created_by)):
        text = f"Ticket #{ticket.number} goes on as #{into.number}. Answers here reach it."
        key = f"merged:{ticket.id}:requester"
        deliver_by_slack(uow, ticket, DeliveryKind.STATUS, slack_id, key=key, content={"text": text})
    text = f"🔀 #{ticket.number} has been merged into #{into.number} by {uow.actor.name}."
    for one in (ticket, into):
        await tell_moderators(uow, one, text, key=f"merged:{ticket.id}:{one.id}")


async def tell_moderators(
    uow: UnitOfWork, ticket: Ticket, text: str, *, key: str, urging: Urging | None = None
) -> bool:
    """A line into the thread of the ticket's card. Says whether it has one, or will have."""
    channel = await moderators_channel_of(uow, ticket.organization_id)
    card = await delivery_of(uow, f"card:{ticket.id}") if channel else None
    if card is None or card.status is DeliveryStatus.FAILED:
        return False
    content = {**addressed_to(Audience.MODERATORS), **urging_content(urging), "text": text}
    deliver_by_slack(uow, ticket, DeliveryKind.STATUS, channel, key=key, content=content)
    return True


async def tell_sign_in_link(uow: UnitOfWork, user: User, link: MagicLink, *, invitation: str) -> None:
    """Mail a one-time link. The delivery holds the link's id; the secret is computed when the mail is rendered.

    `invitation` says what the link is for ("Sign in").
    """
    content: dict[str, object] = {"magic_link_id": link.id, "text": invitation}
    await deliver_by_mail(uow, None, DeliveryKind.SIGN_IN_LINK, user, key=f"sign_in_link:{link.id}", content=content)


async def background_finished(uow: UnitOfWork, ticket: Ticket) -> None:
    """Called (with the ticket locked) when triage or the search for similar tickets has ended.

    When both have, a waiting acknowledgement goes out and cards show what is new, at once; after one of them, cards
    wait a moment for the other.
    """
    ticket.revision += 1
    enqueue_refresh(uow, ticket, delay=until_the_other_ends(ticket))
    if ticket.triaged_at is None or ticket.similar_found_at is None:
        return
    await uow.jobs.bring_forward(acknowledgement_job_key(ticket.id))


def show_anew(uow: UnitOfWork, ticket: Ticket) -> None:
    """Bring cards up to date with something that is told of a ticket and is no field of it."""
    ticket.revision += 1
    enqueue_refresh(uow, ticket)


async def _tell_card_thread(
    uow: UnitOfWork, ticket: Ticket, kind: DeliveryKind, reply: Reply, *, origin_thread: str
) -> None:
    channel = await moderators_channel_of(uow, ticket.organization_id)
    if not channel or (origin_thread and origin_thread == await card_thread(uow, ticket)):
        return
    if await delivery_of(uow, f"card:{ticket.id}") is None:
        return  # filed before there was a moderators' channel: there will never be a thread for it
    content = addressed_to(Audience.MODERATORS)
    deliver_by_slack(uow, ticket, kind, channel, key=f"reply:{reply.id}:card", reply=reply, content=content)
