"""Processes that die without a word while mail comes in."""

import asyncio
import random
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.db.engine import Database
from core.jobs.models import Job
from core.jobs.values import JobStatus
from tests.fakes.waiting import eventually
from tests.faults.deployment import PATIENCE, deployment, kill
from tests.faults.kill_during_ingest import kill_during_ingest, settled
from tests.faults.senders import Senders, mails

pytestmark = pytest.mark.slow


async def both_workers_work(url: str) -> None:
    """Returns at a moment when jobs of two workers are running."""
    database = Database(url)

    async def they_do() -> bool:
        async with database.reading() as connection:
            owners = select(func.count(Job.lease_owner.distinct())).where(Job.status == JobStatus.RUNNING)
            return await connection.scalar(owners) == 2

    await eventually(they_do, within=PATIENCE)
    await database.close()


async def test_a_desk_killed_twice_while_mail_comes_in_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """measured: django-helpdesk and roundup double up to 14 of 300 under kill -9; zammad#1662, zammad#3907."""
    with deployment(tmp_path) as desk:
        count = await kill_during_ingest(desk, count=300, connections=6, kills=2, chance=random.Random(11))  # noqa: S311 (test mails)
    assert count.is_right, count


async def test_two_workers_on_postgresql_share_the_mail_and_one_takes_over_when_the_other_is_killed(
    tmp_path: Path, empty_postgres_url: str
) -> None:
    """Three processes start on an empty database at once, so they also agree on who migrates it."""
    sent = mails(150, random.Random(12))  # noqa: S311 (test mails)
    with deployment(tmp_path, database_url=empty_postgres_url) as desk:
        senders = Senders(desk.smtp_port, sent)
        desk.start("smtp,web")
        doomed, _other = desk.start("worker,scheduler"), desk.start("worker,scheduler")
        sending = asyncio.create_task(senders.run())

        await senders.reaches(20)
        await both_workers_work(empty_postgres_url)
        kill(doomed)
        await sending
        count = await settled(desk, sent.keys(), senders)
    assert count.is_right, count
