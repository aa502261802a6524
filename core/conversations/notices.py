"""A line, or a question with buttons, to one person in Slack: told once, by a job, like any other delivery."""

from dataclasses import dataclass

from core.conversations.audience import Audience, addressed_to
from core.conversations.enqueueing import SLACK, enqueue
from core.conversations.models import Delivery
from core.conversations.urging import urging_content
from core.conversations.values import Choice, DeliveryKind, Urging
from core.db.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """What is said to whom.

    Attributes:
        conversation: the Slack channel it appears in, seen by `only_for` alone unless that is empty.
        thread_key: the Slack message (`CHANNEL:TS`) it appears under; empty for none.
        choices: buttons below it.
        ticket_id: the ticket it is about, where answers to it belong.
        for_moderators: it belongs below the card of its ticket, and so do the answers to it.
        urging: whom it calls by name, and to what.
    """

    text: str
    conversation: str
    only_for: str = ""
    thread_key: str = ""
    choices: tuple[Choice, ...] = ()
    ticket_id: int | None = None
    for_moderators: bool = False
    urging: Urging | None = None


def tell_alone(uow: UnitOfWork, notice: Notice, *, key: str) -> None:
    """Enqueue a notice; the same `key` again is an error of the caller's."""
    delivery = Delivery(
        organization_id=uow.actor.organization_id,
        key=key,
        kind=DeliveryKind.NOTICE,
        channel=SLACK,
        recipient=notice.conversation,
        ticket_id=notice.ticket_id,
        thread_key=notice.thread_key,
        content={
            "text": notice.text,
            "only_for": notice.only_for,
            "choices": [[choice.action, choice.label, choice.value] for choice in notice.choices],
            **(addressed_to(Audience.MODERATORS) if notice.for_moderators else {}),
            **urging_content(notice.urging),
        },
        created_at=uow.clock.now(),
    )
    enqueue(uow, delivery)
