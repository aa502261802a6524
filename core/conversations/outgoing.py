"""Reading together all that a channel needs to say one thing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from core.conversations.audience import Audience, audience_of
from core.conversations.enqueueing import EMAIL
from core.conversations.files_to_send import files_to_send
from core.conversations.models import Delivery
from core.conversations.references import references_for
from core.conversations.threads import card_thread, is_card_on_its_way, requester_thread
from core.conversations.urging import read_urging
from core.conversations.values import UPDATED_IN_PLACE, Choice, DeliveryKind, Outgoing, Quotation
from core.db.unit_of_work import Reading
from core.errors import TryAgainLaterError
from core.people.models import MagicLink, Organization, User
from core.people.organizations import support_address_of
from core.search.feedback import shown_ids_on, verdicts_on
from core.search.feedback_links import FeedbackLink
from core.search.queries import similar_shown
from core.search.values import SimilarTicket, Verdict
from core.sla.values import running_clock
from core.tickets.models import Reply, Satisfaction, Ticket
from core.tickets.queries import list_in_copy
from core.tickets.values import Visibility
from core.triage.queries import latest_suggestion

_IN_A_THREAD = frozenset(
    {
        DeliveryKind.REPLY,
        DeliveryKind.INTERNAL_NOTE,
        DeliveryKind.RESOLUTION,
        DeliveryKind.STATUS,
        DeliveryKind.VISIBILITY,
        DeliveryKind.FILES,
    }
)
_SAYS_WHAT_IS_SIMILAR = frozenset({DeliveryKind.ACKNOWLEDGEMENT, DeliveryKind.CONFIRMATION, DeliveryKind.CARD})


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses that carry a secret, as the roof makes them."""

    magic: Callable[[MagicLink], str]
    feedback: Callable[[FeedbackLink], str]
    satisfaction: Callable[[Satisfaction], str]


def may_wait_for_files(delivery: Delivery) -> bool:
    """Whether `read_outgoing` may have to choose the files that go with it, which takes a unit of work."""
    return delivery.reply_id is not None or delivery.kind is DeliveryKind.FILES


async def read_outgoing(reading: Reading, delivery: Delivery, *, links: Links) -> Outgoing:
    """The message as it should read now.

    Raises:
        TryAgainLaterError: the Slack thread it belongs into does not exist yet, or its files are on their way.
    """
    ticket = await reading.session.get(Ticket, delivery.ticket_id) if delivery.ticket_id else None
    reply = await reading.session.get(Reply, delivery.reply_id) if delivery.reply_id else None
    recipient = await reading.session.get(User, delivery.user_id) if delivery.user_id else None
    tells_similar = ticket is not None and delivery.kind in _SAYS_WHAT_IS_SIMILAR
    sender = await _mail_sender(reading, delivery.organization_id) if delivery.channel == EMAIL else _MailSender()
    references = await references_for(reading, delivery) if delivery.channel == EMAIL else ()
    similar = await _similar(reading, delivery, ticket) if ticket and tells_similar else []
    magic_link = delivery.content.get("magic_link_id")
    is_card = ticket is not None and delivery.kind is DeliveryKind.CARD
    asked = await _asked(reading, delivery, ticket)
    files = await files_to_send(reading, delivery, ticket, reply)
    return Outgoing(
        delivery_id=delivery.id,
        key=delivery.key,
        kind=delivery.kind,
        recipient=delivery.recipient,
        organization_id=delivery.organization_id,
        recipient_name=recipient.display_name if recipient else "",
        organization_name=sender.organization_name,
        from_address=sender.from_address,
        support_address=sender.support_address,
        ticket=ticket.snapshot() if ticket else None,
        others=tuple(one.as_person() for one in await list_in_copy(reading, ticket)) if ticket and is_card else (),
        reply=reply.snapshot() if reply else None,
        attachments=files.now,
        following=files.following,
        suggestion=await latest_suggestion(reading, ticket.id) if ticket and tells_similar else None,
        similar=tuple(similar),
        feedback_urls=await _feedback_urls(reading, ticket, recipient, similar, links) if ticket and recipient else {},
        similar_known=ticket is not None and ticket.similar_found_at is not None,
        rating=asked.as_rating() if asked else None,
        rating_url=links.satisfaction(asked) if asked and delivery.channel == EMAIL else "",
        external_id=delivery.external_id if delivery.kind in UPDATED_IN_PLACE else "",
        shown_revision=delivery.shown_revision,
        thread_key=await _thread_key(reading, delivery, ticket),
        message_id=delivery.message_id,
        in_reply_to=references[-1] if references else "",
        references=tuple(references),
        queued_at=delivery.created_at,
        page_url=_page_url(reading, delivery, ticket),
        link_url=links.magic(await reading.session.get_one(MagicLink, magic_link)) if magic_link else "",
        title=str(delivery.content.get("title", "")),
        text=str(delivery.content.get("text", "")),
        only_for=str(delivery.content.get("only_for", "")),
        choices=tuple(Choice(*choice) for choice in delivery.content.get("choices", ())),
        urging=read_urging(delivery.content),
        quotation=await _answered(reading, ticket, reply) if delivery.channel == EMAIL else None,
        for_moderators=audience_of(delivery, reading.policy) is Audience.MODERATORS,
        clock=running_clock(ticket.snapshot(), reading.policy.sla, reading.clock.now()) if ticket and is_card else None,
        may_leave=ticket is not None and recipient is not None and recipient.id != ticket.created_by_id,
    )


