"""LMTP (RFC 2033): how a mail server on the same machine hands over mail, with an answer for each recipient."""

from collections.abc import Sequence
from typing import ClassVar

from bot.email.smtp_conversation import Conversation


class LmtpConversation(Conversation):
    """SMTP but for the greeting and the replies to content."""

    protocol_name: ClassVar[str] = "LMTP"

    async def smtp_LHLO(self, arg: str) -> None:  # noqa: N802 (aiosmtpd finds commands by this name)
        await super().smtp_EHLO(arg)

    async def smtp_EHLO(self, arg: str) -> None:  # noqa: ARG002, N802 (see smtp_LHLO)
        await self.push("500 5.5.1 this is LMTP, say LHLO")

    async def smtp_HELO(self, arg: str) -> None:  # noqa: N802 (see smtp_LHLO)
        await self.smtp_EHLO(arg)

    async def report(self, replies: Sequence[str]) -> None:
        for reply in replies:
            await self.push(reply)
