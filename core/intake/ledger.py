"""Accepting a message durably, and routing it to its organization.

`accept` is what every acknowledgement rests on (250, 2xx, exit 0, Slack's ack): ledger row, raw bytes and job in one
transaction, committed before it returns. Bursts share a commit.
"""

from collections import deque
from collections.abc import Callable, Collection, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import Clock
from core.db.engine import Database
from core.db.group_commit import GroupCommit
from core.errors import InvalidInputError, TooLargeError
from core.intake.models import Intake
from core.intake.rows import Key, arrival_rows, key_of
from core.intake.values import Accepted, Channel, InboundMessage
from core.intake.workspaces import WorkspaceRoutes
from core.people.models import MailRoute

DEFAULT_MAX_SIZE = 25 * 1024 * 1024
ROUTES_KEPT_SECONDS = 5.0
BURST = 16  # messages whose rate tells how busy the doors are


class Ledger:
    """The doors' way in. Routes are kept for some seconds, as they are asked for with every mail.

    `reply_organization` tells whose ticket a signed reply address of ours belongs to: its answer goes there, whatever
    organization the support address itself leads to. `has_home_workspace`: one Slack workspace needs no row.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        committed: Callable[[], None],
        max_size: int = DEFAULT_MAX_SIZE,
        reply_organization: Callable[[str], int | None] = lambda _address: None,
        has_home_workspace: bool = True,
    ) -> None:
        self._database = database
        self._clock = clock
        self._committed = committed
        self._max_size = max_size
        self._commits = GroupCommit(database, self._write)
        self._rows = arrival_rows(database, clock)
        self._reply_organization = reply_organization
        self.workspaces = WorkspaceRoutes(database, clock, has_home_workspace=has_home_workspace)
        self._lately: deque[float] = deque(maxlen=BURST)
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
        if accepted.is_new:  # else one message, sent again and again, could hold up all work
            self._lately.append(self._clock.monotonic())
            self._committed()
        return accepted

    def arriving(self) -> float:
        """How many messages a second come in just now, if it is a burst; else 0."""
        if len(self._lately) < BURST:
            return 0.0
        return BURST / max(self._clock.monotonic() - self._lately[0], 1e-3)

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
        """The organization of a Slack workspace. While none is registered, that of the deployment's own token."""
        return await self.workspaces.organization_of(team_id)

    async def _read_routes(self) -> dict[str, int]:
        async with self._database.reading() as connection:
            rows = await connection.execute(select(MailRoute.pattern, MailRoute.organization_id))
            return {row.pattern: row.organization_id for row in rows}

    async def _write(
        self, connection: AsyncConnection, messages: Sequence[tuple[int, InboundMessage]]
    ) -> Sequence[Accepted]:
        keys = [key_of(organization_id, message) for organization_id, message in messages]
        first: dict[Key, InboundMessage] = {}
        for key, (_, message) in zip(keys, messages, strict=True):
            first.setdefault(key, message)
        fresh = await self._rows.insert(connection, first)
        known = fresh | await self._known(connection, first.keys() - fresh.keys())
        answers = []
        for key in keys:
            answers.append(Accepted(intake_id=known[key], is_new=key in fresh))
            fresh.pop(key, None)  # the same message again in this batch is no news
        return answers

    async def _known(self, connection: AsyncConnection, keys: Collection[Key]) -> dict[Key, int]:
        if not keys:
            return {}
        rows = await connection.execute(
            select(Intake.organization_id, Intake.channel, Intake.external_id, Intake.id).where(
                Intake.external_id.in_({external_id for _, _, external_id in keys})
            )
        )
        return {(row.organization_id, row.channel.value, row.external_id): row.id for row in rows}
