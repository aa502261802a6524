"""The desk's courier for mail: composes what is to be said and hands it to the transport."""

import asyncio
from typing import Protocol

from bot.email.compose import OwnAddresses, compose, recipients
from bot.email.transports.port import Transport
from core.clock import Clock
from core.conversations.values import Outgoing, Receipt
from core.errors import DeliveryRefusedError, NotFoundError


class AttachmentBytes(Protocol):
    """Where attachments are kept, by the SHA-256 of their bytes.

    Raises:
        NotFoundError: there is none.
        TryAgainLaterError: the store cannot be reached.
    """

    async def read(self, sha256: str) -> bytes: ...


class MailCourier:
    """Delivers on the channel `email`; see `core.conversations.ports.Courier` for what it raises.

    Whether an earlier try may have gone out makes no difference here: each try of one delivery has the same key and
    Message-ID, by which transports and recipients know it again.
    """

    channel = "email"

    def __init__(
        self, transport: Transport, own: OwnAddresses, attachments: AttachmentBytes, *, clock: Clock | None = None
    ) -> None:
        self._transport = transport
        self._own = own
        self._attachments = attachments
        self._clock = clock or Clock()

    async def deliver(self, outgoing: Outgoing) -> Receipt:
        contents = await self._contents(outgoing)
        message = await asyncio.to_thread(compose, outgoing, self._own, now=self._clock.now(), contents=contents)
        sent = await self._transport.send(message, recipients(message), key=outgoing.key)
        return Receipt(external_id=sent.message_id, provider_id=sent.provider_id)

    async def _contents(self, outgoing: Outgoing) -> dict[str, bytes]:
        wanted = dict.fromkeys(attachment.sha256 for attachment in outgoing.attachments)
        try:
            return {sha256: await self._attachments.read(sha256) for sha256 in wanted}
        except NotFoundError as error:
            raise DeliveryRefusedError("An attachment of this message is no longer there.") from error
