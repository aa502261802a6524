"""The IMAP door over time: news, lost connections, several processes, and what it says when mail stops coming."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.email.imap import ImapDoor, Pace
from bot.email.imap_account import ImapAccount
from bot.email.imap_mailbox import ImapMailbox
from bot.email.imap_oauth import AccessTokens, Grant, KeptToken
from core.errors import ConfigurationError, DegradedError, TryAgainLaterError
from core.mailboxes.held import HeldMailbox
from tests.builders import core_desk
from tests.email.test_imap_fetch import mail
from tests.fakes.certificates import self_signed
from tests.fakes.imap import TOKEN, FakeImap, imap_server
from tests.fakes.mail_fetching import Fetched
from tests.fakes.oauth import FakeProvider, oauth_provider
from tests.fakes.waiting import eventually

FAST = Pace(poll=0.02, idle=0.2, heartbeat=0.05, retry=0.01, refused=0.01, longest_retry=0.05)
"""Everything at once, on the real clock."""


@pytest.fixture
async def box(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Fetched]:
    desk = await core_desk(sqlite_url, tmp_path)
    async with imap_server(FakeImap(today=desk.clock.now().date())) as server:
        yield Fetched(desk, server)
    await desk.database.close()


@pytest.fixture
async def opened(box: Fetched) -> AsyncIterator[Callable[..., ImapDoor]]:
    """Starts doors that are stopped at the end."""
    async with AsyncExitStack() as stack:

        def opened(
            *, account: ImapAccount | None = None, tokens: AccessTokens | None = None, pace: Pace = FAST
        ) -> ImapDoor:
            door = new_door(box, account=account, tokens=tokens, pace=pace)
            stack.push_async_callback(door.stop)
            door.start()
            return door

        yield opened


def new_door(
    box: Fetched, *, account: ImapAccount | None = None, tokens: AccessTokens | None = None, pace: Pace = FAST
) -> ImapDoor:
    account = account or box.account
    held = HeldMailbox(box.account.name, unit_of_work=box.desk.unit_of_work, reading=box.desk.reading)
    return ImapDoor(
        account,
        box.new_fetch(held),
        held,
        connect=lambda: ImapMailbox(account),
        after=box.after,
        clock=box.desk.clock,
        tokens=tokens,
        pace=pace,
    )


async def taken(box: Fetched, mails: int) -> None:
    async def are_there() -> bool:
        return len(await box.ledger()) == mails

    await eventually(are_there)


def said(box: Fetched, command: str) -> int:
    return sum(line.split()[0] == command for line in box.server.commands)


async def heard(box: Fetched, command: str, times: int = 1) -> None:
    async def is_heard() -> bool:
        return said(box, command) >= times

    await eventually(is_heard)


async def failing(door: ImapDoor) -> str:
    """What `check` says once it fails."""
    reason = ""

    async def fails() -> bool:
        nonlocal reason
        try:
            await door.check()
        except DegradedError as error:
            reason = str(error)
        return bool(reason)

    await eventually(fails)
    return reason


async def test_mail_is_taken_when_it_comes_in(box: Fetched, opened: Callable[..., ImapDoor]) -> None:
    door = opened(pace=replace(FAST, idle=60, heartbeat=20))
    await heard(box, "IDLE")
    box.server.deliver(mail(1))
    await taken(box, 1)
    await heard(box, "IDLE", 2)
    assert box.server.read_uids() == [1]
    assert await door.check() == f"{box.account.name}, read 0 s ago"


async def test_mail_is_taken_that_is_told_of_as_the_waiting_begins(
    box: Fetched, opened: Callable[..., ImapDoor]
) -> None:
    box.server.faults.coming_at_idle = [mail(1), mail(2)]
    opened(pace=replace(FAST, idle=60, heartbeat=60))
    await taken(box, 2)
    await heard(box, "IDLE", 3)


async def test_a_server_without_idle_is_polled(box: Fetched, opened: Callable[..., ImapDoor]) -> None:
    box.server.capabilities = ["IMAP4rev1"]
    opened()
    await heard(box, "SELECT", 3)
    box.server.deliver(mail(1))
    await taken(box, 1)
    assert said(box, "IDLE") == 0


async def test_a_lost_connection_is_made_again(box: Fetched, opened: Callable[..., ImapDoor]) -> None:
    door = opened(pace=replace(FAST, idle=60, heartbeat=20))
    await heard(box, "IDLE")
    box.server.hang_up()
    box.server.deliver(mail(1))
    await taken(box, 1)
    assert said(box, "LOGIN") >= 2
    assert "read 0 s ago" in await door.check()


async def test_a_server_that_comes_back_is_read_on(box: Fetched, opened: Callable[..., ImapDoor]) -> None:
    box.server.faults.refused = {"SELECT": "[UNAVAILABLE] later"}
    opened()
    await heard(box, "SELECT", 3)
    box.server.deliver(mail(1))
    box.server.faults.refused = {}
    await taken(box, 1)


async def test_one_process_reads_and_the_next_takes_over(box: Fetched, opened: Callable[..., ImapDoor]) -> None:
    first = opened()
    await heard(box, "IDLE")
    second = opened()
    box.server.deliver(mail(1))
    await taken(box, 1)
    assert said(box, "LOGIN") == 1
    assert "read 0 s ago" in await second.check()
    await first.stop()
    box.server.deliver(mail(2))
    await taken(box, 2)
    assert said(box, "LOGIN") == 2


async def test_who_loses_the_lease_lets_go(box: Fetched, opened: Callable[..., ImapDoor]) -> None:
    opened()
    await heard(box, "IDLE")
    box.desk.clock.advance(minutes=2)
    assert await box.held.hold() is not None

    async def is_alone() -> bool:
        return not box.server.sessions

    await eventually(is_alone)


async def test_stopping_does_not_wait_for_news(box: Fetched, opened: Callable[..., ImapDoor]) -> None:
    door = opened(pace=replace(FAST, idle=60, heartbeat=60))
    await heard(box, "IDLE")
    async with asyncio.timeout(30):  # half as long as it would wait
        await door.stop()
    assert await box.held.hold() is not None


async def test_stopping_lets_a_mail_that_is_being_stored_be_stored(
    box: Fetched, opened: Callable[..., ImapDoor]
) -> None:
    box.intake.gate.clear()
    box.server.deliver(mail(1))
    door = opened()
    await box.intake.entered.wait()
    stop = asyncio.create_task(door.stop())
    await asyncio.sleep(0)
    box.intake.gate.set()
    await stop
    assert len(await box.ledger()) == 1
    assert box.server.read_uids() == []


async def test_a_refused_sign_in_turns_the_part_at_once(box: Fetched, opened: Callable[..., ImapDoor]) -> None:
    """osTicket#6455: a lapse that nobody noticed for ten days."""
    door = opened(account=replace(box.account, password="changed elsewhere"))
    reason = await failing(door)
    assert "refuses the sign-in" in reason
    assert "IMAP_URL" in reason
    assert "changed elsewhere" not in reason


