"""Nobody takes our mail: it is tried again, dead at last, shown with its error, and sent when somebody says so."""

import asyncio
import json
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.email.transports.port import SentMail, message_id
from config.bootstrap import Replacements, build_desk
from config.settings import load_settings
from core.conversations.models import Delivery
from core.conversations.values import DeliveryStatus
from core.errors import TryAgainLaterError
from core.intake.values import Channel, InboundMessage
from core.jobs import kinds
from core.jobs.models import Job
from core.jobs.values import JobStatus
from core.jobs.worker import Worker
from core.people.values import system_actor
from tests.fakes.clock import FakeClock
from tests.fakes.waiting import eventually
from tests.faults.deployment import Deployment

pytestmark = pytest.mark.slow

MAIL = b"From: Anna <anna@people.example>\r\nSubject: VPN\r\nMessage-ID: <v1@people.example>\r\n\r\nHourly.\r\n"


class Relay:
    """A transport that is away until it is back."""

    name = "relay"

    def __init__(self) -> None:
        self.is_away = True
        self.tries: list[str] = []
        self.sent: list[str] = []

    async def send(self, message: EmailMessage, recipients: Sequence[str], *, key: str) -> SentMail:
        self.tries.append(message_id(message))
        if self.is_away:
            raise TryAgainLaterError("The relay cannot be reached.")
        self.sent.append(message_id(message))
        return SentMail(message_id=message_id(message))


async def test_an_acknowledgement_that_nobody_takes_is_retried_dead_shown_and_sent_when_retried(tmp_path: Path) -> None:
    """osTicket#6617, PostHog#103607: what failed is shown; nothing else is held up by it."""
    place, relay, clock = Deployment(folder=tmp_path), Relay(), FakeClock()
    desk = await build_desk(load_settings(place.environment), Replacements(transport=relay, clock=clock))
    await desk.search.start()
    worker = Worker(desk.surroundings.database, desk.runs, clock=clock)
    desk.wake.listen(worker.wake)
    working = asyncio.create_task(worker.run())
    accepted = InboundMessage(
        channel=Channel.EMAIL,
        external_id="1" * 64,
        raw=MAIL,
        received_at=clock.now(),
        recipients=("support@localhost",),
    )
    await desk.intake.accept(accepted)

    async def jobs() -> dict[str, Job]:
        async with desk.reading(system_actor(1)) as reading:
            return {job.kind: job for job in await reading.session.scalars(select(Job))}

    async def is_dead_in_the_end() -> bool:
        job = (await jobs()).get(kinds.DELIVER.name)
        if job is not None and job.status is JobStatus.QUEUED and job.due_at > clock.now():
            clock.advance(seconds=(job.due_at - clock.now()).total_seconds())
            worker.wake()
        return job is not None and job.status is JobStatus.DEAD

    await eventually(is_dead_in_the_end, within=60)
    found = await jobs()
    assert found.pop(kinds.DELIVER.name).last_error == "The relay cannot be reached."
    assert {job.status for job in found.values()} == {JobStatus.DONE}
    assert len(relay.tries) == kinds.DELIVER.max_attempts
    assert len(set(relay.tries)) == 1
    assert await _delivery(desk) == (DeliveryStatus.FAILED, "The relay cannot be reached.")

    (shown,) = json.loads(place.command("jobs", "list", "--status", "dead", "--json").stdout)
    assert (shown["kind"], shown["last_error"]) == (kinds.DELIVER.name, "The relay cannot be reached.")
    relay.is_away = False
    assert place.command("jobs", "retry", str(shown["id"])).returncode == 0
    clock.advance(days=3650)  # the command has the real clock, and the job is due by it
    worker.wake()

    async def is_sent() -> bool:
        return (await _delivery(desk))[0] is DeliveryStatus.SENT

    await eventually(is_sent)
    assert relay.sent == relay.tries[:1]
    await worker.stop()
    await working
    await desk.close()


async def _delivery(desk: object) -> tuple[DeliveryStatus, str]:
    async with desk.reading(system_actor(1)) as reading:  # type: ignore[attr-defined]  # a Desk
        delivery = (await reading.session.scalars(select(Delivery))).one()
        return delivery.status, delivery.error
