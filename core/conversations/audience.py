"""Who reads what is posted into Slack, so that a private ticket's words go to nobody else."""

from enum import StrEnum

from core.conversations.models import Delivery
from core.conversations.values import DeliveryKind
from core.policy import Policy

_MODERATORS_ONLY = frozenset({DeliveryKind.CARD, DeliveryKind.INTERNAL_NOTE, DeliveryKind.ALERT})
_KEY = "audience"


class Audience(StrEnum):
    THREAD = "thread"  # whoever reads where the ticket was filed
    MODERATORS = "moderators"  # the card and its thread
    PERSON = "person"  # one person, by direct message


def addressed_to(audience: Audience) -> dict[str, object]:
    """The content of a delivery for these readers."""
    return {_KEY: audience.value}


def audience_of(delivery: Delivery, policy: Policy) -> Audience:
    """For whom a delivery is, whatever the settings have become since it was written."""
    if delivery.kind in _MODERATORS_ONLY or delivery.recipient == policy.triage_channel:
        return Audience.MODERATORS
    return Audience(str(delivery.content.get(_KEY, Audience.THREAD.value)))


def is_direct(conversation: str) -> bool:
    """Whether only one person reads in this Slack conversation, or is the one that this id names."""
    return conversation.startswith(("D", "U", "W"))
