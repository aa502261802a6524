"""The IMAP door: fetches a mailbox elsewhere, one process at a time, and says when it no longer can.

It reads the folder to its end, waits for news (IDLE, RFC 2177, or a poll), and reads again. Whatever goes wrong ends
the connection; a new one is made after a while.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.email.imap_account import After, AfterKind, ImapAccount
from bot.email.imap_fetch import Fetch
from bot.email.imap_mailbox import ImapMailbox
from bot.email.imap_oauth import AccessTokens
from core.clock import Clock
from core.errors import ConfigurationError, DegradedError, DeskError, TryAgainLaterError
from core.mailboxes.held import HeldMailbox, LeaseLostError
from core.mailboxes.values import MailboxState

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """How often things happen, in seconds.

    Attributes:
        poll: between two looks where the server knows no IDLE; with IDLE, the longest wait for news.
        heartbeat: between two extensions of the lease; a third of it or less.
        retry: after the first failure, doubled with each further one up to `longest_retry`.
        refused: the same where the server refuses the sign-in, so that no account is locked.
        silence: without a success for longer than this the part is failing.
    """

    poll: float = 60.0
    idle: float = 120.0
    heartbeat: float = 15.0
    retry: float = 1.0
    refused: float = 60.0
    longest_retry: float = 300.0
    silence: timedelta = timedelta(minutes=10)


class ImapDoor:
    """Runs in the service's loop from `start` to `stop`.

    Args:
        connect: makes a mailbox that is not open yet.
        tokens: sign-in by XOAUTH2 with these; by the account's password where there are none.
    """

    def __init__(
        self,
        account: ImapAccount,
        fetch: Fetch,
        held: HeldMailbox,
        *,
        connect: Callable[[], ImapMailbox],
        after: After,
        clock: Clock,
        tokens: AccessTokens | None = None,
        pace: Pace | None = None,
        jitter: random.Random | None = None,
    ) -> None:
        self._account = account
        self._fetch = fetch
        self._held = held
        self._connect = connect
        self._after = after
        self._clock = clock
        self._tokens = tokens
        self._pace = pace or Pace()
        self._jitter = jitter or random.Random()  # noqa: S311 (spreads retries; no secret depends on it)
        self._mailbox: ImapMailbox | None = None
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._failures = 0
        self._refusal: ConfigurationError | None = None
        self._is_alarmed = False
        self._started_at: datetime | None = None

    @property
    def name(self) -> str:
        return self._account.name

    def start(self) -> None:
        self._started_at = self._clock.now()
        self._task = asyncio.create_task(self._run(), name="imap")

    async def stop(self, *, grace: float = 5.0) -> None:
        """Cut the connection, let mails that are being stored be stored, and leave the mailbox to others."""
        self._stopping.set()
        if self._mailbox is not None:
            self._mailbox.interrupt()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=grace)
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None
        with contextlib.suppress(TryAgainLaterError):
            await self._held.release()

    async def check(self) -> str:
        """When the mailbox was last read to its end.

        Raises:
            DegradedError: the sign-in or the folder is refused, or there was no success for longer than usual.
            TryAgainLaterError: the door has stopped.
        """
        if self._refusal is not None:
            raise DegradedError(self._refusal.message, mend=self._refusal.mend)
        if self._task is not None and self._task.done():
            raise TryAgainLaterError("The IMAP door has stopped.", mend="Restart the service.")
        state = await self._held.state()
        if state is None:
            return f"{self.name}, not read yet"
        if self._is_silent(state):
            raise DegradedError(self._silence(state), mend=f"Check {self._account.host} and IMAP_URL.")
        last = state.progress.succeeded_at
        if last is None:
            return f"{self.name}, not read yet"
        return f"{self.name}, read {round((self._clock.now() - last).total_seconds())} s ago"

    async def _run(self) -> None:
        while not self._stopping.is_set():
            pause = self._pace.heartbeat
            try:
                await self._read_on()
            except Exception as error:  # noqa: BLE001 (the door stays: whatever failed is told and tried again)
                if not self._stopping.is_set():
                    pause = await self._failed(error)
            await self._pause(pause)

    async def _read_on(self) -> None:
        """Fetch over one connection; returns where another process holds the mailbox, or at the end."""
        if await self._held.hold() is None:
            return
        mailbox = self._mailbox = self._connect()
        try:
            token = await self._tokens.current() if self._tokens else None
            make_folder = self._after.folder if self._after.kind is AfterKind.MOVE else ""
            await mailbox.open(token, make_folder=make_folder)
            while not self._stopping.is_set():
                await self._look(mailbox)
                await self._wait(mailbox)
        finally:
            self._mailbox = None
            await mailbox.close()

    async def _look(self, mailbox: ImapMailbox) -> None:
        while True:
            progress = await self._held.hold()
            if progress is None:
                raise LeaseLostError("Another process has taken over this mailbox.")
            taken = await self._fetch.look(mailbox, progress)
            await self._held.succeeded()
            self._failures, self._refusal, self._is_alarmed = 0, None, False
            if not taken:  # what came in meanwhile has been seen as well
                return
            log.info("imap.fetched", mailbox=self.name, mails=taken)

    async def _wait(self, mailbox: ImapMailbox) -> None:
        """Until there may be news, keeping the lease and the sign-in alive."""
        if not mailbox.can_idle:
            await self._beat(self._pace.poll, self._pause)
            return
        await mailbox.begin_idle()
        await self._beat(self._pace.idle, mailbox.news)
        if not self._stopping.is_set():
            await mailbox.end_idle()

    async def _beat(self, seconds: float, rest: Callable[[float], Awaitable[bool]]) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (left := end - loop.time()) > 0 and not self._stopping.is_set():
            if await rest(min(left, self._pace.heartbeat)):
                return
            if await self._held.hold() is None:
                raise LeaseLostError("Another process has taken over this mailbox.")
            if self._tokens is not None:
                await self._tokens.current()

    async def _failed(self, error: Exception) -> float:
        """Tell what went wrong; how many seconds to wait before the next try."""
        self._failures += 1
        self._refusal = error if isinstance(error, ConfigurationError) else None
        reason = str(error) if isinstance(error, DeskError) else f"{type(error).__name__} while fetching."
        log.warning("imap.failed", mailbox=self.name, reason=reason, failures=self._failures)
        if not isinstance(error, DeskError):
            log.error("imap.defect", exc_info=error)
        with contextlib.suppress(TryAgainLaterError):
            await self._held.failed(reason)
            await self._alarm()
        if isinstance(error, LeaseLostError):
            return self._pace.heartbeat
        if self._refusal is not None and self._tokens is not None:
            self._tokens.forget()
        first = self._pace.refused if self._refusal is not None else self._pace.retry
        pause = min(first * 2.0 ** min(self._failures - 1, 20), self._pace.longest_retry)
        return pause * self._jitter.uniform(0.75, 1.25)

    async def _alarm(self) -> None:
        """Say once, loudly, that mail has stopped coming."""
        state = await self._held.state()
        if state is not None and self._is_silent(state) and not self._is_alarmed:
            self._is_alarmed = True
            log.error("imap.silent", mailbox=self.name, reason=self._silence(state))

    def _is_silent(self, state: MailboxState) -> bool:
        return self._clock.now() - self._last_sign(state) > self._pace.silence

    def _silence(self, state: MailboxState) -> str:
        last = state.progress.succeeded_at
        since = f"since {last:%Y-%m-%d %H:%M} UTC" if last else "yet"
        return f"No mail could be fetched from {self.name} {since}. {state.error}".strip()

    def _last_sign(self, state: MailboxState) -> datetime:
        """A service that has only just started is given the time to read."""
        last = state.progress.succeeded_at or state.since
        return max(last, self._started_at) if self._started_at else last

    async def _pause(self, seconds: float) -> bool:
        """Wait, unless the door is to stop; whether it is."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), timeout=seconds)
        return self._stopping.is_set()
