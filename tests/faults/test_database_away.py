"""The database stops, or is held by somebody else: every door says "later", and nothing is lost."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import func, select

from config.running import Part, Running, running
from config.settings import Settings, load_settings
from core.intake.models import Intake
from core.intake.values import Outcome
from core.people.values import system_actor
from tests.databases import postgres
from tests.fakes.mail import SmtpClient, smtp_client
from tests.fakes.waiting import eventually
from tests.faults.deployment import Deployment

TOKEN = "a token of thirty-two characters"
MAIL = "From: Anna <anna@people.example>\r\nSubject: VPN %d\r\nMessage-ID: <v%d@people.example>\r\n\r\nHourly.\r\n"
SUPPORT = "support@localhost"

pytestmark = pytest.mark.slow


@asynccontextmanager
async def a_desk(place: Deployment) -> AsyncIterator[tuple[Running, Settings]]:
    """The service in this process, with SMTP, web and worker."""
    settings = load_settings(place.environment)
    async with running(settings, frozenset({Part.SMTP, Part.WEB, Part.WORKER})) as service:
        yield service, settings


async def by_smtp(client: SmtpClient, number: int) -> str:
    """The answer to a mail; where already the recipient is refused, that."""
    assert (await client.say("RSET")).startswith("250")
    assert (await client.say("MAIL FROM:<anna@people.example>")).startswith("250")
    answer = await client.say(f"RCPT TO:<{SUPPORT}>")
    if not answer.startswith("250"):
        return answer
    assert (await client.say("DATA")).startswith("354")
    await client.send((MAIL % (number, number)).encode())
    return await client.say(".")


async def by_http(place: Deployment, number: int) -> int:
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as client,
        client.post(
            f"http://127.0.0.1:{place.http_port}/webhooks/email/raw",
            params={"recipient": SUPPORT},
            data=(MAIL % (number, number)).encode(),
        ) as answer,
    ):
        return answer.status


async def readiness(place: Deployment) -> dict[str, Any]:
    async with aiohttp.ClientSession() as client, client.get(f"http://127.0.0.1:{place.http_port}/readyz") as answer:
        told: dict[str, Any] = await answer.json()
        return told


async def all_are_tickets(service: Running, count: int) -> None:
    async def are() -> bool:
        async with service.desk.reading(system_actor(1)) as reading:
            ticketed = select(func.count(Intake.id)).where(Intake.outcome == Outcome.TICKETED)
            return await reading.session.scalar(ticketed) == count

    await eventually(are)


async def test_a_sqlite_file_held_by_somebody_else_is_waited_for_and_then_said_to_be_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """osTicket#5050: what passes must not be answered as if it were permanent."""
    monkeypatch.setattr("core.db.engine.BUSY_TIMEOUT_MS", 100)
    place = Deployment(folder=tmp_path, more={"INBOUND_WEBHOOK_TOKEN": TOKEN})
    async with a_desk(place) as (service, _settings), smtp_client(place.smtp_port) as client:
        assert (await by_smtp(client, 1)).startswith("250")
        await all_are_tickets(service, 1)
        file = tmp_path / "data" / "tickmate.db"
        with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as lock:
            await asyncio.to_thread(lock.execute, "BEGIN IMMEDIATE")
            assert (await by_smtp(client, 2)).startswith("451")
            assert await by_http(place, 3) == 503
            lock.execute("ROLLBACK")
        assert (await by_smtp(client, 2)).startswith("250")
        assert await by_http(place, 3) == 202
        await all_are_tickets(service, 3)


@pytest.fixture
def own_postgres() -> Iterator[Any]:
    """A server that a test may stop and start."""
    with postgres() as server:
        yield server


async def test_a_postgresql_that_stops_is_said_to_be_away_and_used_again_when_it_is_back(
    tmp_path: Path, own_postgres: Any
) -> None:
    """zammad#1970, osTicket#5050; every door at once."""
    place = Deployment(folder=tmp_path, database_url=own_postgres.get_uri(), more={"INBOUND_WEBHOOK_TOKEN": TOKEN})
    async with a_desk(place) as (service, _settings), smtp_client(place.smtp_port) as client:
        assert (await by_smtp(client, 1)).startswith("250")
        await all_are_tickets(service, 1)
        own_postgres.stop()
        assert (await by_smtp(client, 2)).startswith("451")
        assert await by_http(place, 3) == 503
        told = await readiness(place)
        assert "database" in told["failing"]
        handed_in = place.command("mail", "ingest", given=(MAIL % (4, 4)).encode())
        assert handed_in.returncode == 75, handed_in.stderr
        own_postgres.start()
        assert (await by_smtp(client, 2)).startswith("250")
        assert await by_http(place, 3) == 202
        assert place.command("mail", "ingest", given=(MAIL % (4, 4)).encode()).returncode == 0
        await all_are_tickets(service, 4)
        assert "database" not in (await readiness(place))["failing"]
