"""Which organization a Slack workspace belongs to: asked for with every request, so remembered for some seconds."""

from sqlalchemy import select

from core.clock import Clock
from core.db.engine import Database
from core.people.models import Organization, SlackWorkspace

KEPT_SECONDS = 5.0


class WorkspaceRoutes:
    """Remembers only what it has found: a workspace that has just been registered is never taken for another's."""

    def __init__(self, database: Database, clock: Clock, *, has_home_workspace: bool) -> None:
        self._database = database
        self._clock = clock
        self._has_home_workspace = has_home_workspace
        self._found: dict[str, tuple[float, int]] = {}

    async def organization_of(self, team_id: str) -> int | None:
        """The organization of a workspace. While none is registered, that of the deployment's own token.

        Raises:
            TryAgainLaterError: the database is away.
        """
        now = self._clock.monotonic()
        until, organization_id = self._found.get(team_id, (float("-inf"), 0))
        if now < until:
            return organization_id
        found = await self._read(team_id)
        if found is None:
            self._found.pop(team_id, None)
        else:
            self._found[team_id] = (now + KEPT_SECONDS, found)
        return found

    def forget(self) -> None:
        """Ask the database next time: this process has changed whose a workspace is."""
        self._found.clear()

    async def _read(self, team_id: str) -> int | None:
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(SlackWorkspace.team_id, SlackWorkspace.organization_id))).all()
            if not rows and self._has_home_workspace:
                return await connection.scalar(select(Organization.id).order_by(Organization.id).limit(1))
        return {row.team_id: int(row.organization_id) for row in rows}.get(team_id)