@dataclass(frozen=True, slots=True)
class _MailSender:
    """As whom an organization writes mail."""

    organization_name: str = ""
    from_address: str = ""
    support_address: str = ""


async def _mail_sender(reading: Reading, organization_id: int) -> _MailSender:
    organization = await reading.session.get_one(Organization, organization_id)
    support_address = await support_address_of(reading, organization_id)
    is_shared = support_address == reading.policy.support_address
    from_address = (reading.policy.email_from if is_shared else "") or support_address
    return _MailSender(organization.name, from_address, support_address)


def _page_url(reading: Reading, delivery: Delivery, ticket: Ticket | None) -> str:
    told = str(delivery.content.get("page_url", ""))
    return told or (reading.policy.ticket_url(ticket.number) if ticket else reading.policy.app_url)


async def _asked(reading: Reading, delivery: Delivery, ticket: Ticket | None) -> Satisfaction | None:
    """The question that this message asks; on a card, that of the ticket."""
    if ticket is not None and delivery.kind is DeliveryKind.CARD:
        of_ticket = select(Satisfaction).where(Satisfaction.ticket_id == ticket.id)
        return (await reading.session.scalars(of_ticket)).one_or_none()
    asks = delivery.content.get("asks")
    return await reading.session.get(Satisfaction, asks) if asks else None


async def _similar(reading: Reading, delivery: Delivery, ticket: Ticket) -> list[SimilarTicket]:
    """What is shown as similar; to the requester without what they have said not to help."""
    found = await similar_shown(reading, ticket)
    if delivery.kind is not DeliveryKind.CONFIRMATION:
        return found
    judged = await verdicts_on(reading, ticket, by=ticket.created_by_id)
    return [one for one in found if judged.get(one.ticket_id) is not Verdict.NOT_HELPFUL]


async def _feedback_urls(
    reading: Reading, ticket: Ticket, recipient: User, similar: Sequence[SimilarTicket], links: Links
) -> dict[int, str]:
    shown = await shown_ids_on(reading, ticket) if similar else {}
    return {
        one.number: links.feedback(
            FeedbackLink(shown_id=shown[one.ticket_id], user_id=recipient.id, organization_id=ticket.organization_id)
        )
        for one in similar
        if one.ticket_id in shown
    }


async def _thread_key(reading: Reading, delivery: Delivery, ticket: Ticket | None) -> str:
    audience = audience_of(delivery, reading.policy)
    is_notice = delivery.kind is DeliveryKind.NOTICE
    if is_notice and (delivery.thread_key or audience is not Audience.MODERATORS):
        return delivery.thread_key
    if delivery.channel == EMAIL or ticket is None:
        return ""
    if audience is Audience.PERSON:
        return ""
    if audience is Audience.MODERATORS:
        thread = "" if delivery.kind is DeliveryKind.CARD else await card_thread(reading, ticket)
    else:
        thread = delivery.thread_key or await requester_thread(reading, ticket)
    if not thread and (delivery.kind in _IN_A_THREAD or (is_notice and await is_card_on_its_way(reading, ticket))):
        raise TryAgainLaterError("The message it belongs under has not been posted yet.", retry_after=1.0)
    return thread


async def _answered(reading: Reading, ticket: Ticket | None, reply: Reply | None) -> Quotation | None:
    """The public message before a reply: what it answers."""
    if ticket is None or reply is None:
        return None
    earlier: Reply | None = await reading.session.scalar(
        select(Reply)
        .where(Reply.ticket_id == ticket.id, Reply.id < reply.id, Reply.visibility == Visibility.PUBLIC)
        .order_by(Reply.id.desc())
        .limit(1)
    )
    if earlier is not None:
        return Quotation(author=earlier.author.display_name, text=earlier.text, written_at=earlier.created_at)
    return Quotation(author=ticket.created_by.display_name, text=ticket.description, written_at=ticket.created_at)
