"""What the desk needs to speak through a channel."""

from typing import Protocol

from core.conversations.values import OtherReaders, Outgoing, Receipt


class Courier(Protocol):
    """Delivers on one channel (`email` or `slack`).

    Raises:
        DeliveryRefusedError: the channel will never take it (no retry).
        TryAgainLaterError: a passing fault; `retry_after` where the channel named a time.
    """

    channel: str

    async def deliver(self, outgoing: Outgoing) -> Receipt: ...


class ChannelReaders(Protocol):
    """Knows who reads in a moderators' channel besides them; None where nobody does.

    Raises:
        DeliveryRefusedError: nobody can tell, as the channel is not there for this desk.
        TryAgainLaterError: a passing fault.
    """

    async def others_in(self, organization_id: int, channel: str) -> OtherReaders | None: ...