async def test_an_oauth_lapse_turns_the_part_at_once_and_heals(
    box: Fetched, opened: Callable[..., ImapDoor], tmp_path: Path
) -> None:
    """osTicket#6455: an OAuth lapse that nobody noticed for ten days."""
    async with oauth_provider(FakeProvider()) as provider:
        grant = Grant(token_url=provider.url, client_id="desk", refresh_token="first")
        tokens = AccessTokens(grant, KeptToken(tmp_path / "kept", "first"), box.desk.clock)
        patient = replace(FAST, silence=timedelta(hours=3))
        door = opened(account=replace(box.account, password=""), tokens=tokens, pace=patient)
        await heard(box, "IDLE")
        assert "AUTHENTICATE XOAUTH2" in box.server.commands
        box.desk.clock.advance(minutes=56)  # ahead of the token's end, with the connection still there
        provider.status, provider.answer = 400, {"error": "invalid_grant"}
        assert "invalid_grant" in await failing(door)
        provider.status, provider.answer = 200, {"access_token": TOKEN, "expires_in": 3600}
        box.server.deliver(mail(1))
        await taken(box, 1)


async def test_a_token_the_server_refuses_is_told_and_made_anew(
    box: Fetched, opened: Callable[..., ImapDoor], tmp_path: Path
) -> None:
    async with oauth_provider(FakeProvider(answer={"access_token": "stale", "expires_in": 3600})) as provider:
        grant = Grant(token_url=provider.url, client_id="desk", refresh_token="first")
        tokens = AccessTokens(grant, KeptToken(tmp_path / "kept", "first"), box.desk.clock)
        door = opened(tokens=tokens)
        assert "refuses the sign-in" in await failing(door)
        provider.answer = {"access_token": TOKEN, "expires_in": 3600}
        box.server.deliver(mail(1))
        await taken(box, 1)


