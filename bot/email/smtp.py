"""The SMTP door: it listens, limits how much may come at once, and stops without losing a mail.

What is said in one connection is in `smtp_conversation.py`, what becomes of recipients and content in `Reception`.
"""

import asyncio
import hashlib
from collections import Counter
from typing import Protocol

import structlog
from aiosmtpd.smtp import Session

from bot.email.smtp_conversation import Conversation, RoutedEnvelope
from core.clock import Clock
from core.errors import ConfigurationError, TooLargeError, TryAgainLaterError
from core.intake.values import Accepted, Channel, InboundMessage

log = structlog.get_logger(__name__)

UNKNOWN_RECIPIENTS = 20  # in one connection; after that somebody is guessing addresses
RECIPIENTS = 1000  # of one mail; RFC 5321 section 4.5.3.1.8 asks for at least 100
MAILS_IN_MEMORY = 10  # of the largest size, over all connections together

_HASH_ON_LOOP = 1 << 20  # bytes; hashing more than that would hold up everybody else
_TRY_AGAIN = "451 4.3.0 not stored at the moment, please try again later"
_TOO_LARGE = "552 5.3.4 the message is larger than this desk takes"


class MailIntake(Protocol):
    """What the door needs from the desk.

    Raises:
        TryAgainLaterError: a passing fault; the sender keeps the mail.
        TooLargeError: the desk takes no mail of this size.
    """

    async def route(self, address: str) -> int | None:
        """The id of the organization that `address` leads to; None where it leads nowhere."""

    async def accept(self, message: InboundMessage) -> Accepted:
        """Returns only after the message is durably stored."""


