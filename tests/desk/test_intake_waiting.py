"""Messages that are read together, of which one waits for a server elsewhere."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from core.errors import TryAgainLaterError
from core.intake.models import Intake
from core.intake.values import Channel, InboundMessage, Outcome
from core.jobs.values import JobTicket
from core.people.values import Sender
from core.tickets.models import Ticket
from tests.builders import CoreDesk, claimed
from tests.fakes.waiting import eventually

NAMES = ("anna", "ben", "cara")


class Proofs:
    """Proves whoever writes, but for those in `silent`: about them it never answers."""

    def __init__(self, *silent: str) -> None:
        self.silent = silent

    async def is_genuine(self, message: InboundMessage) -> bool:
        if any(name.encode() in message.raw for name in self.silent):
            await asyncio.get_running_loop().create_future()
        return True


class Lookups:
    """A directory that knows nobody; it is away when asked about `absent`."""

    channel = Channel.EMAIL

    def __init__(self, absent: str) -> None:
        self.absent = absent

    async def look_up(self, sender: Sender) -> Sender:
        if self.absent in sender.external_id:
            raise TryAgainLaterError("The directory is away.")
        return sender


async def arrived(desk: CoreDesk) -> list[JobTicket]:
    for name in NAMES:
        await desk.accept(
            **{"from": f"{name}@people.example", "title": f"Question of {name}", "text": "Why?", "verified": False}
        )
    return [claimed(job) for job in await desk.jobs() if job.kind == "intake.process"]


async def outcomes(desk: CoreDesk) -> list[Outcome]:
    async with desk.reading() as reading:
        return list(await reading.session.scalars(select(Intake.outcome).order_by(Intake.id)))


def told_of(names: list[JobTicket]) -> Callable[[JobTicket], None]:
    return names.append


async def test_a_sender_whom_nobody_proves_in_time_is_unverified_and_delays_no_other(
    desk: CoreDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.processing = replace(desk.processing, sender_checks={Channel.EMAIL: Proofs("ben")})
    jobs = await arrived(desk)
    done: list[JobTicket] = []

    running = asyncio.create_task(desk.processing.run_many(jobs, told_of(done)))

    async def are_decided() -> bool:
        return len(done) == 2

    await eventually(are_decided)
    assert not running.done()
    assert done == [jobs[0], jobs[2]]
    assert await outcomes(desk) == [Outcome.TICKETED, Outcome.RECEIVED, Outcome.TICKETED]
    running.cancel()

    monkeypatch.setattr("core.intake.jobs.LONGEST_PROOF", 0.01)
    await desk.processing.run_many([jobs[1]], told_of(done))
    assert done == [jobs[0], jobs[2], jobs[1]]
    async with desk.reading() as reading:
        told = await reading.session.execute(select(Ticket.title, Ticket.sender_verified))
    assert {row.title: row.sender_verified for row in told} == {
        "Question of anna": True,
        "Question of ben": False,
        "Question of cara": True,
    }


async def test_what_cannot_be_looked_up_just_now_takes_no_other_with_it(desk: CoreDesk) -> None:
    desk.processing = replace(desk.processing, directories={Channel.EMAIL: Lookups("anna")})
    jobs = await arrived(desk)
    done: list[JobTicket] = []

    with pytest.raises(TryAgainLaterError):
        await desk.processing.run_many(jobs, told_of(done))

    assert done == jobs[1:]
    assert await outcomes(desk) == [Outcome.RECEIVED, Outcome.TICKETED, Outcome.TICKETED]
