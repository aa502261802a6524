"""Who must be told what. Each `tell_…` writes deliveries, and the jobs that send them, into the same transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from core.conversations.audience import Audience, addressed_to, is_direct
from core.conversations.enqueueing import EMAIL, SLACK, enqueue, remember_thread
from core.conversations.mailing import count_lately, deliver_by_mail
from core.conversations.models import Delivery
from core.conversations.moderators import moderators_channel_of
from core.conversations.threads import card_thread, delivery_of, requester_thread
from core.conversations.urging import urging_content
from core.conversations.values import DeliveryKind, DeliveryStatus, Urging
from core.db.unit_of_work import UnitOfWork
from core.jobs import kinds
from core.people.models import Identity, MagicLink, User
from core.people.values import IdentityKind
from core.tickets.models import Participant, Reply, Ticket


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
    slack_ids = await _slack_ids(uow, in_slack) if uow.policy.slack_enabled else {}
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
            _deliver_by_slack(uow, each.ticket, DeliveryKind.CARD, channel, key=f"card:{each.ticket.id}")


def _confirm_in_slack(uow: UnitOfWork, submitted: Submitted, slack_id: str) -> None:
    ticket, thread_key = submitted.ticket, submitted.thread_key
    recipient = thread_key.partition(":")[0] or slack_id
    key = f"confirmation:{ticket.id}"
    _deliver_by_slack(uow, ticket, DeliveryKind.CONFIRMATION, recipient, key=key, thread_key=thread_key)
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
    await _tell_people(uow, ticket, DeliveryKind.REPLY, reply=reply, origin_thread=origin_thread, have_it=have_it)
    await _tell_card_thread(uow, ticket, DeliveryKind.REPLY, reply, origin_thread=origin_thread)


async def tell_note(uow: UnitOfWork, ticket: Ticket, note: Reply, *, origin_thread: str = "") -> None:
    """Bring an internal note to the moderators' thread, nowhere else."""
    await _tell_card_thread(uow, ticket, DeliveryKind.INTERNAL_NOTE, note, origin_thread=origin_thread)


async def tell_resolved(uow: UnitOfWork, ticket: Ticket, *, asks: int = 0) -> None:
    """Tell everybody in the ticket what solved it; its requester is also asked question `asks` of satisfaction."""
    await _tell_people(uow, ticket, DeliveryKind.RESOLUTION, asks=asks)


async def tell_status(uow: UnitOfWork, ticket: Ticket) -> None:
    """A line into the requester's Slack thread; by mail a change of status alone is not worth a message."""
    if ticket.channel == SLACK and uow.policy.slack_enabled:
        slack_id = await slack_id_of(uow, ticket.created_by)
        if slack_id:
            key = f"status:{ticket.id}:{ticket.revision}"
            _deliver_by_slack(uow, ticket, DeliveryKind.STATUS, slack_id, key=key)


async def tell_merged(uow: UnitOfWork, ticket: Ticket, into: Ticket) -> None:
    """Say in both threads of the closed ticket, and under the other one's card, where it goes on."""
    if ticket.channel == SLACK and uow.policy.slack_enabled and (slack_id := await slack_id_of(uow, ticket.created_by)):
        text = f"Ticket #{ticket.number} goes on as #{into.number}. Answers here reach it."
        key = f"merged:{ticket.id}:requester"
        _deliver_by_slack(uow, ticket, DeliveryKind.STATUS, slack_id, key=key, content={"text": text})
    text = f"🔀 #{ticket.number} has been merged into #{into.number} by {uow.actor.name}."
    for one in (ticket, into):
        await tell_moderators(uow, one, text, key=f"merged:{ticket.id}:{one.id}")


async def tell_moderators(
    uow: UnitOfWork, ticket: Ticket, text: str, *, key: str, urging: Urging | None = None
) -> bool:
    """A line into the thread of the ticket's card. Says whether it has one."""
    channel = await moderators_channel(uow, ticket)
    if not channel or await delivery_of(uow, f"card:{ticket.id}") is None:
        return False
    content = {**addressed_to(Audience.MODERATORS), **urging_content(urging), "text": text}
    _deliver_by_slack(uow, ticket, DeliveryKind.STATUS, channel, key=key, content=content)
    return True


