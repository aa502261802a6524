"""One mailbox in the hands of one process: each step a transaction of its own."""

import secrets
from collections.abc import Callable

from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import TryAgainLaterError
from core.intake.values import InboundMessage
from core.mailboxes import actions
from core.mailboxes.queries import mailbox_state
from core.mailboxes.values import MailboxState, Progress
from core.people.values import Actor, system_actor


class LeaseLostError(TryAgainLaterError):
    """Another process reads this mailbox now."""


class HeldMailbox:
    """The durable side of fetching from `name`. The row belongs to the deployment, to no organization.

    Raises:
        TryAgainLaterError: by every method, where the database is away.
        LeaseLostError: by `begin_folder`, `advance` and `succeeded`, where another process has taken over.
    """

    def __init__(
        self, name: str, *, unit_of_work: Callable[[Actor], UnitOfWork], reading: Callable[[Actor], Reading]
    ) -> None:
        self.name = name
        self._unit_of_work = unit_of_work
        self._reading = reading
        self._owner = secrets.token_hex(8)

    async def hold(self) -> Progress | None:
        """Take or extend the lease; None while another process holds it."""
        async with self._unit_of_work(system_actor(0)) as uow:
            progress = await actions.lease_mailbox(uow, self.name, owner=self._owner)
            await uow.commit()
        return progress

    async def begin_folder(self, *, uid_validity: int, new_from: int) -> None:
        async with self._unit_of_work(system_actor(0)) as uow:
            is_ours = await actions.begin_mailbox(
                uow, self.name, owner=self._owner, uid_validity=uid_validity, new_from=new_from
            )
            await uow.commit()
        self._require(is_ours)

    async def advance(self, last_uid: int) -> None:
        async with self._unit_of_work(system_actor(0)) as uow:
            is_ours = await actions.advance_mailbox(uow, self.name, owner=self._owner, last_uid=last_uid)
            await uow.commit()
        self._require(is_ours)

    async def succeeded(self) -> None:
        async with self._unit_of_work(system_actor(0)) as uow:
            is_ours = await actions.note_success(uow, self.name, owner=self._owner)
            await uow.commit()
        self._require(is_ours)

    async def failed(self, error: str) -> None:
        async with self._unit_of_work(system_actor(0)) as uow:
            await actions.note_trouble(uow, self.name, owner=self._owner, error=error)
            await uow.commit()

    async def release(self) -> None:
        async with self._unit_of_work(system_actor(0)) as uow:
            await actions.release_mailbox(uow, self.name, owner=self._owner)
            await uow.commit()

    async def state(self) -> MailboxState | None:
        async with self._reading(system_actor(0)) as reading:
            return await mailbox_state(reading, self.name)

    async def quarantine(
        self, message: InboundMessage, *, organization_id: int, rule: str, error: str, sender: str, title: str
    ) -> None:
        """Note a mail that stays where it is; `message.raw` stands in for it."""
        async with self._unit_of_work(system_actor(organization_id)) as uow:
            await actions.quarantine_unfetched(
                uow, message, organization_id=organization_id, rule=rule, error=error, sender=sender, title=title
            )
            await uow.commit()

    def _require(self, is_ours: bool) -> None:
        if not is_ours:
            raise LeaseLostError("Another process has taken over this mailbox.")
