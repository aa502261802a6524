"""A moderators' channel that people from elsewhere read in: nothing more goes there until they no longer do.

Whatever should go there is held, and goes out when the channel is the moderators' own again, or they have another one.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from core.conversations.alerts import tell_admins
from core.conversations.audience import Audience, audience_of
from core.conversations.enqueueing import SLACK
from core.conversations.hiding import takes_back
from core.conversations.holding import send_again
from core.conversations.mailing import deliver_by_mail
from core.conversations.models import Delivery, ExposedChannel
from core.conversations.moderators import moderators_channel_of
from core.conversations.notices import Notice, tell_alone
from core.conversations.threads import card_thread, delivery_of, requester_thread
from core.conversations.values import SHOWN, UPDATED_IN_PLACE, DeliveryKind, DeliveryStatus, OtherReaders, Outgoing
from core.db.unit_of_work import Reading, UnitOfWork
from core.jobs import kinds
from core.people.queries import list_moderators, slack_user_ids
from core.people.values import Role
from core.tickets.models import Reply, Ticket

_TITLE = "The moderators' channel is read by others"


async def exposed_channels(reading: Reading, organization_id: int) -> frozenset[str]:
    """The ids of those that are, or were when the organization's moderators worked there."""
    found = select(ExposedChannel.channel).where(
        ExposedChannel.organization_id == organization_id, ExposedChannel.readers != ""
    )
    return frozenset(await reading.session.scalars(found))


async def list_exposed(reading: Reading) -> list[tuple[str, str]]:
    """Every such channel of the deployment in which moderators work now, and who reads there."""
    found = select(ExposedChannel).where(ExposedChannel.readers != "").order_by(ExposedChannel.id)
    rows = (await reading.session.scalars(found)).all()
    return [
        (row.channel, row.readers)
        for row in rows
        if row.channel == await moderators_channel_of(reading, row.organization_id)
    ]


async def is_exposed(reading: Reading, organization_id: int, channel: str) -> bool:
    return bool(channel) and channel in await exposed_channels(reading, organization_id)


def would_be_read_there(outgoing: Outgoing, exposed: Collection[str]) -> bool:
    """Whether a message would bring words into one of these channels. What only takes words back may go there."""
    if _channel_of(outgoing.external_id or outgoing.thread_key or outgoing.recipient) not in exposed:
        return False
    return not (outgoing.external_id and (takes_back(outgoing) or (outgoing.ticket and outgoing.ticket.deleted_at)))


async def note_readers(uow: UnitOfWork, channel: str, others: OtherReaders | None, *, tells: bool = True) -> None:
    """Keep who reads in the moderators' channel besides them, None for nobody; if it `tells`, they hear of a change."""
    row: ExposedChannel | None = await uow.session.scalar(
        select(ExposedChannel)
        .where(ExposedChannel.organization_id == uow.actor.organization_id, ExposedChannel.channel == channel)
        .with_for_update()
    )
    if others is not None and others.is_outside:
        if row is None or not row.readers:
            await _expose(uow, row or ExposedChannel(channel=channel, times=0), others, tells=tells)
        return
    if others is not None:
        text = f"{others.who.capitalize()} can read private tickets in {channel}. {others.mend}"
        await tell_admins(uow, key=f"moderators-channel-public:{channel}", title=_TITLE, text=text)
    if row is not None and row.readers:
        await _close(uow, row)


async def hold(uow: UnitOfWork, delivery: Delivery) -> None:
    """Keep a message back that others would read; where the moderators have another channel, it goes there soon."""
    delivery.status, delivery.error = DeliveryStatus.HELD, "Others read in that channel."
    organization_id = delivery.organization_id
    channel = await moderators_channel_of(uow, organization_id)
    if channel and not await is_exposed(uow, organization_id, channel):
        key = f"{kinds.WATCH_CHANNELS.name}:held:{delivery.id}"
        uow.jobs.enqueue(kinds.WATCH_CHANNELS, {"organization_id": organization_id}, key=key)


async def send_held(uow: UnitOfWork, chosen: str) -> None:
    """What waits goes out where nobody else reads any more, or into the moderators' channel that is `chosen` now.

    What belongs below a card goes there with a card of its own; what is for whoever filed a ticket waits.
    """
    exposed = await exposed_channels(uow, uow.actor.organization_id)
    for delivery in await _held(uow):
        ticket = await uow.session.get(Ticket, delivery.ticket_id) if delivery.ticket_id else None
        audience = audience_of(delivery, uow.policy) if ticket else Audience.PERSON
        thread = delivery.thread_key
        if ticket is not None and not thread and audience is not Audience.PERSON:
            thread = await (card_thread if audience is Audience.MODERATORS else requester_thread)(uow, ticket)
        if _channel_of(thread or delivery.recipient) in exposed:
            if audience is Audience.THREAD or chosen in exposed:
                continue
            if ticket is not None:
                await _bring_card(uow, ticket, chosen, exposed)
        if delivery.recipient in exposed:
            delivery.recipient = chosen
        send_again(uow, delivery)


