"""Mails a second from SMTP to a durable 250, to a ticket and to its acknowledgement, beside floors of the same run.

The service runs in a process of its own, as `tickmate run` starts it, without the embedding model unless `--model-dir`
names one. Floors: reading alone, reading and one durable SQLite insert, aiosmtpd with a handler that does nothing.
With `--tickets 50000` the same is measured once more in a desk that holds as many, and compared.
Run: python bench/intake.py [--mails 1000] [--connections 16] [--tickets 0] [--database-url postgresql://…]
"""

import argparse
import asyncio
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from filling import fill
from floors import EMPTY_SMTP_SERVER, free_port, rate
from processes import process
from smtp_load import SUPPORT, mails, send_all
from sqlalchemy import Select, func, select

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


def main() -> None:
    """Measure and print one JSON object."""
    options = _options()
    messages = mails(options.mails)
    with tempfile.TemporaryDirectory() as folder:
        floors = {
            "parse_only": rate(len(messages), lambda: [parse(message) for message in messages]),
            "parse_and_one_durable_insert": rate(len(messages), lambda: _insert(messages, Path(folder))),
            "aiosmtpd_empty_handler": _empty_handler(messages, options.connections),
        }
        ours = _service(messages, options, Path(folder) / "empty")
        if options.tickets:
            full = _service(messages, options, Path(folder) / "full", tickets=options.tickets)
            ours |= {f"full_{name}": figure for name, figure in full.items()}
            ours["full_to_empty"] = round(full["decided_per_s"] / ours["decided_per_s"], 3)
    empty = floors["aiosmtpd_empty_handler"]
    ratios = {
        "accepted_to_empty_handler": round(ours["accepted_per_s"] / empty, 3),
        "decided_to_parse_and_insert": round(ours["decided_per_s"] / floors["parse_and_one_durable_insert"], 3),
    }
    print(
        json.dumps({"mails": len(messages), "connections": options.connections, "floors_per_s": floors} | ours | ratios)
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--tickets", type=int, default=0)
    parser.add_argument("--database-url", default="")
    parser.add_argument("--model-dir", default="")
    return parser.parse_args()


def _insert(messages: Sequence[bytes], folder: Path) -> None:
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
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
    return round(len(messages) / seconds, 1)


def _service(
    messages: Sequence[bytes], options: argparse.Namespace, folder: Path, *, tickets: int = 0
) -> dict[str, float]:
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
        return asyncio.run(_measured(port, messages, options.connections, url))


async def _sent(port: int, messages: Sequence[bytes], connections: int) -> float:
    await _until_listening(port)
    seconds, accepted = await send_all(port, messages, connections=connections)
    assert accepted == len(messages)
    return seconds


async def _measured(port: int, messages: Sequence[bytes], connections: int, url: str) -> dict[str, float]:
    await _until_listening(port)
    database = Database(url)
    earlier = await _now(database, _acknowledged)
    await send_all(port, mails(1, seed=1), connections=1)
    await _until(database, time.perf_counter(), _acknowledged, earlier + 1)  # everything is loaded by now
    before = await _now(database, _decided), await _now(database, _acknowledged)
    began = time.perf_counter()
    seconds = await _sent(port, messages, connections)
    decided = await _until(database, began, _decided, before[0] + len(messages))
    acknowledged = await _until(database, began, _acknowledged, before[1] + len(messages))
    await database.close()
    return {
        "accepted_per_s": round(len(messages) / seconds, 1),
        "decided_per_s": round(len(messages) / decided, 1),
        "acknowledged_per_s": round(len(messages) / acknowledged, 1),
        "lag_after_last_250_s": round(acknowledged - seconds, 2),
    }


_decided = select(func.count()).select_from(Intake).where(Intake.outcome == Outcome.TICKETED)
_acknowledged = select(func.count()).select_from(Delivery).where(Delivery.status == DeliveryStatus.SENT)


async def _until(database: Database, began: float, counted: Select[int], wanted: int) -> float:
    while time.perf_counter() - began < PATIENCE:
        if await _now(database, counted) >= wanted:
            return time.perf_counter() - began
        await asyncio.sleep(0.1)
    raise TimeoutError(f"not done after {PATIENCE:.0f} s")


async def _now(database: Database, counted: Select[int]) -> int:
    async with database.reading() as connection:
        return await connection.scalar(counted) or 0


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
