"""One folder on an IMAP server (RFC 9051): IMAPClient on a thread of its own, its errors in our words."""

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, TypeVar

from imapclient import DELETED, SEEN, IMAPClient, SocketTimeout
from imapclient.exceptions import (
    CapabilityError,
    IMAPClientAbortError,
    IMAPClientError,
    IMAPClientReadOnlyError,
    LoginError,
    ProtocolError,
)

from bot.email.blocking_thread import BlockingThread
from bot.email.imap_account import After, AfterKind, ImapAccount
from core.errors import ConfigurationError, TryAgainLaterError

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 60.0
GOODBYE_SECONDS = 2.0
HEAD_LENGTH = 1 << 16  # bytes of the header fields that stand in for a mail which is not fetched

_HEAD = "BODY.PEEK[HEADER.FIELDS (FROM TO CC SUBJECT DATE MESSAGE-ID IN-REPLY-TO REFERENCES)]<0.{}>"
_PASSING = ("UNAVAILABLE", "INUSE", "SERVERBUG", "LIMIT")  # RFC 9051 section 7.1: it may work later

Result = TypeVar("Result")


class MailboxLostError(TryAgainLaterError):
    """The connection is gone, or what the server says is no IMAP."""


class CommandRefusedError(TryAgainLaterError):
    """The server says NO or BAD to one command; the connection stands."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder when it was selected: every UID in it is below `uid_next`."""

    uid_validity: int
    uid_next: int


class _Client(IMAPClient):  # type: ignore[misc]  # the library has no types
    """What the server says in one packet with its `+` to IDLE lies in a buffer; IMAPClient waits on the socket."""

    _is_told_to_read = False

    def idle_lines(self) -> list[Any]:
        """What has been read already; waits for nothing."""
        self._is_told_to_read = True
        try:
            return list(self.idle_check(timeout=0))
        finally:
            self._is_told_to_read = False

    def _poll_socket(self, sock: socket.socket, timeout: float | None = None) -> Any:
        return self._is_told_to_read or super()._poll_socket(sock, timeout)


