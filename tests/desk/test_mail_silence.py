"""Mail that has stopped coming is noticed (osTicket#6455)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select
from structlog.testing import capture_logs

from core.conversations.models import Delivery
from core.conversations.values import DeliveryKind
from core.errors import DegradedError
from core.intake.models import Intake
from core.intake.silence import LOOK_EVERY, SHORTEST_SILENCE, MailSilence, MailWatch, longest_usual_silence
from core.intake.values import Channel, Outcome
from core.jobs.kinds import WATCH_MAIL
from core.people.values import Role
from tests.builders import CoreDesk, unqueued

JOB = unqueued(WATCH_MAIL.name)
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def office_days(weeks: int) -> list[datetime]:
    """A mail every three hours from nine to six, Monday to Friday."""
    return [
        MONDAY + timedelta(weeks=week, days=day, hours=hour)
        for week in range(weeks)
        for day in range(5)
        for hour in (0, 3, 6, 9)
    ]


def test_a_weekend_is_usual_where_every_week_has_one() -> None:
    weekend = timedelta(days=2, hours=15)
    assert longest_usual_silence(office_days(4)) == 2 * weekend


def test_one_breakdown_does_not_become_the_habit() -> None:
    """osTicket#6455: the next lapse of ten days is told as well."""
    before = office_days(4)
    after = [moment + timedelta(days=38) for moment in before]
    assert longest_usual_silence(before + after) == longest_usual_silence(before)


def test_round_the_clock_some_hours_are_let_pass() -> None:
    minutes = [MONDAY + timedelta(minutes=10 * number) for number in range(15 * 144)]
    assert longest_usual_silence(minutes) == SHORTEST_SILENCE


@pytest.mark.parametrize("arrivals", [[], [MONDAY], office_days(1), [MONDAY + timedelta(days=3 * n) for n in range(9)]])
def test_nothing_is_usual_before_there_is_a_habit(arrivals: list[datetime]) -> None:
    assert longest_usual_silence(arrivals) is None


async def mail(desk: CoreDesk, number: int) -> None:
    await desk.mail_in(**{"from": "anna@people.example", "title": f"Mail {number}", "text": f"Words {number}."})


async def test_silence_is_told_and_logged_once_until_mail_comes_again(desk: CoreDesk) -> None:
    """osTicket#6455: each channel reports its last success; silence beyond its normal gap raises an alert."""
    silence = MailSilence(desk.database, desk.clock, allowed=timedelta(hours=24))
    assert await silence.check() == "no mail yet"
    await mail(desk, 1)
    desk.clock.advance(hours=24)
    assert (await silence.check()).startswith("last mail 20")
    with capture_logs() as logged:
        desk.clock.advance(minutes=10)
        for _ in range(2):
            with pytest.raises(DegradedError, match=r"No mail has come since .* 24 hours"):
                await silence.check()
    assert [line["log_level"] for line in logged if line["event"] == "intake.mail_silent"] == ["error"]
    await mail(desk, 2)
    desk.clock.advance(seconds=LOOK_EVERY.total_seconds())
    assert (await silence.check()).startswith("last mail")


async def test_a_desk_learns_its_usual_silence_from_the_ledger(desk: CoreDesk) -> None:
    """osTicket#6455, without any setting."""
    silence = MailSilence(desk.database, desk.clock)
    for number in range(22):
        await mail(desk, number)
        desk.clock.advance(days=1)
    assert (await silence.check()).startswith("last mail")
    desk.clock.advance(days=2)
    with pytest.raises(DegradedError, match="48 hours"):
        await silence.check()


async def test_each_admin_is_mailed_once_a_silence(desk: CoreDesk) -> None:
    await desk.person("root", Role.ADMIN)
    await desk.person("grace", Role.MODERATOR)
    watch = MailWatch(MailSilence(desk.database, desk.clock, allowed=timedelta(hours=24)), desk.unit_of_work)
    await mail(desk, 1)
    for _ in range(3):
        desk.clock.advance(hours=25)
        await watch.run(JOB)
    await mail(desk, 2)
    await watch.run(JOB)
    desk.clock.advance(hours=25)
    await watch.run(JOB)
    async with desk.reading() as reading:
        sent = await reading.session.scalars(select(Delivery).where(Delivery.kind == DeliveryKind.ALERT))
        told = [(one.recipient, one.content["title"]) for one in sent]
    assert told == [("root@people.example", "Mail has stopped coming")] * 2


async def test_a_busy_desk_still_notices(desk: CoreDesk) -> None:
    """More messages than are looked at, half of them of another channel."""
    await fill(desk, 9_000)
    silence = MailSilence(desk.database, desk.clock)
    assert (await silence.check()).startswith("last mail")
    desk.clock.advance(hours=30)
    with pytest.raises(DegradedError, match="unusual here"):
        await silence.check()


async def test_other_channels_do_not_hide_the_last_mail(desk: CoreDesk) -> None:
    await fill(desk, 500, mails=1)
    silence = MailSilence(desk.database, desk.clock, allowed=timedelta(hours=1))
    desk.clock.advance(hours=24 * 70)
    with pytest.raises(DegradedError):
        await silence.check()


async def fill(desk: CoreDesk, count: int, *, mails: int | None = None) -> None:
    """Messages of the last 20 days, every second a mail, or the first `mails` alone."""
    began = desk.clock.now() - timedelta(days=20)
    rows = [
        {
            "organization_id": 1,
            "channel": Channel.EMAIL if (number % 2 if mails is None else number < mails) else Channel.SLACK,
            "external_id": str(number),
            "recipients": [],
            "received_at": began + timedelta(days=20) * number / count,
            "outcome": Outcome.IGNORED,
            **dict.fromkeys(("raw_sha256", "envelope_sender", "client_address", "rule", "error"), ""),
            **dict.fromkeys(("fingerprint", "sender", "title"), ""),
        }
        for number in range(count)
    ]
    async with desk.database.writing() as connection:
        await connection.execute(insert(Intake), rows)
