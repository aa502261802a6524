"""What the desk needs to speak through a channel."""

from typing import Protocol

from core.conversations.values import Outgoing, Receipt


class Courier(Protocol):
    """Delivers on one channel (`email` or `slack`).

    Raises:
        DeliveryRefusedError: the channel will never take it (no retry).
        TryAgainLaterError: a passing fault; `retry_after` where the channel named a time.
    """

    channel: str

    async def deliver(self, outgoing: Outgoing) -> Receipt: ...