async def _bring_card(uow: UnitOfWork, ticket: Ticket, channel: str, exposed: Collection[str]) -> None:
    """Have a card that stands where others read posted anew; what stands there stays as it is."""
    card = await delivery_of(uow, f"card:{ticket.id}")
    if card is not None and card.status in SHOWN and _channel_of(card.external_id) in exposed:
        card.recipient, card.external_id, card.shown_revision, card.attempts = channel, "", 0, 0
        send_again(uow, card)


def _channel_of(place: str) -> str:
    return place.partition(":")[0]


async def _expose(uow: UnitOfWork, row: ExposedChannel, others: OtherReaders, *, tells: bool) -> None:
    row.organization_id, row.readers, row.noticed_at = uow.actor.organization_id, others.who[:200], uow.clock.now()
    row.times += 1
    uow.session.add(row)
    await uow.session.flush()
    text = (
        f"{others.who.capitalize()} can read in {row.channel}, what stands there already included. Nothing more is "
        f"posted there: cards, notes and alerts wait, and tickets are worked on the web. {others.mend}"
    )
    if tells:
        await _tell(uow, text, title=_TITLE, key=_occasion(row))


def _occasion(row: ExposedChannel) -> str:
    return f"exposed:{row.id}:{row.times}"


async def _tell(uow: UnitOfWork, text: str, *, title: str, key: str) -> None:
    """Everybody who works tickets, by direct message; admins, and who has no Slack, by mail as well."""
    people = await list_moderators(uow)
    slack_ids = await slack_user_ids(uow, people)
    for person in people:
        if slack_id := slack_ids.get(person.id):
            notice = Notice(text=f"⚠️ {title}. {text}", conversation=slack_id)
            tell_alone(uow, notice, key=f"{key}:slack:{person.id}")
        if person.role is Role.ADMIN or not slack_id:
            content: dict[str, object] = {"title": title, "text": text, "page_url": f"{uow.policy.app_url}/admin"}
            await deliver_by_mail(uow, None, DeliveryKind.ALERT, person, key=f"{key}:{person.id}", content=content)


async def _close(uow: UnitOfWork, row: ExposedChannel) -> None:
    """It is the moderators' own again: what was not shown anew meanwhile is."""
    again = _occasion(row)
    await _show_anew(uow, row, again=again)
    row.readers = ""
    text = f"Nobody from elsewhere reads in {row.channel} any more. What waited is posted there now."
    await _tell(uow, text, title="The moderators' channel is your own again", key=f"{again}:over")


async def _held(uow: UnitOfWork) -> Sequence[Delivery]:
    waiting = select(Delivery).where(
        Delivery.organization_id == uow.actor.organization_id,
        Delivery.channel == SLACK,
        Delivery.status == DeliveryStatus.HELD,
    )
    return (await uow.session.scalars(waiting.order_by(Delivery.id).with_for_update(of=Delivery))).all()


async def _show_anew(uow: UnitOfWork, row: ExposedChannel, *, again: str) -> None:
    posted = (
        Delivery.organization_id == row.organization_id,
        Delivery.recipient == row.channel,
        Delivery.status.in_((DeliveryStatus.SENT, DeliveryStatus.DELIVERED)),
    )
    cards = select(Delivery.ticket_id).join(Ticket, Ticket.id == Delivery.ticket_id)
    is_stale = (Delivery.kind.in_(UPDATED_IN_PLACE), Delivery.shown_revision < Ticket.revision)
    for ticket_id in await uow.session.scalars(cards.where(*posted, *is_stale).distinct()):
        key = f"conversations.refresh:{ticket_id}:{again}"
        uow.jobs.enqueue(kinds.REFRESH, {"ticket_id": ticket_id}, key=key)
    edited = select(Reply.id, Reply.ticket_id).join(Delivery, Delivery.reply_id == Reply.id)
    since = Reply.edited_at >= row.noticed_at
    for reply_id, ticket_id in (await uow.session.execute(edited.where(*posted, since).distinct())).all():
        key = f"conversations.refresh:reply:{reply_id}:{again}"
        uow.jobs.enqueue(kinds.REFRESH, {"ticket_id": ticket_id, "reply_id": reply_id}, key=key)
