"""How far a mailbox was fetched: kept durably, by one process at a time."""

from datetime import timedelta

from sqlalchemy import func, select

from core.intake.models import Intake, RawMessage
from core.intake.values import Channel, InboundMessage, Outcome
from core.mailboxes.actions import (
    advance_mailbox,
    begin_mailbox,
    lease_mailbox,
    note_success,
    note_trouble,
    quarantine_unfetched,
    release_mailbox,
)
from core.mailboxes.queries import mailbox_state
from core.mailboxes.values import LEASE, MailboxState, Progress
from tests.builders import SUPPORT, CoreDesk

INBOX = "imaps://support@mail.example/INBOX"


async def lease(desk: CoreDesk, owner: str, term: timedelta = LEASE) -> Progress | None:
    async with desk.unit_of_work() as uow:
        progress = await lease_mailbox(uow, INBOX, owner=owner, lease=term)
        await uow.commit()
    return progress


async def state(desk: CoreDesk) -> MailboxState | None:
    async with desk.reading() as reading:
        return await mailbox_state(reading, INBOX)


async def test_a_new_mailbox_begins_before_its_first_mail(desk: CoreDesk) -> None:
    assert await state(desk) is None
    assert await lease(desk, "a") == Progress()
    assert await state(desk) == MailboxState(progress=Progress(), since=desk.clock.now(), error="")


async def test_one_process_holds_a_mailbox_until_it_lets_go(desk: CoreDesk) -> None:
    assert await lease(desk, "a") is not None
    assert await lease(desk, "b") is None
    assert await lease(desk, "a") is not None
    async with desk.unit_of_work() as uow:
        await release_mailbox(uow, INBOX, owner="a")
        await uow.commit()
    assert await lease(desk, "b") is not None
    assert await lease(desk, "a") is None


async def test_a_lease_that_ran_out_passes_on_with_the_progress(desk: CoreDesk) -> None:
    """A process that was killed lets nobody wait for ever."""
    await lease(desk, "a", timedelta(0))
    async with desk.unit_of_work() as uow:
        assert await begin_mailbox(uow, INBOX, owner="a", uid_validity=7, new_from=30)
        assert await advance_mailbox(uow, INBOX, owner="a", last_uid=40)
        await uow.commit()
    assert await lease(desk, "a", timedelta(0)) is not None
    desk.clock.advance(seconds=1)
    assert await lease(desk, "b") == Progress(uid_validity=7, last_uid=40, new_from=30)


async def test_uids_given_anew_begin_again_and_remember_when_the_folder_was_last_read(desk: CoreDesk) -> None:
    await lease(desk, "a")
    async with desk.unit_of_work() as uow:
        await begin_mailbox(uow, INBOX, owner="a", uid_validity=7, new_from=30)
        await advance_mailbox(uow, INBOX, owner="a", last_uid=40)
        await note_success(uow, INBOX, owner="a")
        await begin_mailbox(uow, INBOX, owner="a", uid_validity=8, new_from=4)
        await uow.commit()
    now = desk.clock.now()
    assert await lease(desk, "a") == Progress(
        uid_validity=8, last_uid=0, new_from=4, backlog_since=now, succeeded_at=now
    )


async def test_who_lost_the_lease_changes_nothing(desk: CoreDesk) -> None:
    await lease(desk, "a", timedelta(0))
    desk.clock.advance(seconds=1)
    await lease(desk, "b")
    async with desk.unit_of_work() as uow:
        assert not await begin_mailbox(uow, INBOX, owner="a", uid_validity=7, new_from=1)
        assert not await advance_mailbox(uow, INBOX, owner="a", last_uid=40)
        assert not await note_success(uow, INBOX, owner="a")
        assert not await note_trouble(uow, INBOX, owner="a", error="gone")
        await release_mailbox(uow, INBOX, owner="a")
        await uow.commit()
    assert await lease(desk, "b") == Progress()


async def test_what_is_wrong_is_told_until_the_next_success(desk: CoreDesk) -> None:
    """osTicket#6455: an OAuth lapse that nobody noticed for ten days."""
    await lease(desk, "a")
    async with desk.unit_of_work() as uow:
        await note_trouble(uow, INBOX, owner="a", error="The sign-in\x00 has lapsed.")
        await uow.commit()
    told = await state(desk)
    assert told is not None
    assert told.error == "The sign-in has lapsed."
    desk.clock.advance(minutes=1)
    async with desk.unit_of_work() as uow:
        await note_success(uow, INBOX, owner="a")
        await uow.commit()
    told = await state(desk)
    assert told is not None
    assert (told.error, told.progress.succeeded_at) == ("", desk.clock.now())


async def test_a_mail_that_stays_away_is_noted_once(desk: CoreDesk) -> None:
    """zammad#1970: a mail that is larger than what is taken must not be lost silently."""
    message = InboundMessage(
        channel=Channel.EMAIL,
        external_id="imap:1:2:3",
        raw=b"From: ada@people.example\r\nSubject: Film\r\n\r\n",
        received_at=desk.clock.now(),
        recipients=(SUPPORT,),
    )
    for _ in range(2):
        async with desk.unit_of_work() as uow:
            await quarantine_unfetched(
                uow,
                message,
                organization_id=1,
                rule="too-large",
                error="It has 40 MiB.",
                sender="ada@people.example",
                title="Film",
            )
            await uow.commit()
    async with desk.reading() as reading:
        (row,) = (await reading.session.scalars(select(Intake))).all()
        stored = await reading.session.scalar(select(func.count()).select_from(RawMessage))
    assert (row.outcome, row.rule, row.error) == (Outcome.QUARANTINED, "too-large", "It has 40 MiB.")
    assert (row.sender, row.title, stored) == ("ada@people.example", "Film", 1)
    assert await desk.jobs() == []
