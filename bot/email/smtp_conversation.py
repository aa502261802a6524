"""One SMTP connection: aiosmtpd's commands, with a DATA that keeps memory flat whatever is sent.

aiosmtpd 1.4.6 takes content without line ends beyond its size limit and refuses lines over 1,001 bytes, which real
mail has. Here content of any line length is counted as it arrives. STARTTLS (RFC 3207) and AUTH (RFC 4954) are
aiosmtpd's, offered where the door has a certificate and credentials.
"""

import asyncio
import contextlib
import itertools
import logging
import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, AnyStr, ClassVar, Protocol

from aiosmtpd.smtp import SMTP, Envelope

from bot.email.loopback import is_loopback
from bot.email.smtp_paths import read_plain_path
from bot.email.smtp_room import Room
from bot.email.smtp_terms import Terms, client_of

COMMAND_LENGTH = 2048  # bytes; RFC 5321 section 4.5.3.1.4 asks for 512 and more for extensions
PARTS_AT_ONCE = 256  # of content; a hostile one has a part a line
READ_LIMIT = 1 << 16  # bytes of content that are looked at together; more comes in parts
SIGN_INS = 3  # that fail in one connection
LINGER = 10.0  # seconds to read on after a refusal amid content, so that the reply reaches a client still sending

_STOP = b".\r\n"
_END = b"\r\n.\r\n"  # RFC 5321 section 4.1.1.4

_AUTH_PARAMETER = re.compile(r"\sAUTH=\S*", re.IGNORECASE)  # RFC 4954 section 5: whose mail it was; of no use here

# It logs every command with its addresses, and what hostile clients send.
logging.getLogger("mail.log").setLevel(logging.ERROR)


class Door(Protocol):
    """What a connection needs from the door it came through."""

    room: Room

    def admit(self, conversation: "Conversation") -> bool: ...
    def part(self, conversation: "Conversation") -> None: ...
    def may_send(self, client: str) -> bool: ...


class Hooks(Protocol):
    """What answers to recipients and content, and aiosmtpd's own hooks beside."""

    @property
    def signs_in(self) -> bool: ...

    def authenticate(self, *arguments: Any, **more: Any) -> Any: ...


class RoutedEnvelope(Envelope):
    """An envelope that knows to which organization each of `rcpt_tos` leads, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.organizations: list[int] = []

    def recipients_of(self, organization_id: int) -> tuple[str, ...]:
        pairs = zip(self.rcpt_tos, self.organizations, strict=True)
        return tuple(address for address, leads_to in pairs if leads_to == organization_id)


class ContentRefusedError(Exception):
    """Content that is not taken; `reply` is what the client is told."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.reply = reply


