"""Renewing tokens before they expire: one job over all replicas, and one claim for each token."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import select

from core.conversations.alerts import tell_admins
from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import InvalidInputError
from core.installations.access import WorkspaceAccess
from core.installations.actions import keep_tokens, lose
from core.installations.models import Installation
from core.installations.ports import AppStore
from core.installations.values import Loss, Tokens
from core.jobs.isolation import each_by_itself
from core.jobs.values import JobTicket
from core.people.models import SlackWorkspace
from core.people.values import Actor, system_actor

log = structlog.get_logger(__name__)

RENEW_BEFORE = timedelta(hours=3)
CLAIM = timedelta(minutes=2)
"""Longer than a call may take, so that nobody renews with a token that is being used up."""


@dataclass(frozen=True, slots=True)
class TokenRenewal:
    """The job `installations.renew`.

    A renewal uses its token up. Where the answer is lost, the next try is refused: the present token is good until it
    expires, which leaves hours to install again, and only then is the access lost.
    """

    unit_of_work: Callable[[Actor], UnitOfWork]
    reading: Callable[[Actor], Reading]
    access: WorkspaceAccess
    store: AppStore

    async def run(self, _job: JobTicket) -> None:
        """Renew whatever expires soon. One workspace's fault does not keep the others from theirs."""
        await each_by_itself(await self._expiring(), lambda expiring: self._renew(*expiring))

    async def _expiring(self) -> Sequence[tuple[int, int]]:
        async with self.reading(system_actor(0)) as reading:
            rows = await reading.session.execute(
                select(Installation.id, Installation.organization_id)
                .where(
                    Installation.expires_at.is_not(None),
                    Installation.expires_at < reading.clock.now() + RENEW_BEFORE,
                    Installation.lost_at.is_(None),
                )
                .order_by(Installation.expires_at)
            )
        return [(installation_id, organization_id) for installation_id, organization_id in rows]

    async def _renew(self, installation_id: int, organization_id: int) -> None:
        claimed = await self._claim(installation_id, organization_id)
        if claimed is None:
            return
        renewal, generation = claimed
        try:
            tokens = await self.store.renew(renewal)
        except InvalidInputError as error:
            await self._refused(installation_id, organization_id, str(error))
            return
        await self._keep(installation_id, organization_id, tokens, generation)

    async def _claim(self, installation_id: int, organization_id: int) -> tuple[str, int] | None:
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            row = await uow.session.get_one(Installation, installation_id, with_for_update={"of": Installation})
            now = uow.clock.now()
            is_due = row.expires_at is not None and row.expires_at < now + RENEW_BEFORE and row.lost_at is None
            if not is_due or (row.renewing_until is not None and row.renewing_until > now):
                return None
            row.renewing_until = now + CLAIM
            uow.audit.record("installation.renewing", row)
            await uow.commit()
            return self.access.seal.open(row.renewal), row.generation

    async def _keep(self, installation_id: int, organization_id: int, tokens: Tokens, generation: int) -> None:
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            row = await uow.session.get_one(Installation, installation_id, with_for_update={"of": Installation})
            if row.generation != generation:
                return  # installed again meanwhile: those tokens are newer
            keep_tokens(row, tokens, self.access.seal, uow.clock.now())
            uow.audit.record("installation.renewed", row, after={"expires_at": row.expires_at})
            await uow.commit()
        self.access.forget()
        log.info("workspace.token_renewed", installation=installation_id)

    async def _refused(self, installation_id: int, organization_id: int, reason: str) -> None:
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            row = await uow.session.get_one(Installation, installation_id, with_for_update={"of": Installation})
            row.renewing_until = None
            row.renewal_error = reason[:500]
            uow.audit.record("installation.renewal_refused", row, after={"reason": row.renewal_error})
            await tell_admins(
                uow,
                key=f"renewal-refused:{installation_id}:{row.generation}",
                title="A Slack token could not be renewed",
                text=f"{row.name} is reached until its token expires. Have the app installed again: "
                f"{uow.policy.app_url}/slack/install",
            )
            if row.expires_at is not None and row.expires_at <= uow.clock.now():
                workspace = await uow.session.get_one(SlackWorkspace, row.workspace_id)
                await lose(uow, workspace.team_id, Loss.EXPIRED)
            await uow.commit()
        self.access.forget()
        log.error("workspace.renewal_refused", installation=installation_id, reason=reason)


async def nothing_to_renew(_job: JobTicket) -> None:
    """The same job where no workspace installs the app."""