class ImapMailbox:
    """Not yet connected until `open`. One call at a time.

    Args:
        context: how the server's certificate is checked; by default against the system's authorities.

    Raises:
        MailboxLostError: by every method; the mailbox is to be closed then.
        CommandRefusedError: by every method; other commands may work.
    """

    def __init__(self, account: ImapAccount, *, context: ssl.SSLContext | None = None) -> None:
        self._account = account
        self._context = context
        self._thread = BlockingThread(f"imap {account.host}")
        self._client: _Client | None = None
        self._has_early_news = False
        self._is_lost = False
        self.can_idle = False

    async def open(self, access_token: str | None = None, *, make_folder: str = "") -> None:
        """Connect and sign in, by XOAUTH2 where there is a token; `make_folder` is created where it is missing.

        Raises:
            ConfigurationError: the server refuses user, password or token, or offers no TLS.
        """
        self._client = await self._call(self._connected)
        await self._call(partial(self._sign_in, access_token, make_folder))

    async def select(self) -> Folder:
        """Look at the folder as it is now.

        Raises:
            ConfigurationError: there is no such folder, or it is read-only.
        """
        return await self._call(self._select)

    async def search(self, first: int, last: int, *, unread: bool = False, since: date | None = None) -> list[int]:
        """The UIDs from `first` to `last`, ascending; of the `unread` only, or those and what came `since`."""
        criteria: list[Any] = ["UID", f"{first}:{last}", "UNDELETED"]
        if unread:
            criteria += ["UNSEEN"] if since is None else ["OR", "UNSEEN", "SINCE", since]
        return sorted(await self._call(lambda: self._connection.search(criteria)))

    async def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """What the server says the mails measure, in bytes. Mails that are gone are missing."""
        found = await self._call(lambda: self._connection.fetch(uids, ["RFC822.SIZE"]))
        return {uid: int(found[uid][b"RFC822.SIZE"]) for uid in uids if b"RFC822.SIZE" in found.get(uid, {})}

    async def fetch(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The mails' bytes, their flags untouched. Mails that are gone are missing."""
        found = await self._call(lambda: self._connection.fetch(uids, ["BODY.PEEK[]"]))
        return {uid: raw for uid in uids if isinstance(raw := found.get(uid, {}).get(b"BODY[]"), bytes)}

    async def head(self, uid: int) -> bytes:
        """The few header fields by which people know a mail; empty where there are none."""
        found = await self._call(lambda: self._connection.fetch([uid], [_HEAD.format(HEAD_LENGTH)]))
        fields = found.get(uid, {}).items()
        return next((raw for key, raw in fields if key.startswith(b"BODY[HEADER") and isinstance(raw, bytes)), b"")

    async def put_away(self, uids: Sequence[int], after: After) -> None:
        """Mark, move or delete these mails and no others."""
        await self._call(partial(self._put_away, list(uids), after))

    async def begin_idle(self) -> None:
        await self._call(self._begin_idle)

    async def news(self, seconds: float) -> bool:
        """Between `begin_idle` and `end_idle`: whether something may have come in, within `seconds`."""
        return await self._call(partial(self._news, seconds))

    async def end_idle(self) -> None:
        await self._call(self._connection.idle_done)

    def interrupt(self) -> None:
        """Cut the connection, from any thread: whatever waits for it ends with `MailboxLostError`."""
        self._is_lost = True
        if self._client is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._client.socket(), socket.SHUT_RDWR)  # TLS's own would wait for the peer

    async def close(self) -> None:
        """Say goodbye where the connection still stands, and let go of the thread."""
        client, self._client = self._client, None
        if client is not None:
            farewell = client.shutdown if self._is_lost else client.logout
            with contextlib.suppress(TryAgainLaterError, TimeoutError):
                async with asyncio.timeout(GOODBYE_SECONDS):
                    await self._call(farewell)
        self._thread.end()

    @property
    def _connection(self) -> _Client:
        if self._client is None:
            raise MailboxLostError(f"{self._account.host} is not connected.")
        return self._client

    async def _call(self, call: Callable[[], Result]) -> Result:
        def translated() -> Result:
            with _our_words(self._account):
                return call()

        try:
            return await self._thread.run(translated)
        except MailboxLostError:
            self._is_lost = True
            raise

    def _connected(self) -> _Client:
        account = self._account
        client = _Client(
            account.host,
            account.port,
            ssl=account.is_tls,
            ssl_context=self._context,
            timeout=SocketTimeout(CONNECT_SECONDS, ANSWER_SECONDS),
        )
        client._imap.debug = 0  # noqa: SLF001 (else each line, passwords and mails among them, is formatted for its log)
        return client

    def _sign_in(self, access_token: str | None, make_folder: str) -> None:
        account, client = self._account, self._connection
        if not account.is_tls and not account.may_be_plain:
            client.starttls(self._context)
        if access_token is None and account.password.isascii() and account.user.isascii():
            quoted = account.user.replace("\\", r"\\").replace('"', r"\"")  # imaplib quotes the password alone
            client.login(f'"{quoted}"', account.password)
        elif access_token is None:
            client.plain_login(account.user, account.password)
        else:
            first = f"user={account.user}\1auth=Bearer {access_token}\1\1"
            steps = iter((first,))  # a refusal comes as a challenge, to be answered with nothing
            client.sasl_login("XOAUTH2", lambda _challenge: next(steps, ""))
        self.can_idle = client.has_capability("IDLE")
        if make_folder and not client.folder_exists(make_folder):
            client.create_folder(make_folder)

    def _select(self) -> Folder:
        try:
            answer = self._connection.select_folder(self._account.folder)
        except (IMAPClientAbortError, IMAPClientReadOnlyError):
            raise
        except IMAPClientError as error:
            if _is_passing(error):
                raise
            raise ConfigurationError(
                f"{self._account.name} cannot be opened: {_said(error)}.", mend="Check the folder in IMAP_URL."
            ) from error
        uid_next = answer.get(b"UIDNEXT")
        if uid_next is None:  # very old servers do not say
            uid_next = max(self._connection.search(["UID", "*"]), default=0) + 1
        return Folder(uid_validity=int(answer.get(b"UIDVALIDITY", 0)), uid_next=int(uid_next))

    def _put_away(self, uids: list[int], after: After) -> None:
        client = self._connection
        if after.kind is AfterKind.SEEN:
            client.add_flags(uids, [SEEN], silent=True)
        elif after.kind is AfterKind.MOVE and client.has_capability("MOVE"):
            client.move(uids, after.folder)
        else:
            if after.kind is AfterKind.MOVE:
                client.copy(uids, after.folder)
            client.add_flags(uids, [DELETED], silent=True)
            if client.has_capability("UIDPLUS"):  # a plain EXPUNGE would remove what others have marked
                client.uid_expunge(uids)

    def _begin_idle(self) -> None:
        self._connection.idle()
        self._has_early_news = self._tells_news(self._connection.idle_lines())

    def _news(self, seconds: float) -> bool:
        if self._has_early_news:
            self._has_early_news = False
            return True
        begun = time.monotonic()
        said = self._connection.idle_check(timeout=seconds)
        # Nothing said before the time was up: the connection may have ended, which the next command shows.
        return self._tells_news(said) or (not said and time.monotonic() - begun < seconds / 2)

    def _tells_news(self, said: Sequence[tuple[Any, ...]]) -> bool:
        if any(line[:1] == (b"BYE",) for line in said):
            raise MailboxLostError(f"{self._account.host} has ended the connection.")
        return any(line[1:2] in ((b"EXISTS",), (b"RECENT",)) for line in said)


@contextlib.contextmanager
def _our_words(account: ImapAccount) -> Iterator[None]:
    """IMAPClient's errors as those of this desk; what the server says is kept, what was sent is not."""
    try:
        yield
    except LoginError as error:
        if isinstance(error.__context__, IMAPClientAbortError):
            raise MailboxLostError(f"{account.host} hung up at the sign-in.") from error
        if _is_passing(error):
            raise CommandRefusedError(f"{account.host} does not let {account.user} in now: {_said(error)}.") from error
        raise ConfigurationError(
            f"{account.host} refuses the sign-in of {account.user}: {_said(error)}.",
            mend="Check user and password in IMAP_URL, or sign in anew for IMAP_OAUTH_REFRESH_TOKEN.",
        ) from error
    except IMAPClientReadOnlyError as error:
        raise ConfigurationError(f"{account.name} is read-only.", mend="Give the account the right to mark.") from error
    except CapabilityError as error:
        raise ConfigurationError(f"{account.host}: {error}.", mend="Use imaps:// in IMAP_URL.") from error
    except (IMAPClientAbortError, ProtocolError, OSError, ValueError) as error:
        raise MailboxLostError(f"{account.host}: {_said(error)}.") from error
    except IMAPClientError as error:
        raise CommandRefusedError(f"{account.host}: {_said(error)}.") from error


def _is_passing(error: IMAPClientError) -> bool:
    return any(f"[{code}]" in str(error).upper() for code in _PASSING)


def _said(error: Exception) -> str:
    """One short line of an error."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:200].rstrip(".")
