"""Accepting a message durably, and routing it to its organization.

`accept` is what every acknowledgement rests on (250, 2xx, exit 0, Slack's ack): ledger row, raw bytes and job in one
transaction, committed before it returns. Bursts share a commit.
"""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import Clock
from core.db.engine import Database, insert_ignoring_duplicates
from core.db.group_commit import GroupCommit
from core.errors import InvalidInputError, TooLargeError
from core.intake.models import Intake, RawMessage
from core.intake.values import Accepted, Channel, InboundMessage, Outcome
from core.jobs import kinds
from core.jobs.models import Job
from core.jobs.queue import new_job_row
from core.people.models import MailRoute, Organization, SlackWorkspace

DEFAULT_MAX_SIZE = 25 * 1024 * 1024
ROUTES_KEPT_SECONDS = 5.0

_Key = tuple[int, str, str]  # organization, channel, external id


class Ledger:
    """The doors' way in. Routes are kept for some seconds, as they are asked for with every mail.

    `reply_organization` tells whose ticket a signed reply address of ours belongs to: its answer goes there, whatever
    organization the support address itself leads to.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        committed: Callable[[], None],
        max_size: int = DEFAULT_MAX_SIZE,
        reply_organization: Callable[[str], int | None] = lambda _address: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._committed = committed
        self._max_size = max_size
        self._commits = GroupCommit(database, self._write)
        self._reply_organization = reply_organization
        self._routes: dict[str, int] = {}
        self._routes_until = float("-inf")

    async def accept(self, message: InboundMessage) -> Accepted:
        """Store a message that will be processed by a job. A second arrival of the same message adds nothing.

        Raises:
            InvalidInputError: no recipient belongs to an organization here.
            TooLargeError: larger than this desk takes.
            TryAgainLaterError: the database is away; nothing was stored.
        """
        if len(message.raw) > self._max_size:
            raise TooLargeError(f"The message is larger than {self._max_size // 2**20} MiB.")
        organization_id = message.organization_id or await self.organization_for(message)
        if organization_id is None:
            raise InvalidInputError(
                f"Nobody here receives mail for {', '.join(message.recipients) or 'this address'}.", field="recipient"
            )
        accepted = await self._commits.submit((organization_id, message))
        if accepted.is_new:
            self._committed()
        return accepted

    async def route(self, address: str) -> int | None:
        """The organization of a mail address (`support+…@b` counts as `support@b`), or None."""
        if (owner := self._reply_organization(address)) is not None:
            return owner
        local, _, domain = address.strip().strip("<>").lower().rpartition("@")
        patterns = (f"{local.partition('+')[0]}@{domain}", f"@{domain}")
        if self._clock.monotonic() >= self._routes_until or patterns[0] not in self._routes:
            self._routes = await self._read_routes()
            self._routes_until = self._clock.monotonic() + ROUTES_KEPT_SECONDS
        return next((self._routes[pattern] for pattern in patterns if pattern in self._routes), None)

    async def organization_for(self, message: InboundMessage) -> int | None:
        """The organization of the first recipient that leads to one."""
        for recipient in message.recipients:
            if message.channel is Channel.SLACK:
                found = await self.route_workspace(recipient)
            else:
                found = await self.route(recipient)
            if found is not None:
                return found
        return None

    async def route_workspace(self, team_id: str) -> int | None:
        """The organization of a Slack workspace; while none is registered, the first organization."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(SlackWorkspace.team_id, SlackWorkspace.organization_id))).all()
            if not rows:
                return await connection.scalar(select(Organization.id).order_by(Organization.id).limit(1))
        return {row.team_id: int(row.organization_id) for row in rows}.get(team_id)

    async def _read_routes(self) -> dict[str, int]:
        async with self._database.reading() as connection:
            rows = await connection.execute(select(MailRoute.pattern, MailRoute.organization_id))
            return {row.pattern: row.organization_id for row in rows}

    async def _write(
        self, connection: AsyncConnection, messages: Sequence[tuple[int, InboundMessage]]
    ) -> Sequence[Accepted]:
        hashes = await asyncio.to_thread(_hashes, [message for _, message in messages])
        known = await self._known(connection, messages)
        fresh: dict[_Key, dict[str, Any]] = {}
        raw: dict[str, dict[str, Any]] = {}
        for (organization_id, message), sha256 in zip(messages, hashes, strict=True):
            key = _key(organization_id, message)
            if key not in known and key not in fresh:
                fresh[key] = _ledger_row(organization_id, message, sha256)
                raw[sha256] = {
                    "sha256": sha256,
                    "content": message.raw,
                    "size": len(message.raw),
                    "received_at": message.received_at,
                }
        if fresh:
            await connection.execute(insert_ignoring_duplicates(self._database, RawMessage.__table__), [*raw.values()])
            await connection.execute(insert_ignoring_duplicates(self._database, Intake.__table__), [*fresh.values()])
            known |= await self._known(connection, messages)
            jobs = [self._job(known[key], organization_id=key[0]) for key in fresh]
            await connection.execute(insert_ignoring_duplicates(self._database, Job.__table__), jobs)
        keys = [_key(organization_id, message) for organization_id, message in messages]
        answers = []
        for key in keys:
            answers.append(Accepted(intake_id=known[key], is_new=key in fresh))
            fresh.pop(key, None)  # the same message again in this batch is no news
        return answers

    async def _known(
        self, connection: AsyncConnection, messages: Sequence[tuple[int, InboundMessage]]
    ) -> dict[_Key, int]:
        wanted = {_key(organization_id, message) for organization_id, message in messages}
        rows = await connection.execute(
            select(Intake.organization_id, Intake.channel, Intake.external_id, Intake.id).where(
                Intake.external_id.in_({external_id for _, _, external_id in wanted})
            )
        )
        return {(row.organization_id, row.channel.value, row.external_id): row.id for row in rows}

    def _job(self, intake_id: int, *, organization_id: int) -> dict[str, Any]:
        return new_job_row(
            kinds.INTAKE_PROCESS,
            {"intake_id": intake_id},
            key=f"intake.process:{intake_id}",
            delay=timedelta(0),
            clock=self._clock,
            organization_id=organization_id,
        )


def _key(organization_id: int, message: InboundMessage) -> _Key:
    return organization_id, message.channel.value, message.external_id


def _hashes(messages: Sequence[InboundMessage]) -> list[str]:
    return [
        message.external_id if message.channel is Channel.EMAIL else hashlib.sha256(message.raw).hexdigest()
        for message in messages
    ]


def _ledger_row(organization_id: int, message: InboundMessage, sha256: str) -> dict[str, Any]:
    return {
        "organization_id": organization_id,
        "channel": message.channel,
        "external_id": message.external_id,
        "raw_sha256": sha256,
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
