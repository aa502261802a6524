"""Mail that a provider only tells of is fetched once, and kept back with its reason where it cannot be taken."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy import func, select

from core.errors import TooLargeError, TryAgainLaterError
from core.intake.fetching import Fetches, fetch_later
from core.intake.models import Intake, RawMessage
from core.intake.values import FetchedMail, Outcome
from core.jobs.models import Job
from tests.builders import SUPPORT, CoreDesk, claimed

RAW = b'{"from": "anna@people.example", "title": "VPN", "text": "a"}'


@dataclass
class FakeFetcher:
    source: str = "provider"
    recipients: tuple[str, ...] = (SUPPORT,)
    failures: list[Exception] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def fetch(self, reference: str) -> FetchedMail:
        self.asked.append(reference)
        if self.failures:
            raise self.failures.pop(0)
        return FetchedMail(raw=RAW, recipients=self.recipients, envelope_sender="bounces@people.example")


def fetches(desk: CoreDesk, *fetchers: FakeFetcher) -> Fetches:
    return Fetches(desk.unit_of_work, desk.ledger, {one.source: one for one in fetchers})


async def ask(desk: CoreDesk, reference: str = "m1") -> bool:
    async with desk.unit_of_work() as uow:
        is_new = await fetch_later(uow, "provider", reference)
        await uow.commit()
    return is_new


async def job(desk: CoreDesk) -> Job:
    async with desk.reading() as reading:
        return (await reading.session.scalars(select(Job).where(Job.kind == "intake.fetch"))).one()


async def rows(desk: CoreDesk) -> list[Intake]:
    async with desk.reading() as reading:
        return list(await reading.session.scalars(select(Intake).order_by(Intake.id)))


async def test_a_mail_is_asked_for_once_and_becomes_a_ticket(desk: CoreDesk) -> None:
    assert [await ask(desk), await ask(desk)] == [True, False]
    at = desk.clock.now()
    desk.clock.advance(minutes=5)
    fetcher = FakeFetcher()
    await fetches(desk, fetcher).run(claimed(await job(desk)))
    await desk.run_jobs("intake.process")
    (row,) = await rows(desk)
    assert (row.outcome, row.envelope_sender, row.received_at) == (Outcome.TICKETED, "bounces@people.example", at)
    assert fetcher.asked == ["m1"]


async def test_fetched_twice_it_is_one_mail(desk: CoreDesk) -> None:
    """zammad#1662: a job that ran to its end and is run again must not make a second ticket."""
    await ask(desk)
    for _ in range(2):
        await fetches(desk, FakeFetcher()).run(claimed(await job(desk)))
    assert len(await rows(desk)) == 1


@pytest.mark.parametrize("failure", [TryAgainLaterError("away"), None])
async def test_what_can_be_mended_is_tried_again(desk: CoreDesk, failure: Exception | None) -> None:
    """The provider is away, or nothing fetches from it because its key is not set."""
    await ask(desk)
    fetchers = [FakeFetcher(failures=[failure])] if failure else []
    with pytest.raises(TryAgainLaterError):
        await fetches(desk, *fetchers).run(claimed(await job(desk)))
    assert await rows(desk) == []


@pytest.mark.parametrize("times", [1, 2])
async def test_mail_for_nobody_here_is_kept_back_with_its_bytes(desk: CoreDesk, times: int) -> None:
    await ask(desk)
    for _ in range(times):
        await fetches(desk, FakeFetcher(recipients=("a@elsewhere.example",))).run(claimed(await job(desk)))
    (row,) = await rows(desk)
    assert (row.outcome, row.rule, row.recipients) == (
        Outcome.QUARANTINED, "unknown-recipient", ["a@elsewhere.example"]
    )  # fmt: skip
    async with desk.reading() as reading:
        assert (await reading.session.get_one(RawMessage, row.raw_sha256)).content == RAW


async def test_a_mail_that_is_too_large_is_told_of_without_its_bytes(desk: CoreDesk) -> None:
    await ask(desk)
    await fetches(desk, FakeFetcher(failures=[TooLargeError("over 25 MiB")])).run(claimed(await job(desk)))
    (row,) = await rows(desk)
    assert (row.outcome, row.rule, row.error, row.raw_sha256) == (
        Outcome.QUARANTINED, "too-large", "over 25 MiB", None
    )  # fmt: skip


async def test_given_up_and_fetched_after_all(desk: CoreDesk) -> None:
    await ask(desk)
    given_up = fetches(desk, FakeFetcher())
    for _ in range(2):
        await given_up.gave_up(claimed(await job(desk)), "answered 404")
    assert [(row.outcome, row.rule) for row in await rows(desk)] == [(Outcome.QUARANTINED, "fetch-failed")]
    await given_up.run(claimed(await job(desk)))
    assert [row.outcome for row in await rows(desk)] == [Outcome.IGNORED, Outcome.RECEIVED]
    async with desk.reading() as reading:
        assert await reading.session.scalar(select(func.count()).select_from(RawMessage)) == 1
