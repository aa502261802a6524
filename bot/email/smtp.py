"""The SMTP door: it listens, limits how much may come at once, and stops without losing a mail.

What is said in one connection is in `smtp_conversation.py`, what becomes of recipients and content in
`smtp_reception.py`.
"""

import asyncio
from collections import Counter

import structlog

from bot.email.loopback import is_loopback
from bot.email.ports import MailIntake
from bot.email.smtp_conversation import Conversation
from bot.email.smtp_reception import Reception
from bot.email.smtp_room import Room
from bot.email.smtp_terms import Certificate, Credentials, MailRate, Terms
from core.clock import Clock
from core.errors import ConfigurationError

log = structlog.get_logger(__name__)

MAILS_IN_MEMORY = 4  # of the largest size, over all connections together


class SmtpDoor:
    """Listens for mail in the running event loop.

    Args:
        hostname: what the greeting calls this host; the support address's domain is a good choice.
        max_size: bytes of one mail. `idle_timeout` in seconds (RFC 5321 section 4.5.3.2.7 asks for 5 minutes).
        content_timeout: seconds in which the whole of a mail must arrive, however little silence there is.
        mails_per_minute: of one client elsewhere; 0 sets no limit.
        certificate: offers STARTTLS. `credentials`: only who signs in may send, over TLS or on this machine.
        conversation: what is spoken; `LmtpConversation` for a mail server on the same machine.

    Raises:
        ConfigurationError: by `start`, where the address cannot be listened on, or passwords would cross the network.
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
        content_timeout: float = 900.0,
        mails_per_minute: int = 0,
        certificate: Certificate | None = None,
        credentials: Credentials | None = None,
        conversation: type[Conversation] = Conversation,
        clock: Clock | None = None,
    ) -> None:
        clock = clock or Clock()
        self._address = (host, port)
        self._terms = Terms(
            hostname=hostname,
            max_size=max_size,
            idle_timeout=idle_timeout,
            content_timeout=content_timeout,
            clock=clock,
            certificate=certificate,
        )
        self._conversation = conversation
        self._connections = connections
        self._connections_per_client = connections_per_client
        self._reception = Reception(intake, clock, credentials)
        self._rate = MailRate(mails_per_minute, clock)
        self._conversations: set[Conversation] = set()
        self._by_client: Counter[str] = Counter()
        self.room = Room(MAILS_IN_MEMORY * max_size)
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

    @property
    def is_serving(self) -> bool:
        """Whether new connections are still taken."""
        return self._server is not None and self._server.is_serving()

    @property
    def address(self) -> str:
        """Where it listens, to be read: `smtp://127.0.0.1:2525`."""
        return f"{self.protocol}://{self._address[0]}:{self.port}"

    @property
    def protocol(self) -> str:
        """`smtp` or `lmtp`."""
        return self._conversation.protocol_name.lower()

    async def start(self) -> None:
        host, port = self._address
        if self._reception.signs_in and self._terms.certificate is None and not is_loopback(host):
            raise ConfigurationError(
                "SMTP_AUTH_USER is set, but passwords would cross the network unencrypted.",
                mend="Set SMTP_TLS_CERT and SMTP_TLS_KEY, or SMTP_HOST=127.0.0.1.",
            )
        try:
            self._server = await asyncio.get_running_loop().create_server(self._converse, host, port, backlog=512)
        except OSError as error:
            name = self._conversation.protocol_name
            raise ConfigurationError(
                f"{name} cannot listen on {host}:{port}: {error.strerror or error}.",
                mend=f"Set {name}_PORT to a free port (0 turns it off), or SMTP_HOST to an address of this machine.",
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
            log.warning("smtp.stopped_early", conversations=len(self._conversations))
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
        if conversation not in self._conversations:  # a handshake that fails ends it twice
            return
        self._conversations.remove(conversation)
        self._by_client[conversation.client] -= 1
        if not self._by_client[conversation.client]:
            del self._by_client[conversation.client]
        if not self._conversations:
            self._empty.set()

    def may_send(self, client: str) -> bool:
        """Counts one more mail of a client; False where it has sent too many of late."""
        return self._rate.take(client)

    def _converse(self) -> Conversation:
        return self._conversation(self, self._reception, self._terms)
