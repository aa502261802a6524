"""The rows of a message that has arrived: ledger, raw bytes and job, written together."""

import hashlib
import sqlite3
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import Clock
from core.db.engine import Database, insert_ignoring_duplicates
from core.db.quick_inserts import QuickInsert, in_one_trip
from core.intake.models import Intake, RawMessage
from core.intake.values import Channel, InboundMessage, Outcome
from core.jobs import kinds
from core.jobs.models import Job
from core.jobs.queue import new_job_row

Key = tuple[int, str, str]  # organization, channel, external id


def key_of(organization_id: int, message: InboundMessage) -> Key:
    return organization_id, message.channel.value, message.external_id


class ArrivalRows(Protocol):
    """Writes messages that were not known; returns the ids of their ledger rows."""

    async def insert(self, connection: AsyncConnection, messages: Mapping[Key, InboundMessage]) -> dict[Key, int]: ...


def arrival_rows(database: Database, clock: Clock) -> ArrivalRows:
    """What writes them into this database."""
    return _OneByOne(database, clock) if database.is_sqlite else _Together(database, clock)


class _Together:
    """One statement a table."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._clock = clock
        told = (Intake.id, Intake.organization_id, Intake.channel, Intake.external_id)
        self._ledger = insert_ignoring_duplicates(database, Intake.__table__).returning(*told)
        self._raw = insert_ignoring_duplicates(database, RawMessage.__table__)
        self._jobs = insert_ignoring_duplicates(database, Job.__table__)

    async def insert(self, connection: AsyncConnection, messages: Mapping[Key, InboundMessage]) -> dict[Key, int]:
        rows = {key: _ledger_row(key, message) for key, message in messages.items()}
        inserted = await connection.execute(self._ledger, [*rows.values()])
        fresh = {(row.organization_id, row.channel.value, row.external_id): row.id for row in inserted}
        if fresh:
            raw = {rows[key]["raw_sha256"]: messages[key] for key in fresh}
            await connection.execute(self._raw, [_raw_row(sha256, message) for sha256, message in raw.items()])
            jobs = [_job_row(self._clock, intake_id, key) for key, intake_id in fresh.items()]
            await connection.execute(self._jobs, jobs)
        return fresh


class _OneByOne:
    """For SQLite, which is in this process: the fewer trips to its thread, the better."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._clock = clock
        message = InboundMessage(channel=Channel.EMAIL, external_id="", raw=b"", received_at=clock.now())
        dialect = database.writer.dialect
        self._ledger = QuickInsert(Intake, [*_ledger_row((0, "", ""), message)], dialect)
        self._raw = QuickInsert(RawMessage, [*_raw_row("", message)], dialect)
        self._jobs = QuickInsert(Job, [*_job_row(clock, 0, (0, "", ""))], dialect)

    async def insert(self, connection: AsyncConnection, messages: Mapping[Key, InboundMessage]) -> dict[Key, int]:
        return await in_one_trip(connection, lambda file: self._insert(file, messages))

    def _insert(self, file: sqlite3.Connection, messages: Mapping[Key, InboundMessage]) -> dict[Key, int]:
        fresh: dict[Key, int] = {}
        for key, message in messages.items():
            row = _ledger_row(key, message)
            intake_id = self._ledger.run(file, row)
            if intake_id is not None:
                fresh[key] = intake_id
                self._raw.run(file, _raw_row(row["raw_sha256"], message))
                self._jobs.run(file, _job_row(self._clock, intake_id, key))
        return fresh


def _raw_row(sha256: str, message: InboundMessage) -> dict[str, Any]:
    return {
        "sha256": sha256,
        "content": message.raw,
        "size": len(message.raw),
        "received_at": message.received_at,
    }


def _job_row(clock: Clock, intake_id: int, key: Key) -> dict[str, Any]:
    return new_job_row(
        kinds.INTAKE_PROCESS,
        {"intake_id": intake_id},
        key=f"intake.process:{intake_id}",
        delay=timedelta(0),
        clock=clock,
        organization_id=key[0],
    )


def _ledger_row(key: Key, message: InboundMessage) -> dict[str, Any]:
    is_mail = message.channel is Channel.EMAIL  # known by its hash already; anything else is small
    return {
        "organization_id": key[0],
        "channel": message.channel,
        "external_id": message.external_id,
        "raw_sha256": message.external_id if is_mail else hashlib.sha256(message.raw).hexdigest(),
        "recipients": list(message.recipients),
        "envelope_sender": message.envelope_sender,
        "client_address": message.client_address,
        "received_at": message.received_at,
        "outcome": Outcome.RECEIVED,
        "rule": "",
        "error": "",
        "fingerprint": "",
        "sender": "",
        "title": "",
    }