class Conversation(SMTP):
    """One client, from greeting to goodbye. Any reply that starts with 421 ends it (RFC 5321 section 3.8)."""

    protocol_name: ClassVar[str] = "SMTP"
    command_size_limit = COMMAND_LENGTH
    line_length_limit = READ_LIMIT

    def __init__(self, door: Door, hooks: Hooks, terms: Terms) -> None:
        # The class has one dictionary for all connections, which each EHLO changes.
        self.command_size_limits = defaultdict(lambda: COMMAND_LENGTH)
        super().__init__(
            hooks,
            data_size_limit=terms.max_size,
            enable_SMTPUTF8=True,
            hostname=terms.hostname,
            ident="TickMate",
            timeout=terms.idle_timeout,
            tls_context=terms.certificate.context() if terms.certificate else None,
            auth_required=hooks.signs_in,
            authenticator=hooks.authenticate,
            loop=asyncio.get_running_loop(),
        )
        self._door = door
        self._signs_in = hooks.signs_in
        self._max_size = terms.max_size
        self._content_timeout = terms.content_timeout
        self._monotonic = terms.clock.monotonic
        self._content_until = 0.0
        self._idle_until = 0.0
        self._is_receiving = False  # content is arriving
        self._is_taking = False  # content is arriving or being stored
        self._is_leaving = False
        self.client = ""
        self.unknown_recipients = 0
        self.failed_sign_ins = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._original_transport is not None:  # the same connection, encrypted from here on
            super().connection_made(transport)
            return
        peer = transport.get_extra_info("peername")
        address = str(peer[0]) if peer else ""
        self.client = client_of(address)
        self._auth_require_tls = not is_loopback(address)
        if self._door.admit(self):
            super().connection_made(transport)
            return
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 (create_server makes no other)
        transport.write(b"421 4.7.0 too many connections, please try again later\r\n")
        transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if self.session is None:  # turned away at once
            return
        super().connection_lost(error)
        self._door.part(self)

    def data_received(self, data: bytes) -> None:
        if self._is_receiving:
            if self._monotonic() >= self._content_until:
                self._say_goodbye(b"421 4.4.2 the mail took too long to arrive, please try again later\r\n")
                return
            self._reset_timeout()
        super().data_received(data)

    async def push(self, status: AnyStr) -> None:
        await super().push(status)
        if status[:3] in ("421", b"421") and self.transport is not None:
            self.transport.close()

    def leave(self) -> None:
        """Ends the conversation: now, or after the mail that is on its way."""
        self._is_leaving = True
        if not self._is_taking:
            self._say_goodbye(b"421 4.3.2 shutting down, please try again later\r\n")

    def cut_off(self) -> None:
        """Ends the connection, whether or not the client has read what it was told."""
        if self._is_shaking_hands:  # asyncio tells nobody of a connection that it ends amid its handshake
            assert isinstance(self._original_transport, asyncio.Transport)  # noqa: S101 (see connection_made)
            self._original_transport.abort()
            self.connection_lost(None)
        elif isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    @property
    def _is_shaking_hands(self) -> bool:
        return self._original_transport is not None and self.session is not None and self.session.ssl is None

    def _say_goodbye(self, reply: bytes) -> None:
        """End the connection with a last word; a client that does not read it in time is cut off."""
        transport = self.transport
        if self._is_shaking_hands or not isinstance(transport, asyncio.Transport):
            self.cut_off()
        elif not transport.is_closing():
            transport.write(reply)
            transport.close()
            self.loop.call_later(LINGER, self.cut_off)

    async def smtp_STARTTLS(self, arg: str | None) -> None:  # noqa: N802 (aiosmtpd finds commands by this name)
        if self._tls_protocol is not None:
            await self.push("503 5.5.1 TLS is active already")
            return
        await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str | None) -> None:  # noqa: N802 (see smtp_STARTTLS)
        if not self._signs_in:
            await self.push("502 5.5.1 nobody needs to sign in here")
            return
        mechanism, space, initial = (arg or "").partition(" ")
        await super().smtp_AUTH(f"{mechanism.upper()}{space}{initial}")
        if self.session is not None and not self.session.authenticated:
            self.failed_sign_ins += 1
            if self.failed_sign_ins >= SIGN_INS:
                await self.push("421 4.7.0 too many failed sign-ins")

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 (see smtp_STARTTLS)
        await super().smtp_MAIL(_AUTH_PARAMETER.sub("", arg) if arg else arg)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 (aiosmtpd finds commands by this name)
        if await self.check_helo_needed():
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        if self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 need RCPT command")
            return
        if not self._door.may_send(self.client):
            await self.report(["450 4.7.1 too many mails from your address, please try again later"])
            return
        self._is_taking = True
        recipients = len(self.envelope.rcpt_tos)
        try:
            await self._take_content(self.envelope)
        except ContentRefusedError as refused:
            await self._turn_away([refused.reply] * recipients)
        finally:
            self._is_taking = False
        if self._is_leaving:
            await self.push("421 4.3.2 shutting down, please try again later")

    async def _take_content(self, envelope: Envelope) -> None:
        content = bytearray()
        place = self._door.room.take(self.client)
        storing: asyncio.Future[Any] | None = None
        try:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            self._content_until = self._monotonic() + self._content_timeout
            self._is_receiving = True
            for number in itertools.count(1):
                if _is_whole(content):
                    break
                if number % PARTS_AT_ONCE == 0:
                    await asyncio.sleep(0)  # what has arrived is read without a pause
                part = await self._read_part()
                if len(content) + len(part) > self._max_size + self._max_size // 64 + len(_END):  # dots to be taken off
                    raise ContentRefusedError("552 5.3.4 the message is larger than this desk takes")
                if not place.hold(len(content) + len(part)):
                    raise ContentRefusedError("452 4.3.1 too much mail at once, please try again later")
                content += part
            self._is_receiving = False
            envelope.original_content = envelope.content = _without_transparency(content)
            content.clear()
            if len(envelope.content) > self._max_size:
                raise ContentRefusedError("552 5.3.4 the message is larger than this desk takes")
            storing = asyncio.ensure_future(self._call_handler_hook("DATA"))
            place.leave_after(storing)
            replies = await asyncio.shield(storing)
        finally:
            self._is_receiving = False
            content.clear()  # a refusal's traceback would hold it for as long as the client is listened to
            if storing is None:
                place.leave()
            self._set_post_data_state()
        await self.report(replies)

    async def report(self, replies: Sequence[str]) -> None:
        """Tell what became of the content, from the reply of each recipient: the worst, a passing fault before all."""
        await self.push(min(replies, key=lambda reply: "452".find(reply[0])))

    async def _read_part(self) -> bytes:
        """Content up to the next full stop at the end of a line, which may be the end of it all, or some before that.

        A long part is cut so that no stop of this kind is.
        """
        try:
            return await self._reader.readuntil(_STOP)
        except asyncio.LimitOverrunError as overrun:
            return await self._reader.readexactly(overrun.consumed)

    async def _turn_away(self, replies: Sequence[str]) -> None:
        # Closing with unread input would reset the connection and take the reply with it.
        await self.report(replies)
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()
        if isinstance(self.transport, asyncio.Transport) and self.transport.can_write_eof():
            self.transport.write_eof()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER):
                while await self._reader.read(READ_LIMIT):
                    pass
        self.cut_off()

    def _reset_timeout(self, duration: float | None = None) -> None:
        """Note that something was heard. The one timer looks at that when it goes off; it is not set anew each time."""
        self._idle_until = self.loop.time() + (duration or self._timeout_duration)
        if self._timeout_handle is None:
            self._timeout_handle = self.loop.call_at(self._idle_until, self._look_whether_idle)

    def _look_whether_idle(self) -> None:
        if self.loop.time() < self._idle_until:
            self._timeout_handle = self.loop.call_at(self._idle_until, self._look_whether_idle)
        else:
            self._timeout_cb()

    def _timeout_cb(self) -> None:
        if isinstance(self.transport, asyncio.Transport) and self.transport.get_write_buffer_size():
            self.cut_off()  # closing would wait, and hold the place, until the client reads
        else:
            self._say_goodbye(b"421 4.4.2 nothing heard for too long\r\n")

    def _set_post_data_state(self) -> None:
        self.envelope = RoutedEnvelope()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        if plain := read_plain_path(arg):
            return plain
        try:
            address, rest = super()._getaddr(arg)
            (address or "").encode()
        except (LookupError, AttributeError, ValueError, RecursionError):  # the email package on hostile addresses
            return None, None
        return address, rest


def _is_whole(content: bytearray) -> bool:
    return content.endswith(_END) or content == _STOP


def _without_transparency(content: bytearray) -> bytes:
    """What was meant: without the end, and without the dot before every line that begins with one.

    RFC 5321 section 4.5.2.
    """
    lines = bytes(content[: -len(_STOP)])
    return lines.removeprefix(b".").replace(b"\r\n.", b"\r\n")
