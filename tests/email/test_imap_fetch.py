"""One look at a mailbox: what is taken, in which order things happen, and what one bad mail may not do."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.email import imap_fetch
from bot.email.imap_account import After, AfterKind
from bot.email.imap_fetch import ATTEMPTS
from bot.email.imap_mailbox import MailboxLostError
from core.errors import ConfigurationError, DeskError, TryAgainLaterError
from core.intake.models import RawMessage
from core.intake.values import Outcome
from core.people.organizations import add_mail_route, create_organization
from tests.builders import SUPPORT, core_desk
from tests.fakes.imap import FakeImap, imap_server
from tests.fakes.mail_fetching import LIMIT, Fetched

BAD_BYTES = b"From: \xff\xfe\r\nSubject: =?utf-8?Q?=ff?=\r\nCc: \x00<\r\n\r\n\xff\x00\r\n"


def mail(number: int, *, to: str = SUPPORT, head: str = "", body: str = "It smokes.") -> bytes:
    return f"{head}From: ada@people.example\r\nTo: {to}\r\nSubject: Printer {number}\r\n\r\n{body}\r\n".encode()


@pytest.fixture
async def box(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Fetched]:
    desk = await core_desk(sqlite_url, tmp_path)
    async with imap_server(FakeImap(today=desk.clock.now().date())) as server:
        yield Fetched(desk, server)
    await desk.database.close()


async def look_until_well(box: Fetched) -> list[str]:
    """Look again and again; what went wrong on the way."""
    troubles = []
    for _ in range(ATTEMPTS + 1):
        try:
            await box.look()
        except DeskError as error:
            troubles.append(str(error))
        else:
            return troubles
    raise AssertionError(troubles)


async def test_a_new_mail_is_in_the_ledger_and_marked_as_read(box: Fetched) -> None:
    await box.look()
    uid = box.server.deliver(mail(1))
    assert await box.look() == 1
    (row,) = await box.ledger()
    async with box.desk.reading() as reading:
        assert (await reading.session.scalars(select(RawMessage.content))).all() == [mail(1)]
    assert (row.recipients, row.organization_id, row.client_address) == ([SUPPORT], 1, "127.0.0.1")
    assert box.server.read_uids() == [uid]
    assert (await box.progress()).last_uid == uid
    assert await box.look() == 0


@pytest.mark.parametrize(
    "after",
    [After(AfterKind.SEEN), After(AfterKind.MOVE, "Done"), After(AfterKind.DELETE)],
    ids=["seen", "move", "delete"],
)
async def test_nothing_changes_at_the_source_before_the_ledger_has_committed(box: Fetched, after: After) -> None:
    """zammad#243: a mailbox was emptied after a set-up error."""
    box.server.deliver(mail(1))
    fetched = Fetched(box.desk, box.server, after)
    fetched.intake.gate.clear()
    look = asyncio.create_task(fetched.look())
    await fetched.intake.entered.wait()
    assert await box.server.contents() == [(mail(1), False)]
    assert not {"STORE", "MOVE", "COPY", "EXPUNGE"} & {said.split()[0] for said in box.server.commands}
    fetched.intake.gate.set()
    assert await look == 1
    assert await box.server.contents() == ([(mail(1), True)] if after.kind is AfterKind.SEEN else [])
    if after.folder:
        assert await box.server.contents("Done") == [(mail(1), False)]


async def test_a_database_that_is_away_leaves_the_mailbox_as_it_is(box: Fetched) -> None:
    """zammad#243, osTicket#5050: what could not be stored stays where it is and is fetched later."""
    box.server.deliver(mail(1))
    box.server.deliver(mail(2))
    box.intake.error, box.intake.breaks = TryAgainLaterError("The database is away."), lambda raw: raw == mail(2)
    with pytest.raises(TryAgainLaterError, match="away"):
        await box.look()
    assert await box.server.contents() == [(mail(1), True), (mail(2), False)]
    assert (await box.progress()).last_uid == 1
    box.intake.error = None
    assert await box.look() == 1
    assert len(await box.ledger()) == 2


async def test_a_fetch_that_breaks_off_before_it_marks_doubles_nothing(box: Fetched) -> None:
    """zammad#78, django-helpdesk, roundup: an interrupted fetch imports and answers every mail again."""
    box.server.deliver(mail(1))
    box.intake.gate.clear()
    look = asyncio.create_task(box.look())
    await box.intake.entered.wait()
    box.server.hang_up()
    box.intake.gate.set()
    with pytest.raises(MailboxLostError):
        await look
    assert await box.server.contents() == [(mail(1), False)]
    await box.look()
    assert len(await box.ledger()) == 1
    assert box.server.read_uids() == [1]


