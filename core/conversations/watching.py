"""The job `conversations.watch_channels`: who reads in the channels of the moderators, looked at by the hour.

Also at once when Slack tells that such a channel is shared, or no longer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import select

from core.conversations.alerts import tell_admins
from core.conversations.exposure import exposed_channels, is_exposed, note_readers, send_held
from core.conversations.moderators import moderators_channel_of
from core.conversations.ports import ChannelReaders
from core.conversations.renaming import rename_channel
from core.conversations.values import OtherReaders
from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import AccessLostError, DeliveryRefusedError
from core.jobs import kinds
from core.jobs.isolation import each_by_itself
from core.jobs.values import JobTicket
from core.people.models import Organization
from core.people.values import Actor, system_actor

log = structlog.get_logger(__name__)

_OTHERS = "people of other workspaces"
_CHOOSE = "Choose a private channel for the moderators that is shared with nobody outside."


async def look_at_channel(uow: UnitOfWork, channel: str, *, key: str) -> None:
    """Have it looked at after the commit, if it is the moderators' channel, or was and is read by others."""
    organization_id = uow.actor.organization_id
    is_theirs = channel == await moderators_channel_of(uow, organization_id)
    if is_theirs or await is_exposed(uow, organization_id, channel):
        name = f"{kinds.WATCH_CHANNELS.name}:{key}"
        uow.jobs.enqueue(kinds.WATCH_CHANNELS, {"organization_id": organization_id}, key=name)


def follow_channel(uow: UnitOfWork, old: str, new: str, *, key: str) -> None:
    """Have what is known of a channel go on under its new id after the commit."""
    payload = {"organization_id": uow.actor.organization_id, "old": old, "new": new}
    uow.jobs.enqueue(kinds.WATCH_CHANNELS, payload, key=f"{kinds.WATCH_CHANNELS.name}:{key}")


@dataclass(frozen=True, slots=True)
class ChannelWatch:
    """Without `readers` there is no Slack to ask."""

    unit_of_work: Callable[[Actor], UnitOfWork]
    reading: Callable[[Actor], Reading]
    readers: ChannelReaders | None

    async def run(self, job: JobTicket) -> None:
        """One organization's fault does not keep the others from theirs."""
        if "new" in job.payload:
            await self._follow(job.organization_id, str(job.payload["old"]), str(job.payload["new"]))
        if self.readers is not None:
            await each_by_itself(await self._organizations(job), self._look)

    async def _organizations(self, job: JobTicket) -> Sequence[int]:
        if "organization_id" in job.payload:
            return [int(job.payload["organization_id"])]
        async with self.reading(system_actor(job.organization_id)) as reading:
            return (await reading.session.scalars(select(Organization.id).order_by(Organization.id))).all()

    async def _look(self, organization_id: int) -> None:
        async with self.reading(system_actor(organization_id)) as reading:
            channel = await moderators_channel_of(reading, organization_id)
            earlier = await exposed_channels(reading, organization_id) - {channel}
        if not channel or self.readers is None:
            return
        try:
            others = await self.readers.others_in(organization_id, channel)
        except AccessLostError:
            return  # which is told by itself
        except DeliveryRefusedError as refused:
            log.warning("channel.not_looked_at", organization=organization_id, reason=str(refused))
            await self._tell_gone(organization_id, channel, str(refused))
            return
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            await note_readers(uow, channel, others)
            await uow.session.flush()
            await send_held(uow, channel)
            await uow.commit()
        for one in sorted(earlier):
            await self._look_again(organization_id, one, self.readers, chosen=channel)

    async def _look_again(self, organization_id: int, channel: str, readers: ChannelReaders, *, chosen: str) -> None:
        """What was held in a channel that moderators have left goes out when it is their own again."""
        try:
            others = await readers.others_in(organization_id, channel)
        except DeliveryRefusedError as refused:
            log.info("channel.not_looked_at", organization=organization_id, reason=str(refused))
            return
        if others is None:
            async with self.unit_of_work(system_actor(organization_id)) as uow:
                await note_readers(uow, channel, None)
                await uow.session.flush()
                await send_held(uow, chosen)
                await uow.commit()

    async def _follow(self, organization_id: int, old: str, new: str) -> None:
        """A moderators' channel that a setting names is known by its old id until somebody changes that."""
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            is_moderators = old == await moderators_channel_of(uow, organization_id)
            await rename_channel(uow, old, new)
            await uow.session.flush()
            if is_moderators:
                chosen = await moderators_channel_of(uow, organization_id)
                mend = _CHOOSE if chosen == new else f"Name another in SLACK_TRIAGE_CHANNEL (its own id is {new} now)."
                await note_readers(uow, chosen, OtherReaders(_OTHERS, mend))
                await note_readers(uow, old if chosen == new else new, OtherReaders(_OTHERS, mend), tells=False)
            await uow.commit()

    async def _tell_gone(self, organization_id: int, channel: str, reason: str) -> None:
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            text = f"Cards do not arrive in {channel}. {reason} Invite the app there, or choose another channel."
            await tell_admins(uow, key=f"moderators-channel-gone:{channel}", title="No moderators' channel", text=text)
            await uow.commit()
