"""What becomes of recipients and content that a conversation brings; aiosmtpd finds these hooks by their names."""

import asyncio

import structlog
from aiosmtpd.smtp import AuthResult, LoginPassword, Session

from bot.email.ports import MailIntake
from bot.email.raw_hash import sha256_of
from bot.email.smtp_conversation import Conversation, RoutedEnvelope
from bot.email.smtp_terms import Credentials
from core.clock import Clock
from core.errors import TooLargeError, TryAgainLaterError
from core.intake.values import Accepted, Channel, InboundMessage

log = structlog.get_logger(__name__)

UNKNOWN_RECIPIENTS = 20  # in one connection; after that somebody is guessing addresses
RECIPIENTS = 1000  # of one mail; RFC 5321 section 4.5.3.1.8 asks for at least 100

_TRY_AGAIN = "451 4.3.0 not stored at the moment, please try again later"
_TOO_LARGE = "552 5.3.4 the message is larger than this desk takes"


class Reception:
    """Answers for all conversations of a door. `credentials`: who may sign in; None where nobody need."""

    def __init__(self, intake: MailIntake, clock: Clock, credentials: Credentials | None = None) -> None:
        self._intake = intake
        self._clock = clock
        self._credentials = credentials
        self._under_way: set[asyncio.Task[Accepted]] = set()

    @property
    def signs_in(self) -> bool:
        return self._credentials is not None

    def authenticate(
        self, _server: Conversation, _session: Session, _envelope: RoutedEnvelope, _mechanism: str, login: LoginPassword
    ) -> AuthResult:
        """Aiosmtpd's authenticator."""
        is_known = self._credentials is not None and self._credentials.match(login.login, login.password)
        return AuthResult(success=is_known, handled=False)

    async def handle_EHLO(  # noqa: N802 (the hook's name)
        self, _server: Conversation, session: Session, _envelope: RoutedEnvelope, hostname: str, lines: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return lines if self.signs_in else [line for line in lines if not line.startswith("250-AUTH")]

    async def handle_RCPT(  # noqa: N802 (the hook's name)
        self, server: Conversation, _session: Session, envelope: RoutedEnvelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 4.5.3 too many recipients, send the mail to the others again"
        try:
            organization_id = await self._intake.route(address)
        except Exception as error:  # noqa: BLE001 (whatever failed, the address may be good: the sender must keep the mail)
            log.warning("smtp.route_failed", error=type(error).__name__)
            return _TRY_AGAIN
        if organization_id is None:
            server.unknown_recipients += 1
            if server.unknown_recipients >= UNKNOWN_RECIPIENTS:
                return "421 4.7.0 too many unknown recipients"
            return "550 5.1.1 unknown recipient: this address leads to no support desk here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        envelope.organizations.append(organization_id)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 (the hook's name)
        self, _server: Conversation, session: Session, envelope: RoutedEnvelope
    ) -> list[str]:
        """Store the mail in each organization; a reply for each recipient, in their order."""
        raw = envelope.original_content or b""
        sha256 = await sha256_of(raw)
        replies: dict[int, str] = {}
        for organization_id in dict.fromkeys(envelope.organizations):
            message = InboundMessage(
                channel=Channel.EMAIL,
                external_id=sha256,
                raw=raw,
                received_at=self._clock.now(),
                recipients=envelope.recipients_of(organization_id),
                envelope_sender=_sender(envelope.mail_from),
                client_address=str((session.peer or ("",))[0]),
                organization_id=organization_id,
            )
            replies[organization_id] = await self._stored(message)
        return [replies[organization_id] for organization_id in envelope.organizations]

    async def handle_exception(self, error: Exception) -> str:
        log.error("smtp.conversation_failed", error=type(error).__name__)
        return _TRY_AGAIN

    async def finish(self) -> None:
        """Waits for every mail that is being stored."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def abandon(self) -> None:
        """Gives up what is still being stored; nobody was told that it is."""
        for task in self._under_way:
            task.cancel()

    async def _stored(self, message: InboundMessage) -> str:
        try:
            await self._store(message)
        except TooLargeError:
            return _TOO_LARGE
        except TryAgainLaterError as error:
            log.warning("smtp.not_stored", sha256=message.external_id, error=error.message)
            return _TRY_AGAIN
        except Exception as error:  # noqa: BLE001 (not stored for whatever reason: 250 would lose it, 5xx would bounce it)
            log.warning("smtp.not_stored", sha256=message.external_id, error=type(error).__name__)
            return _TRY_AGAIN
        log.info("smtp.accepted", sha256=message.external_id, size=len(message.raw))
        return f"250 2.0.0 accepted as {message.external_id[:12]}"

    async def _store(self, message: InboundMessage) -> None:
        # A client that hangs up cancels its conversation. A commit on its way is not to be torn apart by that.
        task = asyncio.ensure_future(self._intake.accept(message))
        self._under_way.add(task)
        task.add_done_callback(self._done)
        await asyncio.shield(task)

    def _done(self, task: asyncio.Task[Accepted]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # looked at: asyncio complains of errors that nobody looks at


def _sender(mail_from: str | None) -> str:
    return "" if mail_from in (None, "<>") else str(mail_from)
