"""What the IMAP door expects of a server, on the double and on a real Dovecot."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

import pytest

from bot.email.imap_account import After, AfterKind, ImapAccount
from bot.email.imap_mailbox import ImapMailbox, MailboxLostError
from core.errors import ConfigurationError
from tests.dovecot import Dovecot, dovecot
from tests.fakes.imap import PASSWORD, USER, FakeImap, imap_server

__all__ = ["dovecot"]

ODD = b"From: ada@people.example\r\nSubject: caf\xe9\r\n\r\nr\xe9sum\xe9 )} {3}\r\n\xff\xfe\r\n"
PLAIN = b"From: bob@people.example\r\nSubject: Printer\r\n\r\nIt smokes.\r\n"
SEEN, MOVED, DELETED = After(AfterKind.SEEN), After(AfterKind.MOVE, "Tick ä & Mate"), After(AfterKind.DELETE)


class Server(Protocol):
    account: ImapAccount

    def deliver(self, raw: bytes) -> object: ...
    async def contents(self, folder: str = "INBOX") -> list[tuple[bytes, bool]]: ...


class Double(FakeImap):
    @property
    def account(self) -> ImapAccount:
        return ImapAccount(host="127.0.0.1", port=self.port, user=USER, password=PASSWORD, is_tls=False)


@pytest.fixture(params=["double", "dovecot"])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    async with AsyncExitStack() as stack:
        if request.param == "dovecot":
            running: Dovecot = request.getfixturevalue("dovecot")
            yield running.new_user()
        else:
            double = Double()
            await stack.enter_async_context(imap_server(double))
            yield double


@asynccontextmanager
async def opened(account: ImapAccount, *, make_folder: str = "") -> AsyncIterator[ImapMailbox]:
    mailbox = ImapMailbox(account)
    try:
        await mailbox.open(make_folder=make_folder)
        yield mailbox
    finally:
        await mailbox.close()


async def test_mails_are_fetched_byte_for_byte_and_stay_unread(server: Server) -> None:
    """zammad#2722: bytes that are no text."""
    server.deliver(ODD)
    server.deliver(PLAIN)
    async with opened(server.account) as mailbox:
        folder = await mailbox.select()
        uids = await mailbox.search(1, folder.uid_next - 1)
        assert len(uids) == 2
        assert await mailbox.sizes(uids) == {uids[0]: len(ODD), uids[1]: len(PLAIN)}
        assert await mailbox.fetch(uids) == {uids[0]: ODD, uids[1]: PLAIN}
        assert b"bob@people.example" in await mailbox.head(uids[1])
    assert sorted(await server.contents()) == sorted([(ODD, False), (PLAIN, False)])


async def test_an_empty_folder_has_nothing_new(server: Server) -> None:
    async with opened(server.account) as mailbox:
        folder = await mailbox.select()
        assert await mailbox.search(1, max(1, folder.uid_next - 1)) == []
        assert await mailbox.fetch([99]) == {}
        assert await mailbox.sizes([99]) == {}


@pytest.mark.parametrize(
    ("after", "inbox", "elsewhere"),
    [(SEEN, [(ODD, False), (PLAIN, True)], []), (MOVED, [(ODD, False)], [PLAIN]), (DELETED, [(ODD, False)], [])],
    ids=["seen", "move", "delete"],
)
async def test_only_the_named_mails_are_put_away(
    server: Server, after: After, inbox: list[tuple[bytes, bool]], elsewhere: list[bytes]
) -> None:
    """zammad#243: a mailbox was emptied."""
    server.deliver(ODD)
    server.deliver(PLAIN)
    async with opened(server.account, make_folder=after.folder) as mailbox:
        folder = await mailbox.select()
        uids = await mailbox.search(1, folder.uid_next - 1)
        plain = next(uid for uid, raw in (await mailbox.fetch(uids)).items() if raw == PLAIN)
        await mailbox.put_away([plain], after)
        assert sorted(await server.contents()) == sorted(inbox)
        unread = [uid for uid in uids if uid != plain]
        assert await mailbox.search(1, folder.uid_next - 1, unread=True) == unread
    if after.folder:
        async with opened(replace(server.account, folder=after.folder)) as mailbox:
            moved = await mailbox.select()
            found = await mailbox.fetch(await mailbox.search(1, moved.uid_next - 1))
            assert list(found.values()) == elsewhere


async def test_the_backlog_can_be_asked_for_by_day(server: Server) -> None:
    server.deliver(PLAIN)
    async with opened(server.account) as mailbox:
        folder = await mailbox.select()
        uids = await mailbox.search(1, folder.uid_next - 1)
        await mailbox.put_away(uids, SEEN)
        assert await mailbox.search(1, folder.uid_next - 1, unread=True) == []
        today = datetime.now(UTC).date()
        assert await mailbox.search(1, folder.uid_next - 1, unread=True, since=today.replace(year=2001)) == uids


async def test_idle_hears_of_a_mail_that_comes_in(server: Server) -> None:
    server.deliver(ODD)
    async with opened(server.account) as mailbox:
        before = await mailbox.select()
        assert mailbox.can_idle
        await mailbox.begin_idle()
        assert not await mailbox.news(0.05)
        server.deliver(PLAIN)
        assert await mailbox.news(10)
        await mailbox.end_idle()
        after = await mailbox.select()
        assert (after.uid_next, after.uid_validity) == (before.uid_next + 1, before.uid_validity)
        fresh = await mailbox.search(before.uid_next, after.uid_next - 1)
        assert list((await mailbox.fetch(fresh)).values()) == [PLAIN]


async def test_an_interrupted_wait_ends_at_once(server: Server) -> None:
    async with opened(server.account) as mailbox:
        await mailbox.select()
        await mailbox.begin_idle()
        mailbox.interrupt()
        await mailbox.news(20)
        with pytest.raises(MailboxLostError):
            await mailbox.end_idle()


async def test_a_folder_that_is_not_there_is_named(server: Server) -> None:
    async with opened(replace(server.account, folder="Suppport")) as mailbox:
        with pytest.raises(ConfigurationError, match="Suppport"):
            await mailbox.select()


async def test_a_wrong_password_is_no_passing_fault(server: Server) -> None:
    with pytest.raises(ConfigurationError, match="refuses the sign-in") as refused:
        async with opened(replace(server.account, password="wröng")):
            pass
    assert "wröng" not in str(refused.value)
