"""Two workers that decide about crossing conversations on PostgreSQL."""

import random
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from core.jobs import kinds
from core.jobs.models import Job
from core.jobs.values import JobStatus, Lane
from core.people.models import User
from core.tickets.actions import NewReply, add_reply
from core.tickets.models import Reply
from core.tickets.queries import lock_ticket_by_id
from tests.builders import CoreDesk, core_desk
from tests.desk.workers import working
from tests.fakes.waiting import eventually

TICKETS = 6
ROUNDS = 8
_DEADLOCKS = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
_NOT_DONE = select(Job.id).where(Job.kind == kinds.INTAKE_PROCESS.name, Job.status != JobStatus.DONE)


def question(n: int) -> dict[str, Any]:
    return {"from": f"person{n}@people.example", "title": f"Question {n}", "text": "Why?", "id": f"q{n}@x"}


async def answers_in_crossing_orders(desk: CoreDesk) -> None:
    """Half by reference, half by the number in the subject; after each round a new question."""
    chance = random.Random(5)  # noqa: S311 (test mails)
    for turn in range(ROUNDS):
        for n in chance.sample(range(TICKETS), k=TICKETS):
            place = {"tags": [str(n + 1)]} if chance.randrange(2) else {"references": [f"q{n}@x"]}
            await desk.accept(
                **question(n) | {"title": f"Re: Question {n}", "text": f"{turn}", "id": f"{turn}.{n}@x"}, **place
            )
        await desk.accept(**question(TICKETS + turn))


async def test_two_workers_never_wait_for_each_other_in_a_circle(postgres_url: str, tmp_path: Path) -> None:
    desk = await core_desk(postgres_url, tmp_path)
    for n in range(TICKETS):
        await desk.mail_in(**question(n))
    await answers_in_crossing_orders(desk)

    async def are_done() -> bool:
        async with desk.reading() as reading:
            return not (await reading.session.scalars(_NOT_DONE)).all()

    processing, lanes = desk.processing, {Lane.INTAKE: TICKETS + 1}
    async with (
        working(desk, processing.run, kinds.INTAKE_PROCESS, run_many=processing.run_many, lanes=lanes),
        working(desk, processing.run, kinds.INTAKE_PROCESS, run_many=processing.run_many, lanes=lanes),
    ):
        for n in range(TICKETS):  # as the web does meanwhile
            await answer(desk, n + 1)
        await eventually(are_done)

    async with desk.reading() as reading:
        replies = (await reading.session.scalars(select(Reply.id))).all()
        attempts = await reading.session.scalars(select(Job.attempts).where(Job.kind == kinds.INTAKE_PROCESS.name))
        assert set(attempts) == {1}
    assert len(replies) == TICKETS * (ROUNDS + 1)
    assert await deadlocks(desk) == 0
    await desk.database.close()


async def answer(desk: CoreDesk, ticket_id: int) -> None:
    async with desk.unit_of_work() as uow:
        ticket = await lock_ticket_by_id(uow, ticket_id)
        author = await uow.session.get_one(User, ticket.created_by_id)
        await add_reply(uow, ticket, NewReply(text="Thanks.", channel="web"), author=author)
        await uow.commit()


async def deadlocks(desk: CoreDesk) -> int:
    """As the server counts them; its processes tell of theirs when they end, at the latest."""
    await desk.database.close()
    async with desk.database.reading() as connection:
        return int((await connection.execute(_DEADLOCKS)).scalar_one())