async def test_of_an_old_mailbox_only_the_unread_mails_are_taken_and_then_all(box: Fetched) -> None:
    box.server.deliver(mail(1), flags=("\\Seen",))
    box.server.deliver(mail(2))
    assert await box.look() == 1
    box.server.deliver(mail(3), flags=("\\Seen",))  # somebody has read it in their mail program
    assert await box.look() == 1
    async with box.desk.reading() as reading:
        stored = set((await reading.session.scalars(select(RawMessage.content))).all())
    assert stored == {mail(2), mail(3)}


async def test_uids_given_anew_double_nothing_and_hide_nothing(box: Fetched) -> None:
    """zammad#1662: one mail, two tickets. What came between two looks is found although it was read meanwhile."""
    long_ago = box.desk.clock.now().date() - timedelta(days=30)
    box.server.deliver(mail(1), flags=("\\Seen",), came=long_ago)
    box.server.deliver(mail(2))
    await box.look()
    box.server.deliver(mail(3), flags=("\\Seen",))
    box.server.renumber(uid_validity=2000)
    await box.look()
    async with box.desk.reading() as reading:
        stored = set((await reading.session.scalars(select(RawMessage.content))).all())
    assert stored == {mail(2), mail(3)}
    assert len(await box.ledger()) == 2
    progress = await box.progress()
    assert (progress.uid_validity, progress.last_uid, progress.new_from) == (2000, 3, 4)


async def test_a_backlog_that_was_broken_off_goes_on_as_a_backlog(
    box: Fetched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_fetch, "BATCH_MAILS", 1)
    box.server.deliver(mail(1))
    box.server.deliver(mail(2))
    box.server.deliver(mail(3), flags=("\\Seen",))
    box.intake.error, box.intake.breaks = TryAgainLaterError("The database is away."), lambda raw: raw == mail(2)
    with pytest.raises(TryAgainLaterError):
        await box.look()
    box.intake.error = None
    assert await box.look() == 1
    assert len(await box.ledger()) == 2


async def test_a_mail_that_is_too_large_is_noted_and_the_others_are_taken(box: Fetched) -> None:
    """zammad#1970: a mail larger than what can be stored."""
    box.server.deliver(mail(1))
    large = box.server.deliver(mail(2, body="x" * LIMIT))
    box.server.deliver(mail(3))
    assert await box.look() == 2
    assert box.server.read_uids() == [1, 3]
    noted = next(row for row in await box.ledger() if row.outcome is Outcome.QUARANTINED)
    assert (noted.rule, noted.sender, noted.title) == ("too-large", "ada@people.example", "Printer 2")
    assert f"as UID {large}" in noted.error
    box.server.renumber(uid_validity=2000)
    await box.look()
    assert [row.rule for row in await box.ledger() if row.outcome is Outcome.QUARANTINED] == ["too-large"]


async def test_a_server_that_understates_sizes_is_not_believed(box: Fetched, monkeypatch: pytest.MonkeyPatch) -> None:
    box.server.deliver(mail(1, body="x" * LIMIT))
    monkeypatch.setattr("bot.email.imap_mailbox.ImapMailbox.sizes", _tiny)
    assert await box.look() == 0
    assert [row.rule for row in await box.ledger()] == ["too-large"]


async def _tiny(_mailbox: object, uids: list[int]) -> dict[int, int]:
    return dict.fromkeys(uids, 1)


async def test_bytes_that_are_no_mail_are_taken_like_any_other(box: Fetched) -> None:
    """django-helpdesk email.py: one bad byte outside the try of each message stops the whole poll."""
    box.server.deliver(BAD_BYTES)
    box.server.deliver(mail(1))
    assert await box.look() == 2
    assert len(await box.ledger()) == 2


@pytest.mark.parametrize("fault", ["refused_uids", "breaking_uids", "empty_uids"])
async def test_a_mail_the_server_cannot_give_is_noted_and_stops_nothing(box: Fetched, fault: str) -> None:
    """frappe/helpdesk#2532, zammad#2754: one bad mail kills the batch."""
    bad = [box.server.deliver(mail(number)) for number in range(1, 4)][1]
    setattr(box.server.faults, fault, {bad})
    troubles = await look_until_well(box)
    assert len(troubles) == ATTEMPTS
    rows = {row.rule: row.error for row in await box.ledger()}
    assert list(rows).count("") == 1
    assert f"UID {bad}" in rows["unreadable-at-source"]
    assert len(await box.ledger()) == 3
    assert box.server.read_uids() == [1, 3]
    assert (await box.progress()).last_uid == 3


async def test_a_mail_that_comes_through_at_last_is_taken_once(box: Fetched) -> None:
    box.server.deliver(mail(1))
    box.server.faults.refused_uids = {1}
    with pytest.raises(TryAgainLaterError, match="UID 1 cannot be fetched"):
        await box.look()
    box.server.faults.refused_uids = set()
    assert await box.look() == 1
    assert [row.rule for row in await box.ledger()] == [""]


