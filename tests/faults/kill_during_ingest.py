"""Kills the desk (kill -9) while mail comes in by SMTP, starts it again, and counts.

Every mail that got 250 has to be exactly one ticket with exactly one acknowledgement, whenever the desk was killed.
Run: python -m tests.faults.kill_during_ingest [--mails 300] [--connections 6] [--kills 2] [--seed 1]
     [--database-url postgresql://…]; prints one JSON object, exit 1 when something was lost or doubled.
"""

import argparse
import asyncio
import json
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import func, select

from core.conversations.models import Delivery
from core.conversations.values import DeliveryStatus
from core.db.engine import Database
from core.intake.models import Intake
from core.intake.values import Outcome
from core.jobs.models import Job
from core.jobs.values import JobStatus
from core.tickets.models import ThreadMessage, Ticket
from tests.fakes.waiting import eventually
from tests.faults.deployment import Deployment, deployment, kill
from tests.faults.senders import Senders, mails

SETTLING_SECONDS = 240.0
_TICKET_OF_FILE = re.compile(r"-acknowledgement_(\d+)-")


@dataclass(frozen=True, slots=True)
class Count:
    """What became of the mails. All but the first four are to be 0 or empty."""

    sent: int
    accepted: int
    tickets: int
    acknowledgements: int
    lost: list[str]
    doubled: list[str]
    undecided: int
    unacknowledged: int
    acknowledged_twice: int
    unsent: int
    dead_jobs: int

    @property
    def is_right(self) -> bool:
        wrong = (self.undecided, self.unacknowledged, self.acknowledged_twice, self.unsent, self.dead_jobs)
        exact = self.sent == self.accepted == self.tickets == self.acknowledgements
        return exact and not self.lost and not self.doubled and not any(wrong)


async def kill_during_ingest(
    desk: Deployment, *, count: int, connections: int, kills: int, chance: random.Random
) -> Count:
    """Send the mails, kill and restart the whole desk at random points, and count what became of them."""
    sent = mails(count, chance)
    senders = Senders(desk.smtp_port, sent, connections=connections)
    process = desk.start()
    sending = asyncio.create_task(senders.run())
    for point in sorted(chance.sample(range(count // 10, count * 9 // 10), kills)):
        await senders.reaches(point)
        kill(process)
        process = desk.start()
    await sending
    return await settled(desk, sent.keys(), senders)


async def settled(desk: Deployment, sent: Collection[str], senders: Senders) -> Count:
    """Wait until no job is left, then count."""
    database = Database(desk.sqlalchemy_url)
    try:

        async def is_idle() -> bool:
            async with database.reading() as connection:
                under_way = select(func.count(Job.id)).where(Job.status.in_((JobStatus.QUEUED, JobStatus.RUNNING)))
                return await connection.scalar(under_way) == 0

        await eventually(is_idle, within=SETTLING_SECONDS)
        return await _counted(database, desk, sent, senders)
    finally:
        await database.close()


async def _counted(database: Database, desk: Deployment, sent: Collection[str], senders: Senders) -> Count:
    async with database.reading() as connection:
        placed = await connection.execute(
            select(ThreadMessage.external_id, ThreadMessage.ticket_id).where(ThreadMessage.external_id.in_(sent))
        )
        tickets_of = Counter(external_id for external_id, _ in placed)
        tickets = await connection.scalar(select(func.count(Ticket.id)))
        undecided = await connection.scalar(select(func.count(Intake.id)).where(Intake.outcome != Outcome.TICKETED))
        unsent = await connection.scalar(select(func.count(Delivery.id)).where(Delivery.status != DeliveryStatus.SENT))
        dead = await connection.scalar(select(func.count(Job.id)).where(Job.status == JobStatus.DEAD))
        ids = set(await connection.scalars(select(Ticket.id)))
    acknowledged = Counter(int(found[1]) for file in desk.outbox if (found := _TICKET_OF_FILE.search(file.name)))
    return Count(
        sent=len(sent),
        accepted=len(set(senders.accepted)),
        tickets=tickets or 0,
        acknowledgements=len(desk.outbox),
        lost=sorted(set(senders.accepted) - set(tickets_of)),
        doubled=sorted(message_id for message_id, times in tickets_of.items() if times > 1),
        undecided=undecided or 0,
        unacknowledged=len(ids - set(acknowledged)),
        acknowledged_twice=sum(times > 1 for times in acknowledged.values()),
        unsent=unsent or 0,
        dead_jobs=dead or 0,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--mails", type=int, default=300)
    parser.add_argument("--connections", type=int, default=6)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database-url", default="")
    options = parser.parse_args()
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        deployment(Path(folder), database_url=options.database_url) as desk,
    ):
        count = asyncio.run(
            kill_during_ingest(
                desk,
                count=options.mails,
                connections=options.connections,
                kills=options.kills,
                chance=random.Random(options.seed),  # noqa: S311 (test mails)
            )
        )
    print(json.dumps({**asdict(count), "seconds": round(time.monotonic() - began, 1)}, indent=2))  # noqa: T201 (its output)
    sys.exit(0 if count.is_right else 1)


if __name__ == "__main__":
    main()
