"""Mails a second from SMTP to a durable 250, to a ticket and to its acknowledgement, beside floors of the same run.

The service runs in a process of its own, as `tickmate run` starts it, without the embedding model unless `--model-dir`
names one. Floors: reading alone, reading and one durable SQLite insert, aiosmtpd with a handler that does nothing.
With `--tickets 50000` a second service with as many in its desk takes turns with the first, and is compared.
Every figure is the median of `--rounds`; in a round each is measured once, so that a busy moment meets all of them.
Run: python bench/intake.py [--mails 1000] [--rounds 3] [--connections 16] [--tickets 0] [--database-url postgresql://…]
     With --database-url (an empty database) there is no second service.
"""

import argparse
import asyncio
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from filling import fill
from floors import EMPTY_SMTP_SERVER, free_port, rate
from processes import process
from smtp_load import SUPPORT, mails, send_all
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from bot.email.parse import parse
from core.conversations.models import Delivery
from core.conversations.values import DeliveryStatus
from core.db.engine import Database
from core.intake.models import Intake
from core.intake.values import Outcome

SERVICE = """
import asyncio
from config.cli.run import serve
from config.logging import configure_logging
from config.running import Part
from config.settings import load_settings

configure_logging("warning", "json")
asyncio.run(serve(load_settings(), frozenset({Part.SMTP, Part.WORKER})))
"""
PATIENCE = 600.0


Figures = dict[str, float]