class Reception:
    """The answers to a recipient and to content; aiosmtpd finds these hooks by their names."""

    def __init__(self, intake: MailIntake, clock: Clock) -> None:
        self._intake = intake
        self._clock = clock
        self._under_way: set[asyncio.Task[Accepted]] = set()

    async def handle_RCPT(  # noqa: N802 (the hook's name)
        self, server: Conversation, _session: Session, envelope: RoutedEnvelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 4.5.3 too many recipients, send the mail to the others again"
        try:
            organization_id = await self._intake.route(address)
        except Exception as error:  # noqa: BLE001 (whatever failed, the address may be good: the sender must keep the mail)
            log.warning("smtp_route_failed", error=type(error).__name__)
            return _TRY_AGAIN
        if organization_id is None:
            server.unknown_recipients += 1
            if server.unknown_recipients >= UNKNOWN_RECIPIENTS:
                return "421 4.7.0 too many unknown recipients"
            return "550 5.1.1 unknown recipient: this address leads to no support desk here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        envelope.routes.setdefault(organization_id, []).append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 (the hook's name)
        self, _server: Conversation, session: Session, envelope: RoutedEnvelope
    ) -> str:
        raw = envelope.original_content or b""
        sha256 = await _sha256(raw)
        try:
            for organization_id, recipients in envelope.routes.items():
                await self._store(
                    InboundMessage(
                        channel=Channel.EMAIL,
                        external_id=sha256,
                        raw=raw,
                        received_at=self._clock.now(),
                        recipients=tuple(recipients),
                        envelope_sender=_sender(envelope.mail_from),
                        client_address=str((session.peer or ("",))[0]),
                        organization_id=organization_id,
                    )
                )
        except TooLargeError:
            return _TOO_LARGE
        except TryAgainLaterError as error:
            log.warning("smtp_not_stored", sha256=sha256, error=error.message)
            return _TRY_AGAIN
        except Exception as error:  # noqa: BLE001 (not stored for whatever reason: 250 would lose it, 5xx would bounce it)
            log.warning("smtp_not_stored", sha256=sha256, error=type(error).__name__)
            return _TRY_AGAIN
        log.info("smtp_accepted", sha256=sha256, size=len(raw), organizations=len(envelope.routes))
        return f"250 2.0.0 accepted as {sha256[:12]}"

    async def handle_exception(self, error: Exception) -> str:
        log.error("smtp_conversation_failed", error=type(error).__name__)
        return _TRY_AGAIN

    async def finish(self) -> None:
        """Waits for every mail that is being stored."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def abandon(self) -> None:
        """Gives up what is still being stored; nobody was told that it is."""
        for task in self._under_way:
            task.cancel()

    async def _store(self, message: InboundMessage) -> None:
        # A client that hangs up cancels its conversation. A commit on its way is not to be torn apart by that.
        task = asyncio.ensure_future(self._intake.accept(message))
        self._under_way.add(task)
        task.add_done_callback(self._stored)
        await asyncio.shield(task)

    def _stored(self, task: asyncio.Task[Accepted]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # looked at: asyncio complains of errors that nobody looks at


class SmtpDoor:
    """Listens for mail in the running event loop.

    Args:
        hostname: what the greeting calls this host; the support address's domain is a good choice.
        max_size: bytes of one mail. `idle_timeout` in seconds (RFC 5321 section 4.5.3.2.7 asks for 5 minutes).

    Raises:
        ConfigurationError: by `start`, where the address cannot be listened on.
    """

    def __init__(
        self,
        intake: MailIntake,
        *,
        host: str = "127.0.0.1",
        port: int = 2525,
        hostname: str = "localhost",
        max_size: int = 25 << 20,
        connections: int = 500,
        connections_per_client: int = 20,
        idle_timeout: float = 300.0,
        clock: Clock | None = None,
    ) -> None:
        self._address = (host, port)
        self._hostname = hostname
        self._max_size = max_size
        self._connections = connections
        self._connections_per_client = connections_per_client
        self._idle_timeout = idle_timeout
        self._reception = Reception(intake, clock or Clock())
        self._conversations: set[Conversation] = set()
        self._by_client: Counter[str] = Counter()
        self._bytes_in_memory = 0
        self._is_stopping = False
        self._server: asyncio.Server | None = None
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def port(self) -> int:
        """The port that is listened on, also where the system chose it."""
        if self._server is None or not self._server.sockets:
            return self._address[1]
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        host, port = self._address
        try:
            self._server = await asyncio.get_running_loop().create_server(self._converse, host, port, backlog=512)
        except OSError as error:
            raise ConfigurationError(
                f"SMTP cannot listen on {host}:{port}: {error.strerror or error}.",
                mend="Set SMTP_PORT to a free port (0 turns SMTP off), or SMTP_HOST to an address of this machine.",
            ) from error

    async def stop(self, *, grace: float = 8.0) -> None:
        """Takes no new connection, lets mails on their way arrive for `grace` seconds, then hangs up."""
        if self._server is None:
            return
        self._is_stopping = True
        self._server.close()
        for conversation in tuple(self._conversations):
            conversation.leave()
        try:
            async with asyncio.timeout(grace):
                await self._empty.wait()
                await self._reception.finish()
        except TimeoutError:
            log.warning("smtp_stopped_early", conversations=len(self._conversations))
            self._reception.abandon()
            for conversation in tuple(self._conversations):
                conversation.cut_off()

    def admit(self, conversation: Conversation) -> bool:
        if (
            self._is_stopping
            or len(self._conversations) >= self._connections
            or self._by_client[conversation.client] >= self._connections_per_client
        ):
            return False
        self._conversations.add(conversation)
        self._by_client[conversation.client] += 1
        self._empty.clear()
        return True

    def part(self, conversation: Conversation) -> None:
        self._conversations.discard(conversation)
        self._by_client[conversation.client] -= 1
        if not self._by_client[conversation.client]:
            del self._by_client[conversation.client]
        if not self._conversations:
            self._empty.set()

    def reserve(self, size: int) -> bool:
        """Counts `size` more bytes of content in memory (negative: fewer); False where there is no room for them."""
        if size > 0 and self._bytes_in_memory + size > MAILS_IN_MEMORY * self._max_size:
            return False
        self._bytes_in_memory += size
        return True

    def _converse(self) -> Conversation:
        return Conversation(
            self, self._reception, hostname=self._hostname, max_size=self._max_size, idle_timeout=self._idle_timeout
        )


def _sender(mail_from: str | None) -> str:
    return "" if mail_from in (None, "<>") else str(mail_from)


async def _sha256(raw: bytes) -> str:
    if len(raw) <= _HASH_ON_LOOP:
        return hashlib.sha256(raw).hexdigest()
    return (await asyncio.to_thread(hashlib.sha256, raw)).hexdigest()
