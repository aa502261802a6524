"""SIGTERM: the doors close, what is under way ends or goes back to the queue, and the process is gone in time."""

import asyncio
import hashlib
import random
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.db.engine import Database
from core.intake.models import Intake
from core.jobs.models import Job
from core.jobs.values import JobStatus
from tests.fakes.mail import smtp_client
from tests.faults.deployment import deployment
from tests.faults.senders import SUPPORT, Senders, mails

pytestmark = pytest.mark.slow

LONGEST_SECONDS = 10.0


async def test_a_desk_that_is_told_to_stop_amid_mail_is_gone_within_ten_seconds_and_keeps_all_it_took(
    tmp_path: Path,
) -> None:
    sent = mails(200, random.Random(13))  # noqa: S311 (test mails)
    with deployment(tmp_path) as desk:
        process = desk.start()
        senders = Senders(desk.smtp_port, sent)
        sending = asyncio.create_task(senders.run())
        await senders.reaches(1)
        async with smtp_client(desk.smtp_port) as dawdling:
            await dawdling.begin(SUPPORT)
            await dawdling.send(b"Subject: never finished\r\n")
            await senders.reaches(60)
            process.terminate()
            told = time.monotonic()
            status = await asyncio.to_thread(process.wait, LONGEST_SECONDS)
            took = time.monotonic() - told
        sending.cancel()
        await asyncio.wait([sending])
    assert (status, took < LONGEST_SECONDS) == (0, True), desk.log()
    database = Database(desk.sqlalchemy_url)
    async with database.reading() as connection:
        kept = set(await connection.scalars(select(Intake.external_id)))
        running = await connection.scalar(select(func.count(Job.id)).where(Job.status == JobStatus.RUNNING))
    await database.close()
    took_in = {hashlib.sha256(sent[message_id]).hexdigest() for message_id in senders.accepted}
    assert took_in <= kept
    assert len(kept) < len(sent)
    assert running == 0