async def test_silence_beyond_the_normal_gap_is_told_with_its_reason_by_every_process(
    box: Fetched, opened: Callable[..., ImapDoor]
) -> None:
    """osTicket#6455: each channel reports its last success, and silence beyond its gap raises an alert."""
    door, elsewhere = opened(), new_door(box)
    await heard(box, "IDLE")
    box.server.faults.refused = {"SELECT": "[UNAVAILABLE] maintenance"}
    await heard(box, "SELECT", 3)
    assert "read 0 s ago" in await door.check()
    with capture_logs() as logged:
        box.desk.clock.advance(minutes=11)
        await heard(box, "SELECT", said(box, "SELECT") + 4)
    assert [line["log_level"] for line in logged if line["event"] == "imap.silent"] == ["error"]
    for process in (door, elsewhere):
        reason = await failing(process)
        assert "No mail could be fetched" in reason
        assert "maintenance" in reason


async def test_a_mailbox_that_was_never_read_says_so(box: Fetched) -> None:
    door = new_door(box)
    assert await door.check() == f"{box.account.name}, not read yet"
    await box.held.hold()
    assert await door.check() == f"{box.account.name}, not read yet"
    box.desk.clock.advance(minutes=11)
    with pytest.raises(DegradedError, match=r"No mail could be fetched from .* yet"):
        await door.check()


async def test_a_service_that_was_down_for_days_is_given_time_to_read(
    box: Fetched, opened: Callable[..., ImapDoor]
) -> None:
    await box.look()
    box.desk.clock.advance(days=3)
    box.server.faults.refused = {"SELECT": "[UNAVAILABLE] not yet"}
    door = opened()
    await heard(box, "SELECT", 3)
    assert f"read {3 * 86400} s ago" in await door.check()


async def test_an_unexpected_error_does_not_end_the_door(
    box: Fetched, opened: Callable[..., ImapDoor], monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = 0
    look = box.fetch.__class__.look

    async def broken(*arguments: object) -> int:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            raise RuntimeError("a defect of ours")
        return await look(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("bot.email.imap_fetch.Fetch.look", broken)
    box.server.deliver(mail(1))
    opened()
    await taken(box, 1)


async def test_tls_is_checked_against_the_authorities_that_are_trusted(box: Fetched, tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    async with imap_server(FakeImap(), tls=certificate.server_context()) as server:
        account = replace(box.account, port=server.port, is_tls=True, host="localhost")
        stranger, friend = ImapMailbox(account), ImapMailbox(account, context=certificate.client_context())
        with pytest.raises(TryAgainLaterError, match="CERTIFICATE_VERIFY_FAILED"):
            await stranger.open()
        await friend.open()
        await friend.close()
        await stranger.close()


@pytest.mark.parametrize("offers", [True, False])
async def test_a_password_never_leaves_the_machine_unencrypted(
    box: Fetched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, offers: bool
) -> None:
    monkeypatch.setattr("bot.email.imap_account.is_loopback", lambda _host: False)
    certificate = self_signed(tmp_path)
    starttls = certificate.server_context() if offers else None
    async with imap_server(FakeImap(starttls=starttls)) as server:
        account = replace(box.account, port=server.port, host="localhost")
        mailbox = ImapMailbox(account, context=certificate.client_context())
        if offers:
            await mailbox.open()
        else:
            with pytest.raises(ConfigurationError, match="imaps://"):
                await mailbox.open()
        await mailbox.close()
    assert [said for said in server.commands if said in {"STARTTLS", "LOGIN"}] == (
        ["STARTTLS", "LOGIN"] if offers else []
    )
