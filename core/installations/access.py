"""Which token to speak with: that of the workspace somebody comes from, or that an organization has.

Asked for with every request and delivery, so it is remembered for some seconds; what this process changes itself it
forgets at once. A token that Slack no longer takes is checked against the newest before anything is called lost.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from sqlalchemy import select

from core.clock import Clock
from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import AccessLostError, DeliveryRefusedError
from core.installations.actions import lose
from core.installations.models import Installation
from core.installations.queries import home_organization_id
from core.installations.sealing import TokenSeal
from core.installations.values import Access, Loss
from core.people.models import SlackWorkspace
from core.people.values import Actor, system_actor

log = structlog.get_logger(__name__)

KEPT_SECONDS = 5.0
_MOST_KEPT = 1_000
_MEND = "Have the app installed again at /slack/install."

Find = Callable[[Reading], Awaitable[Access]]


@dataclass(slots=True)
class WorkspaceAccess:
    """The tokens of every workspace. `home_token` is the deployment's own, of the workspace without a row."""

    unit_of_work: Callable[[Actor], UnitOfWork]
    reading: Callable[[Actor], Reading]
    seal: TokenSeal
    clock: Clock
    home_token: str = field(default="", repr=False)
    _kept: dict[str | int, tuple[float, Access]] = field(default_factory=dict)

    async def of_workspace(self, workspace_id: str) -> Access:
        """As whom to answer somebody of this workspace.

        Raises:
            AccessLostError: it took its access back.
            DeliveryRefusedError: it belongs to no organization here.
        """

        async def find(reading: Reading) -> Access:
            return await self._access(reading, SlackWorkspace.team_id == workspace_id, workspace_id)

        return await self._remembered(workspace_id, find)

    async def of_organization(self, organization_id: int) -> Access:
        """As whom to speak to an organization's workspace; raises as `of_workspace`."""

        async def find(reading: Reading) -> Access:
            is_home = organization_id == await home_organization_id(reading)
            where = SlackWorkspace.organization_id == organization_id
            return await self._access(reading, where, "", may_be_new=is_home)

        return await self._remembered(organization_id, find)

    def forget(self) -> None:
        """Something has changed: read again."""
        self._kept.clear()

    async def refused(self, access: Access, reason: str) -> AccessLostError | None:
        """Slack does not take an installation's token any more. None where there is another one by now: use that."""
        self.forget()
        async with self.unit_of_work(system_actor(access.organization_id)) as uow:
            current = await uow.session.get(Installation, access.installation_id)
            if current is not None and current.lost_at is None and current.generation != access.generation:
                return None
            await lose(uow, access.workspace_id, Loss.REVOKED, generation=access.generation)
            await uow.commit()
        log.error("workspace.access_lost", workspace=access.workspace_id, reason=reason)
        return AccessLostError(f"Slack has taken back this desk's access ({reason}).", mend=_MEND)

    async def _remembered(self, key: str | int, find: Find) -> Access:
        if (kept := self._kept.get(key)) and kept[0] > self.clock.monotonic():
            return kept[1]
        async with self.reading(system_actor(0)) as reading:
            access = await find(reading)
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[key] = (self.clock.monotonic() + KEPT_SECONDS, access)
        return access

    async def _access(self, reading: Reading, where: object, workspace_id: str, *, may_be_new: bool = True) -> Access:
        found = (
            await reading.session.execute(
                select(SlackWorkspace, Installation)
                .outerjoin(Installation, Installation.workspace_id == SlackWorkspace.id)
                .where(where)  # type: ignore[arg-type]  # SQLAlchemy's comparison is no bool
                .order_by(SlackWorkspace.id)
                .limit(1)
            )
        ).first()
        if found is None:
            return await self._home(reading, workspace_id, may_be_new=may_be_new)
        workspace: SlackWorkspace = found[0]
        installation: Installation | None = found[1]
        if installation is None:
            return self._by_setting(workspace.team_id, workspace.organization_id)
        if installation.lost_at is not None:
            how = installation.loss.value if installation.loss else "lost"
            raise AccessLostError(f"Slack has taken back this desk's access ({how}).", mend=_MEND)
        return Access(
            token=self.seal.open(installation.token),
            workspace_id=workspace.team_id,
            organization_id=workspace.organization_id,
            installation_id=installation.id,
            generation=installation.generation,
        )

    async def _home(self, reading: Reading, workspace_id: str, *, may_be_new: bool) -> Access:
        """The deployment's own workspace has no row while it is the only one."""
        anything = await reading.session.scalar(select(SlackWorkspace.id).limit(1))
        if anything is not None or not may_be_new:
            raise DeliveryRefusedError("This organization has no Slack workspace here.", mend=_MEND)
        return self._by_setting(workspace_id, await home_organization_id(reading))

    def _by_setting(self, workspace_id: str, organization_id: int) -> Access:
        if not self.home_token:
            raise DeliveryRefusedError("The app is installed in no Slack workspace yet.", mend=_MEND)
        return Access(token=self.home_token, workspace_id=workspace_id, organization_id=organization_id)