async def tell_sign_in_link(uow: UnitOfWork, user: User, link: MagicLink, *, invitation: str) -> None:
    """Mail a one-time link. The delivery holds the link's id; the secret is computed when the mail is rendered.

    `invitation` says what the link is for ("Sign in").
    """
    content: dict[str, object] = {"magic_link_id": link.id, "text": invitation}
    await deliver_by_mail(uow, None, DeliveryKind.SIGN_IN_LINK, user, key=f"sign_in_link:{link.id}", content=content)


async def tell_delivery_failed(uow: UnitOfWork, failed: Delivery, ticket: Ticket) -> None:
    """Say in the moderators' thread that somebody did not get a message, once whoever reports it."""
    key = f"alert:{failed.id}"
    is_told = failed.channel == EMAIL or failed.kind in {DeliveryKind.REPLY, DeliveryKind.RESOLUTION}
    if not is_told or await delivery_of(uow, key) is not None:
        return
    if channel := await moderators_channel(uow, ticket):
        text = f"{failed.recipient} did not get our {failed.kind.value.replace('_', ' ')}: {failed.error}"
        _deliver_by_slack(
            uow,
            ticket,
            DeliveryKind.ALERT,
            channel,
            key=key,
            content={"text": text[:500]},
        )


async def undo_failure(uow: UnitOfWork, delivery_id: int) -> None:
    """Before its dead job is tried again: what has failed for good may go out after all."""
    delivery = await uow.session.get(Delivery, delivery_id, with_for_update=True)
    if delivery is not None and delivery.status is DeliveryStatus.FAILED:
        delivery.status = DeliveryStatus.QUEUED


async def background_finished(uow: UnitOfWork, ticket: Ticket) -> None:
    """Called (with the ticket locked) when triage or the search for similar tickets has ended.

    When both have, a waiting acknowledgement goes out at once; cards show what is new.
    """
    show_anew(uow, ticket)
    if ticket.triaged_at is not None and ticket.similar_found_at is not None:
        await uow.jobs.bring_forward(acknowledgement_job_key(ticket.id))


def show_anew(uow: UnitOfWork, ticket: Ticket) -> None:
    """Bring cards up to date with something that is told of a ticket and is no field of it."""
    ticket.revision += 1
    if uow.policy.slack_enabled:
        key = f"conversations.refresh:{ticket.id}:{ticket.revision}"
        uow.jobs.enqueue(kinds.REFRESH, {"ticket_id": ticket.id}, key=key)


async def slack_id_of(uow: UnitOfWork, person: User) -> str | None:
    """The Slack user id by which a person can be written to, if any."""
    return (await _slack_ids(uow, [person])).get(person.id)


async def _slack_ids(uow: UnitOfWork, people: Sequence[User]) -> dict[int, str]:
    """The same for several, by their ids; whoever has two such identities is written to at the first."""
    if not people:
        return {}
    rows = await uow.session.execute(
        select(Identity.user_id, Identity.external_id)
        .where(Identity.user_id.in_({person.id for person in people}), Identity.kind == IdentityKind.SLACK)
        .order_by(Identity.id.desc())
    )
    return {user_id: external_id.rpartition(":")[2] for user_id, external_id in rows}


async def _tell_people(
    uow: UnitOfWork,
    ticket: Ticket,
    kind: DeliveryKind,
    *,
    reply: Reply | None = None,
    origin_thread: str = "",
    have_it: frozenset[int] = frozenset(),
    asks: int = 0,
) -> None:
    asking: dict[str, object] = {"asks": asks} if asks else {}
    author_id = reply.author_id if reply else uow.actor.user_id
    people = await uow.session.scalars(
        select(User).join(Participant, Participant.user_id == User.id).where(Participant.ticket_id == ticket.id)
    )
    about = f"reply:{reply.id}" if reply else f"resolution:{ticket.id}:{ticket.revision}"
    has_slack_thread = ticket.channel == SLACK and uow.policy.slack_enabled
    in_thread: dict[int, str] = {}
    for person in people:
        slack_id = await slack_id_of(uow, person) if has_slack_thread else None
        if slack_id:
            in_thread |= {person.id: slack_id} if person.id != author_id and person.is_active else {}
        elif person.id != author_id and person.is_active and person.id not in have_it:
            content = asking if person.id == ticket.created_by_id else {}
            key = f"{about}:email:{person.id}"
            await _deliver_by_mail(uow, ticket, kind, person, key=key, reply=reply, content=content)
    if has_slack_thread and (in_thread or reply is None or reply.channel != SLACK):
        recipient = await slack_id_of(uow, ticket.created_by)
        is_shared = await _is_read_by_others(uow, ticket)
        if recipient and not is_shared:
            others = {user_id: slack_id for user_id, slack_id in in_thread.items() if user_id != ticket.created_by_id}
            _tell_each(uow, ticket, kind, others, about=about, reply=reply, asking={})
        if not recipient or (origin_thread and origin_thread == await requester_thread(uow, ticket)):
            return
        if is_shared and not ticket.is_public:
            _tell_directly(uow, ticket, kind, in_thread, requester=recipient, about=about, reply=reply, asking=asking)
        else:
            _deliver_by_slack(uow, ticket, kind, recipient, key=f"{about}:slack", reply=reply, content=asking)