async def test_a_mail_on_which_the_desk_breaks_ends_in_quarantine_with_its_bytes(box: Fetched) -> None:
    """django-helpdesk email.py, frappe/helpdesk#2532: each mail is its own unit."""
    for number in range(1, 4):
        box.server.deliver(mail(number))
    box.intake.error, box.intake.breaks = RuntimeError("a defect of ours"), lambda raw: raw == mail(2)
    troubles = await look_until_well(box)
    assert all("UID 2 could not be taken in: RuntimeError" in trouble for trouble in troubles)
    assert len(troubles) == ATTEMPTS - 1
    rows = await box.ledger()
    assert sorted(row.rule for row in rows) == ["", "", "not-taken"]
    async with box.desk.reading() as reading:
        stored = set((await reading.session.scalars(select(RawMessage.content))).all())
    assert stored == {mail(1), mail(2), mail(3)}


async def test_a_mark_that_is_refused_is_told_and_loses_nothing(box: Fetched) -> None:
    box.server.deliver(mail(1))
    box.server.faults.refused = {"STORE": "[OVERQUOTA] no"}
    with pytest.raises(TryAgainLaterError, match=r"cannot be marked.*OVERQUOTA"):
        await box.look()
    box.server.deliver(mail(2))
    box.server.faults.refused = {}
    await box.look()
    assert box.server.read_uids() == [1, 2]
    assert len(await box.ledger()) == 2


async def test_a_read_only_folder_is_refused_before_anything_is_taken(box: Fetched) -> None:
    """zammad#243: a set-up error."""
    box.server.deliver(mail(1))
    box.server.faults.is_read_only = True
    with pytest.raises(ConfigurationError, match="read-only"):
        await box.look()
    assert await box.ledger() == []


@pytest.mark.parametrize(
    ("capabilities", "after", "left"),
    [
        (["IMAP4rev1", "UIDPLUS"], After(AfterKind.MOVE, "Done"), [mail(9)]),
        (["IMAP4rev1"], After(AfterKind.MOVE, "Done"), [mail(9), mail(1)]),
        (["IMAP4rev1"], After(AfterKind.DELETE), [mail(9), mail(1)]),
        (["IMAP4rev1", "UIDPLUS"], After(AfterKind.DELETE), [mail(9)]),
    ],
)
async def test_what_others_have_marked_for_deletion_is_never_expunged(
    box: Fetched, capabilities: list[str], after: After, left: list[bytes]
) -> None:
    """zammad#243: without UIDPLUS a mail is only marked, because EXPUNGE would remove what others have marked."""
    box.server.deliver(mail(9), flags=("\\Deleted",))
    box.server.deliver(mail(1))
    box.server.capabilities = capabilities
    fetched = Fetched(box.desk, box.server, after)
    assert await fetched.look() == 1
    assert [stored.raw for stored in box.server.inbox.mails] == left
    if after.folder:
        assert await box.server.contents("Done") == [(mail(1), False)]
    assert await fetched.look() == 0


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (mail(1, to="help@other.example"), [(2, ["help@other.example"])]),
        (mail(1, to=f"{SUPPORT}, help@other.example"), [(1, [SUPPORT]), (2, ["help@other.example"])]),
        (mail(1, head="Envelope-To: <help@other.example>\r\n"), [(2, ["help@other.example"])]),
        (mail(1, head="Delivered-To: box@mail.example\r\n", to="someone@else.example"), [(1, [SUPPORT])]),
        (mail(1, to="undisclosed-recipients:;"), [(1, [SUPPORT])]),
        (BAD_BYTES, [(1, [SUPPORT])]),
    ],
    ids=["To", "two organizations", "bracketed Envelope-To", "unknown", "blind copy", "bad bytes"],
)
async def test_a_mail_belongs_to_whom_it_was_delivered_for(
    box: Fetched, raw: bytes, expected: list[tuple[int, list[str]]]
) -> None:
    """zulip#38977: bracketed Envelope-To. A mail that names no address of ours belongs to the mailbox's own."""
    async with box.desk.unit_of_work() as uow:
        other = await create_organization(uow, "Other")
        await add_mail_route(uow, other, "@other.example")
        await uow.commit()
    box.server.deliver(raw)
    assert await box.look() == 1
    assert [(row.organization_id, row.recipients) for row in await box.ledger()] == expected


async def test_a_long_backlog_is_fetched_in_batches(box: Fetched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_fetch, "WINDOW", 70)
    for number in range(120):
        box.server.deliver(mail(number))
    assert await box.look() == 120
    said = [command.split()[0] for command in box.server.commands]
    assert (said.count("SEARCH"), said.count("FETCH"), said.count("STORE")) == (2, 2 + 4 - 1, 3)
    assert len(await box.ledger()) == 120


async def test_deleted_mails_are_not_waited_for(box: Fetched) -> None:
    """libredesk#355: what was deleted does not come back."""
    box.server.deliver(mail(1))
    box.server.deliver(mail(2))
    box.server.inbox.mails.pop(0)
    assert await box.look() == 1
    assert (await box.progress()).last_uid == 2
