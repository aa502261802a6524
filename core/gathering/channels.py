"""Which channels the desk listens to."""

from collections.abc import Sequence

from sqlalchemy import select

from core.clock import Clock
from core.db.engine import Database
from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import InvalidInputError
from core.gathering.models import WatchedChannel
from core.gathering.values import ChannelMode
from core.people.values import Permission
from core.tickets.actions import require

KEPT_SECONDS = 5.0
_LONGEST_ID = 64


async def mode_of(reading: Reading, channel_id: str) -> ChannelMode:
    """What becomes of messages in a channel that address nobody."""
    mode: ChannelMode | None = await reading.session.scalar(
        select(WatchedChannel.mode).where(
            WatchedChannel.organization_id == reading.actor.organization_id, WatchedChannel.channel_id == channel_id
        )
    )
    return mode or ChannelMode.OFF


async def list_channels(reading: Reading) -> Sequence[WatchedChannel]:
    """Every channel of the organization that is watched."""
    mine = WatchedChannel.organization_id == reading.actor.organization_id
    return (await reading.session.scalars(select(WatchedChannel).where(mine).order_by(WatchedChannel.id))).all()


async def watch_channel(uow: UnitOfWork, channel_id: str, mode: ChannelMode) -> None:
    """Have the messages of a channel become tickets (`auto`), be offered to (`ask`), or be left alone (`off`).

    Raises:
        ForbiddenError: the actor does not work tickets.
        InvalidInputError: no id of a channel.
    """
    require(uow, Permission.WORK_TICKETS)
    if not (channel_id.isalnum() and channel_id.startswith(("C", "G")) and len(channel_id) <= _LONGEST_ID):
        raise InvalidInputError(f"“{channel_id[:80]}” is no channel.", field="channel", mend="Its id begins with C.")
    mine = WatchedChannel.organization_id == uow.actor.organization_id
    row = await uow.session.scalar(select(WatchedChannel).where(mine, WatchedChannel.channel_id == channel_id))
    before = row.mode if row else ChannelMode.OFF
    if mode is before:
        return
    now = uow.clock.now()
    if row is None:
        row = WatchedChannel(
            organization_id=uow.actor.organization_id, channel_id=channel_id, mode=mode, changed_at=now
        )
        uow.session.add(row)
        await uow.session.flush()
    row.mode, row.changed_at = mode, now
    uow.audit.record(
        "channel.watched", row, {"channel": channel_id, "mode": before}, {"channel": channel_id, "mode": mode}
    )
    if mode is ChannelMode.OFF:
        await uow.session.delete(row)


class Watching:
    """Tells the doors which channels are watched without asking the database for every message that people write."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._modes: dict[tuple[int, str], ChannelMode] = {}
        self._until = float("-inf")

    def forget(self) -> None:
        """Ask the database next time: a mode has just been changed."""
        self._until = float("-inf")

    async def is_watched(self, organization_id: int, channel_id: str) -> bool:
        """Whether messages that address nobody are for the desk. A change by another process shows within seconds.

        Raises:
            TryAgainLaterError: the database is away.
        """
        now = self._clock.monotonic()
        if now >= self._until:
            async with self._database.reading() as connection:
                rows = await connection.execute(
                    select(WatchedChannel.organization_id, WatchedChannel.channel_id, WatchedChannel.mode)
                )
                self._modes = {(row.organization_id, row.channel_id): row.mode for row in rows}
            self._until = now + KEPT_SECONDS
        return (organization_id, channel_id) in self._modes
