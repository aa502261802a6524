"""One look at a folder: each mail is taken in, then put away at its source, then counted as read.

The order is the point: the ledger has committed before anything changes in the mailbox. Where a step is lost between
two of them, the mail is fetched again and the ledger knows it.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import structlog

from bot.email.header_routes import Routes, headers_of
from bot.email.headers import decode_words
from bot.email.imap_account import After, ImapAccount
from bot.email.imap_mailbox import CommandRefusedError, ImapMailbox, MailboxLostError
from bot.email.mailboxes import read_mailboxes
from bot.email.ports import MailIntake
from bot.email.raw_hash import sha256_of
from core.clock import Clock
from core.errors import ConfigurationError, TooLargeError, TryAgainLaterError
from core.intake.values import Channel, InboundMessage
from core.mailboxes.held import HeldMailbox
from core.mailboxes.values import Progress

log = structlog.get_logger(__name__)

ATTEMPTS = 5  # looks in which a mail may fail before it is noted and left; the others go on meanwhile
BATCH_MAILS = 50
BATCH_BYTES = 8 << 20
SIZED = 200  # mails whose sizes are asked for together
WINDOW = 50_000  # UIDs searched together: the answer is one line, and imaplib takes lines of up to 1 MB
DAYS_BACK = timedelta(days=2)  # SINCE looks at the day alone, in the server's own zone


@dataclass(slots=True)
class _Look:
    """How far one look has come. `waits_for` is the first mail that must be fetched again."""

    mailbox: ImapMailbox
    uid_validity: int
    last_uid: int
    taken: int = 0
    waits_for: int | None = None
    trouble: str = ""

    def hold(self, uid: int, trouble: str) -> None:
        self.waits_for = uid if self.waits_for is None else min(uid, self.waits_for)
        self.trouble = self.trouble or trouble


class Fetch:
    """Takes in what is new in a folder.

    Args:
        after: what becomes of a mail at its source once the ledger has it.
        max_size: bytes; a larger mail stays where it is and is noted in quarantine.
        home: the address whose organization gets a mail that names none of ours, a blind copy for example.
    """

    def __init__(
        self,
        intake: MailIntake,
        held: HeldMailbox,
        account: ImapAccount,
        *,
        after: After,
        max_size: int,
        home: str,
        clock: Clock,
    ) -> None:
        self._intake = intake
        self._routes = Routes(intake, home)
        self._held = held
        self._account = account
        self._after = after
        self._max_size = max_size
        self._clock = clock
        self._attempts: Counter[int] = Counter()

    async def look(self, mailbox: ImapMailbox, progress: Progress) -> int:
        """How many mails were taken in.

        Raises:
            TryAgainLaterError: the mailbox or the database is away, or some mails could not be dealt with yet.
            ConfigurationError: the folder cannot be opened or marked.
        """
        folder = await mailbox.select()
        if progress.uid_validity != folder.uid_validity:
            log.info("imap.folder_begins", mailbox=self._account.name, uid_validity=folder.uid_validity)
            await self._held.begin_folder(uid_validity=folder.uid_validity, new_from=folder.uid_next)
            progress = replace(progress, last_uid=0, new_from=folder.uid_next, backlog_since=progress.succeeded_at)
            self._attempts.clear()
        look = _Look(mailbox, folder.uid_validity, progress.last_uid)
        for first, last in _windows(progress, folder.uid_next):
            uids = await self._search(mailbox, progress, first, last)
            for start in range(0, len(uids), SIZED):
                await self._take_some(look, uids[start : start + SIZED])
            await self._advance(look, last)
        if look.trouble:
            raise TryAgainLaterError(look.trouble)
        return look.taken

    async def _search(self, mailbox: ImapMailbox, progress: Progress, first: int, last: int) -> list[int]:
        if first >= progress.new_from:
            return await mailbox.search(first, last)
        since: date | None = None
        if progress.backlog_since is not None:
            since = (progress.backlog_since - DAYS_BACK).date()
        return await mailbox.search(first, last, unread=True, since=since)

    async def _take_some(self, look: _Look, uids: Sequence[int]) -> None:
        """Take `uids` together, or one by one where the connection was lost over some of them before."""
        waiting = [uid for uid in uids if not await self._given_up(look, uid)]
        is_doubtful = any(self._attempts[uid] for uid in waiting)
        for group in [[uid] for uid in waiting] if is_doubtful else [waiting]:
            try:
                sizes = await self._sizes(look, group)
                for batch in _batches(group, sizes):
                    await self._take_batch(look, batch, sizes)
            except MailboxLostError:
                self._attempts.update(group)
                raise

    async def _given_up(self, look: _Look, uid: int) -> bool:
        if self._attempts[uid] < ATTEMPTS:
            return False
        await self._note(look, uid, b"", "unreadable-at-source", f"It could not be fetched, {ATTEMPTS} times.")
        return True

    async def _sizes(self, look: _Look, uids: list[int]) -> dict[int, int]:
        try:
            return await look.mailbox.sizes(uids)
        except CommandRefusedError:
            return {}

    async def _take_batch(self, look: _Look, batch: list[int], sizes: dict[int, int]) -> None:
        too_large = [uid for uid in batch if sizes.get(uid, 0) > self._max_size]
        for uid in too_large:
            await self._leave(look, uid, sizes[uid])
        mails = await self._fetch(look, [uid for uid in batch if uid not in too_large])
        results = await asyncio.gather(
            *(self._take(look, uid, raw) for uid, raw in mails.items()), return_exceptions=True
        )
        taken = dict(zip(mails, results, strict=True))
        if stored := [uid for uid, result in taken.items() if result is True]:
            await self._put_away(look, stored)
        for uid, result in taken.items():
            if isinstance(result, BaseException):
                await self._advance(look, uid - 1)
                raise result
        await self._advance(look, batch[-1])

    async def _fetch(self, look: _Look, batch: list[int]) -> dict[int, bytes]:
        if not batch:
            return {}
        try:
            mails = await look.mailbox.fetch(batch)
            missing = [uid for uid in batch if uid not in mails and await look.mailbox.search(uid, uid)]
            trouble = "the server sends nothing"
        except CommandRefusedError as error:
            if len(batch) > 1:
                alone = [await self._fetch(look, [uid]) for uid in batch]
                return {uid: raw for mail in alone for uid, raw in mail.items()}
            mails, missing, trouble = {}, batch, error.message
        for uid in missing:
            self._attempts[uid] += 1
            look.hold(uid, f"The mail with UID {uid} cannot be fetched: {trouble}.")
        return mails

    async def _take(self, look: _Look, uid: int, raw: bytes) -> bool:
        """True where the ledger has the mail; False where it stays at its source, to be tried again or noted."""
        if len(raw) > self._max_size:
            await self._leave(look, uid, len(raw))
            return False
        message = InboundMessage(
            channel=Channel.EMAIL,
            external_id=await sha256_of(raw),
            raw=raw,
            received_at=self._clock.now(),
            recipients=(self._routes.home,),
            client_address=self._account.host,
        )
        try:
            for organization_id, recipients in (await self._routes.of(headers_of(raw))).items():
                await self._intake.accept(replace(message, organization_id=organization_id, recipients=recipients))
        except (TryAgainLaterError, ConfigurationError):
            raise
        except TooLargeError:
            await self._leave(look, uid, len(raw))
            return False
        except Exception as error:  # noqa: BLE001 (one mail that breaks something must not stop the others)
            return await self._not_taken(look, uid, message, error)
        del self._attempts[uid]
        look.taken += 1
        return True

    async def _not_taken(self, look: _Look, uid: int, message: InboundMessage, error: Exception) -> bool:
        """Try it again with the next looks, and at last keep its bytes in quarantine."""
        trouble = f"The mail with UID {uid} could not be taken in: {type(error).__name__}."
        log.error("imap.mail_failed", uid=uid, error=type(error).__name__)
        self._attempts[uid] += 1
        if self._attempts[uid] < ATTEMPTS:
            look.hold(uid, trouble)
            return False
        await self._held.quarantine(
            message,
            organization_id=await self._routes.home_organization(),
            rule="not-taken",
            error=trouble,
            sender="",
            title="",
        )
        del self._attempts[uid]
        return True

    async def _put_away(self, look: _Look, uids: list[int]) -> None:
        try:
            await look.mailbox.put_away(uids, self._after)
        except CommandRefusedError as error:
            look.hold(uids[0], f"Mails are stored but cannot be marked: {error.message}")

    async def _advance(self, look: _Look, last_uid: int) -> None:
        if look.waits_for is not None:
            last_uid = min(last_uid, look.waits_for - 1)
        if last_uid > look.last_uid:
            await self._held.advance(last_uid)
            look.last_uid = last_uid

    async def _leave(self, look: _Look, uid: int, size: int) -> None:
        limit = self._max_size / 2**20
        error = f"It has {size / 2**20:.1f} MiB, more than the {limit:.0f} MiB of SMTP_MAX_SIZE."
        await self._note(look, uid, await self._head(look, uid), "too-large", error)

    async def _head(self, look: _Look, uid: int) -> bytes:
        try:
            return await look.mailbox.head(uid)
        except CommandRefusedError:
            return b""

    async def _note(self, look: _Look, uid: int, head: bytes, rule: str, error: str) -> None:
        """Quarantine a stand-in that tells where the mail is; released, it becomes a ticket that says the same."""
        told = f"{error} It was left in {self._account.name} as UID {uid}."
        fields = headers_of(head)
        sender = next((box.email for box in read_mailboxes(fields.raw("from")) if box.email), "")
        identity = head.strip() or f"{look.uid_validity}:{uid}".encode()
        for organization_id, recipients in (await self._routes.of(fields)).items():
            await self._held.quarantine(
                InboundMessage(
                    channel=Channel.EMAIL,
                    external_id=f"imap:{hashlib.sha256(self._account.name.encode() + identity).hexdigest()}",
                    raw=head.strip() + b"\r\n\r\n" + told.encode() + b"\r\n",
                    received_at=self._clock.now(),
                    recipients=recipients,
                    client_address=self._account.host,
                ),
                organization_id=organization_id,
                rule=rule,
                error=told,
                sender=sender,
                title=decode_words(next(iter(fields.raw("subject")), "")),
            )
        self._attempts.pop(uid, None)
        log.warning("imap.mail_left", uid=uid, rule=rule)


def _windows(progress: Progress, uid_next: int) -> Iterator[tuple[int, int]]:
    """Ranges of UIDs that are not read yet, each on one side of `new_from`."""
    first = progress.last_uid + 1
    while first < uid_next:
        end = min(first + WINDOW, uid_next)
        if first < progress.new_from:
            end = min(end, progress.new_from)
        yield first, end - 1
        first = end


def _batches(uids: Sequence[int], sizes: dict[int, int]) -> Iterator[list[int]]:
    """Consecutive mails that are fetched together; one that is larger than a batch comes alone."""
    batch: list[int] = []
    total = 0
    for uid in uids:
        size = sizes.get(uid, BATCH_BYTES)  # of unknown size: alone
        if batch and (len(batch) >= BATCH_MAILS or total + size > BATCH_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(uid)
        total += size
    if batch:
        yield batch