async def _is_read_by_others(uow: UnitOfWork, ticket: Ticket) -> bool:
    """Whether the requester's thread is in a channel, so that people read there who are not in the ticket."""
    confirmation = await delivery_of(uow, f"confirmation:{ticket.id}")
    return confirmation is not None and not is_direct(confirmation.recipient)


def _tell_each(
    uow: UnitOfWork,
    ticket: Ticket,
    kind: DeliveryKind,
    people: Mapping[int, str],
    *,
    about: str,
    reply: Reply | None,
    asking: dict[str, object],
) -> None:
    """By direct message, to people who do not read in the requester's thread or should not be told there."""
    for user_id, slack_id in people.items():
        content = addressed_to(Audience.PERSON) | (asking if user_id == ticket.created_by_id else {})
        _deliver_by_slack(uow, ticket, kind, slack_id, key=f"{about}:slack:{user_id}", reply=reply, content=content)


def _tell_directly(
    uow: UnitOfWork,
    ticket: Ticket,
    kind: DeliveryKind,
    people: Mapping[int, str],
    *,
    requester: str,
    about: str,
    reply: Reply | None,
    asking: dict[str, object],
) -> None:
    """The words of a private ticket to each person in it alone; the thread learns only that there are some."""
    _tell_each(uow, ticket, kind, people, about=about, reply=reply, asking=asking)
    if people or reply is None:
        text = f"There is an answer to ticket #{ticket.number}, sent to everybody in it directly." if reply else ""
        _deliver_by_slack(uow, ticket, DeliveryKind.STATUS, requester, key=f"{about}:slack", content={"text": text})


async def _tell_card_thread(
    uow: UnitOfWork, ticket: Ticket, kind: DeliveryKind, reply: Reply, *, origin_thread: str
) -> None:
    channel = await moderators_channel(uow, ticket)
    if not channel or (origin_thread and origin_thread == await card_thread(uow, ticket)):
        return
    content = addressed_to(Audience.MODERATORS)
    _deliver_by_slack(uow, ticket, kind, channel, key=f"reply:{reply.id}:card", reply=reply, content=content)


async def moderators_channel(uow: UnitOfWork, ticket: Ticket) -> str:
    """Where the cards of this ticket go; empty for an organization that has no Slack workspace here."""
    return await moderators_channel_of(uow, ticket.organization_id)


async def _deliver_by_mail(
    uow: UnitOfWork,
    ticket: Ticket,
    kind: DeliveryKind,
    person: User,
    *,
    key: str,
    reply: Reply | None,
    content: dict[str, object],
) -> None:
    delivery = await deliver_by_mail(uow, ticket, kind, person, key=key, reply=reply, content=content)
    if delivery and delivery.status is DeliveryStatus.WITHHELD:
        await uow.session.flush()
        await tell_delivery_failed(uow, delivery, ticket)


def _deliver_by_slack(
    uow: UnitOfWork,
    ticket: Ticket,
    kind: DeliveryKind,
    recipient: str,
    *,
    key: str,
    reply: Reply | None = None,
    thread_key: str = "",
    content: dict[str, object] | None = None,
) -> None:
    delivery = Delivery(
        organization_id=ticket.organization_id,
        key=key,
        kind=kind,
        channel=SLACK,
        recipient=recipient,
        ticket_id=ticket.id,
        reply_id=reply.id if reply else None,
        thread_key=thread_key,
        content=content or {},
        created_at=uow.clock.now(),
    )
    enqueue(uow, delivery)
