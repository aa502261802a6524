"""An SMTP relay that keeps what it takes and says what the test wants."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult


@dataclass(frozen=True)
class Relayed:
    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    was_encrypted: bool


@dataclass
class FakeRelay:
    """`recipient_replies` by address and `data_reply` are said instead of 250; `breaks_after_data` hangs up instead."""

    recipient_replies: dict[str, str] = field(default_factory=dict)
    data_reply: str = "250 OK"
    breaks_after_data: bool = False
    password: str = ""
    taken: list[Relayed] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        reply = self.recipient_replies.get(address, "250 OK")
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        transport = server.transport
        assert isinstance(transport, asyncio.Transport)
        if self.data_reply.startswith("250"):
            encrypted = session.ssl is not None or transport.get_extra_info("sslcontext") is not None
            self.taken.append(
                Relayed(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.original_content, encrypted)
            )
        if self.breaks_after_data:
            transport.abort()
        return self.data_reply

    def authenticate(self, server: SMTP, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
        return AuthResult(success=login.password.decode() == self.password, handled=False)


@asynccontextmanager
async def smtp_relay(
    relay: FakeRelay,
    *,
    port: int = 0,
    utf8: bool = True,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[FakeRelay]:
    def converse() -> SMTP:
        return SMTP(
            relay,
            enable_SMTPUTF8=utf8,
            hostname="relay.example",
            tls_context=starttls,
            require_starttls=starttls is not None,
            auth_required=bool(relay.password),
            auth_require_tls=False,
            authenticator=relay.authenticate,
            loop=asyncio.get_running_loop(),
        )

    server = await asyncio.get_running_loop().create_server(converse, "127.0.0.1", port, ssl=tls)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        await server.wait_closed()
