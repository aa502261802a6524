"""Which earlier mails of a ticket one recipient has seen, so that a mail program shows one thread."""

from collections.abc import Sequence

from sqlalchemy import select

from core.conversations.enqueueing import EMAIL
from core.conversations.models import Delivery
from core.db.unit_of_work import Reading
from core.tickets.models import ThreadMessage

MOST_REFERENCES = 20


async def references_for(reading: Reading, delivery: Delivery) -> Sequence[str]:
    """Message-IDs for References (RFC 5322 section 3.6.4), oldest first; the last is the one that is answered.

    Mails of other people, and ours to this very recipient: our copies for others are in nobody else's mailbox. What was
    written after this delivery was decided on is left out, so that a second try is the same mail. A reply that came by
    mail stands last in the copies of it, as its own answers refer to it.
    """
    if delivery.ticket_id is None:
        return ()
    sent = await reading.session.execute(
        select(Delivery.message_id, Delivery.external_id, Delivery.user_id).where(
            Delivery.ticket_id == delivery.ticket_id, Delivery.channel == EMAIL
        )
    )
    ours = {id_: (wire or own, user) for own, wire, user in sent for id_ in (own, wire) if id_}
    places = await reading.session.execute(
        select(ThreadMessage.external_id, ThreadMessage.reply_id)
        .where(
            ThreadMessage.ticket_id == delivery.ticket_id,
            ThreadMessage.channel == EMAIL,
            ThreadMessage.is_awaited.is_(False),
            ThreadMessage.is_internal.is_(False),
        )
        .order_by(ThreadMessage.id)
    )
    before: dict[str, None] = {}
    copied: dict[str, None] = {}
    is_before = True
    for external_id, reply_id in places:
        wire, user_id = ours.get(external_id, (external_id, delivery.user_id))
        is_before = is_before and external_id != delivery.message_id
        if external_id not in ours and reply_id is not None and reply_id == delivery.reply_id:
            copied[wire] = None
        elif is_before and user_id == delivery.user_id:
            before[wire] = None
    known = [*(id_ for id_ in before if id_ not in copied), *copied]
    return [*known[:1], *known[1:][-(MOST_REFERENCES - 1) :]]
