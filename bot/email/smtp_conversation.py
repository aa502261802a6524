"""One SMTP connection: aiosmtpd's commands, with a DATA that keeps memory flat whatever is sent.

aiosmtpd 1.4.6 takes content without line ends beyond its size limit and refuses lines over 1,001 bytes, which real
mail has. Here content of any line length is counted as it arrives.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from typing import AnyStr, Protocol

from aiosmtpd.smtp import SMTP, Envelope

COMMAND_LENGTH = 2048  # bytes; RFC 5321 section 4.5.3.1.4 asks for 512 and more for extensions
READ_LIMIT = 1 << 16  # bytes of one line that are looked at together; a longer line comes in parts
LINGER = 10.0  # seconds to read on after a refusal amid content, so that the reply reaches a client still sending

# It logs every command with its addresses, and what hostile clients send.
logging.getLogger("mail.log").setLevel(logging.ERROR)


class Door(Protocol):
    """What a connection needs from the door it came through."""

    def admit(self, conversation: "Conversation") -> bool: ...
    def part(self, conversation: "Conversation") -> None: ...
    def reserve(self, size: int) -> bool: ...


class RoutedEnvelope(Envelope):
    """An envelope that knows which of its recipients lead to which organization."""

    def __init__(self) -> None:
        super().__init__()
        self.routes: dict[int, list[str]] = {}


class ContentRefusedError(Exception):
    """Content that is not taken; `reply` is what the client is told."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.reply = reply


class Conversation(SMTP):
    """One client, from greeting to goodbye. Any reply that starts with 421 ends it (RFC 5321 section 3.8)."""

    command_size_limit = COMMAND_LENGTH
    line_length_limit = READ_LIMIT

    def __init__(self, door: Door, reception: object, *, hostname: str, max_size: int, idle_timeout: float) -> None:
        # The class has one dictionary for all connections, which each EHLO changes.
        self.command_size_limits = defaultdict(lambda: COMMAND_LENGTH)
        super().__init__(
            reception,
            data_size_limit=max_size,
            enable_SMTPUTF8=True,
            hostname=hostname,
            ident="TickMate",
            timeout=idle_timeout,
            loop=asyncio.get_running_loop(),
        )
        self._door = door
        self._max_size = max_size
        self._is_receiving = False  # content is arriving
        self._is_taking = False  # content is arriving or being stored
        self._is_leaving = False
        self.client = ""
        self.unknown_recipients = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        self.client = str(peer[0]) if peer else ""
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
            self._reset_timeout()
        super().data_received(data)

    async def push(self, status: AnyStr) -> None:
        await super().push(status)
        if status[:3] in ("421", b"421") and self.transport is not None:
            self.transport.close()

    def leave(self) -> None:
        """Ends the conversation: now, or after the mail that is on its way."""
        self._is_leaving = True
        if not self._is_taking and isinstance(self.transport, asyncio.Transport):
            self.transport.write(b"421 4.3.2 shutting down, please try again later\r\n")
            self.transport.close()

    def cut_off(self) -> None:
        """Ends the connection, whether or not the client has read what it was told."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 (aiosmtpd finds commands by this name)
        if await self.check_helo_needed():
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        if self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 need RCPT command")
            return
        self._is_taking = True
        try:
            await self._take_content(self.envelope)
        except ContentRefusedError as refused:
            await self._turn_away(refused.reply)
        finally:
            self._is_taking = False
        if self._is_leaving:
            await self.push("421 4.3.2 shutting down, please try again later")

    async def _take_content(self, envelope: Envelope) -> None:
        content = bytearray()
        reserved = 0
        try:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            self._is_receiving = True
            while (part := await self._read_part(starts_line=content.endswith(b"\r\n") or not content)) is not None:
                if len(content) + len(part) > self._max_size:
                    raise ContentRefusedError("552 5.3.4 the message is larger than this desk takes")
                if not self._door.reserve(len(part)):
                    raise ContentRefusedError("452 4.3.1 too much mail at once, please try again later")
                reserved += len(part)
                content += part
            self._is_receiving = False
            envelope.original_content = envelope.content = bytes(content)
            content.clear()
            status = await self._call_handler_hook("DATA")
        finally:
            self._is_receiving = False
            self._door.reserve(-reserved)
            self._set_post_data_state()
        await self.push(status)

    async def _read_part(self, *, starts_line: bool) -> bytes | None:
        """The next line or part of a long one, transparency undone (RFC 5321 section 4.5.2); None at the end."""
        try:
            part = await self._reader.readuntil(b"\r\n")
        except asyncio.LimitOverrunError as overrun:
            part = await self._reader.readexactly(overrun.consumed)
        if not starts_line or not part.startswith(b"."):
            return part
        return None if part == b".\r\n" else part[1:]

    async def _turn_away(self, reply: str) -> None:
        # Closing with unread input would reset the connection and take the reply with it.
        await self.push(reply)
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()
        if isinstance(self.transport, asyncio.Transport) and self.transport.can_write_eof():
            self.transport.write_eof()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER):
                while await self._reader.read(READ_LIMIT):
                    pass
        self.cut_off()

    def _timeout_cb(self) -> None:
        if not isinstance(self.transport, asyncio.Transport):
            return
        if self.transport.get_write_buffer_size():
            self.cut_off()  # closing would wait, and hold the place, until the client reads
        else:
            self.transport.write(b"421 4.4.2 nothing heard for too long\r\n")
            self.transport.close()

    def _set_post_data_state(self) -> None:
        self.envelope = RoutedEnvelope()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        try:
            address, rest = super()._getaddr(arg)
            (address or "").encode()
        except (LookupError, AttributeError, ValueError, RecursionError):  # the email package on hostile addresses
            return None, None
        return address, rest