def main() -> None:
    """Measure and print one JSON object."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as services:
        ours = {"": services.enter_context(_service(options, Path(folder) / "empty"))}
        if options.tickets:
            ours["full_"] = services.enter_context(_service(options, Path(folder) / "full", tickets=options.tickets))
        rounds = [_round(number, options, Path(folder), ours) for number in range(options.rounds)]
    middle = {name: statistics.median(figures[name] for figures in rounds) for name in rounds[0]}
    told = {name: round(figure, 3) for name, figure in (middle | _ratios(middle)).items()}
    each = {name: [round(figures[name]) for figures in rounds] for name in rounds[0] if name.endswith("decided_per_s")}
    conditions = {"mails": options.mails, "connections": options.connections, "rounds": options.rounds}
    print(json.dumps(conditions | told | {"each_round": each}))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--tickets", type=int, default=0)
    parser.add_argument("--database-url", default="")
    parser.add_argument("--model-dir", default="")
    options = parser.parse_args()
    if options.tickets and options.database_url:
        parser.error("--tickets fills databases of its own")
    return options


def _round(number: int, options: argparse.Namespace, folder: Path, services: Mapping[str, "Running"]) -> Figures:
    messages = mails(options.mails, seed=number, first=number * options.mails)
    figures = {
        "parse_only": rate(len(messages), lambda: [parse(message) for message in messages]),
        "parse_and_one_durable_insert": rate(len(messages), lambda: _insert(messages, folder / f"floor{number}.db")),
        "aiosmtpd_empty_handler": _empty_handler(messages, options.connections),
    }
    for prefix, service in services.items():
        measured = asyncio.run(_measured(service, messages, options.connections))
        figures |= {f"{prefix}{name}": figure for name, figure in measured.items()}
    return figures


def _ratios(figures: Figures) -> Figures:
    ratios = {
        "accepted_to_empty_handler": figures["accepted_per_s"] / figures["aiosmtpd_empty_handler"],
        "decided_to_parse_and_insert": figures["decided_per_s"] / figures["parse_and_one_durable_insert"],
    }
    if "full_decided_per_s" in figures:
        ratios["full_to_empty"] = figures["full_decided_per_s"] / figures["decided_per_s"]
    return ratios


def _insert(messages: Sequence[bytes], file: Path) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE mails (subject TEXT, raw BLOB)")
    for message in messages:
        connection.execute("INSERT INTO mails VALUES (?, ?)", (parse(message).subject, message))
    connection.close()


def _empty_handler(messages: Sequence[bytes], connections: int) -> float:
    port = free_port()
    with process(sys.executable, "-c", EMPTY_SMTP_SERVER, str(port), environment={}):
        seconds = asyncio.run(_sent(port, messages, connections))
    return len(messages) / seconds


@dataclass(frozen=True, slots=True)
class Running:
    """A service that runs: where it takes mail, and where it keeps it."""

    port: int
    url: str


@contextmanager
def _service(options: argparse.Namespace, folder: Path, *, tickets: int = 0) -> Iterator[Running]:
    port = free_port()
    environment = {"DATA_DIR": str(folder / "data"), "SMTP_PORT": str(port), "EMAIL_TRANSPORT": "file"}
    if options.model_dir:
        environment["EMBEDDING_MODEL_DIR"] = options.model_dir
    if options.database_url:
        environment["DATABASE_URL"] = options.database_url
    url = options.database_url or f"sqlite:///{folder / 'data' / 'tickmate.db'}"
    (folder / "data").mkdir(parents=True)
    if tickets:
        asyncio.run(fill(url, tickets, support_address=SUPPORT))
    with process(sys.executable, "-c", SERVICE, environment=environment):
        asyncio.run(_warmed_up(Running(port, url)))
        yield Running(port, url)


async def _sent(port: int, messages: Sequence[bytes], connections: int) -> float:
    await _until_listening(port)
    seconds, accepted = await send_all(port, messages, connections=connections)
    assert accepted == len(messages)
    return seconds


async def _warmed_up(service: Running) -> None:
    """Returns when a first mail has been acknowledged: everything is loaded by now."""
    await _until_listening(service.port)
    database = Database(service.url)
    acknowledged = await _Count.from_now(database, Delivery.id, Delivery.status == DeliveryStatus.SENT)
    await send_all(service.port, mails(1, seed=1000, first=-1), connections=1)
    await acknowledged.reaches(1, began=time.perf_counter())
    await database.close()


async def _measured(service: Running, messages: Sequence[bytes], connections: int) -> Figures:
    database = Database(service.url)
    decided = await _Count.from_now(database, Intake.id, Intake.outcome == Outcome.TICKETED)
    acknowledged = await _Count.from_now(database, Delivery.id, Delivery.status == DeliveryStatus.SENT)
    began = time.perf_counter()
    seconds = await _sent(service.port, messages, connections)
    until_decided = await decided.reaches(len(messages), began=began)
    until_acknowledged = await acknowledged.reaches(len(messages), began=began)
    await database.close()
    return {
        "accepted_per_s": len(messages) / seconds,
        "decided_per_s": len(messages) / until_decided,
        "acknowledged_per_s": len(messages) / until_acknowledged,
        "lag_after_last_250_s": until_acknowledged - seconds,
    }


@dataclass(frozen=True, slots=True)
class _Count:
    """Counts the rows that came after the beginning: looking through a full table would slow what is measured."""

    database: Database
    counted: Select[int]

    @classmethod
    async def from_now(
        cls, database: Database, key: InstrumentedAttribute[int], which: ColumnElement[bool]
    ) -> "_Count":
        async with database.reading() as connection:
            last = await connection.scalar(select(func.max(key))) or 0
        return cls(database, select(func.count(key)).where(key > last, which))

    async def reaches(self, wanted: int, *, began: float) -> float:
        """How many seconds after `began` there were as many.

        Raises:
            TimeoutError: there never were.
        """
        while time.perf_counter() - began < PATIENCE:
            async with self.database.reading() as connection:
                if (await connection.scalar(self.counted) or 0) >= wanted:
                    return time.perf_counter() - began
            await asyncio.sleep(0.05)
        raise TimeoutError(f"not done after {PATIENCE:.0f} s")


async def _until_listening(port: int) -> None:
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise TimeoutError(f"nothing listens on port {port}")


if __name__ == "__main__":
    main()
