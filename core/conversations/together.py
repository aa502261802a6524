"""What deliveries write before and after a call, for all who wait to write in one transaction.

Who comes alone writes at once. Under a burst this is what everybody else on the desk waits for.
"""

from collections.abc import Awaitable, Callable, Sequence
from itertools import chain

from sqlalchemy import select

from core.conversations.models import Delivery
from core.conversations.told import Told, note_told
from core.conversations.values import DeliveryStatus, Outgoing
from core.db.shared_work import Item, Result, SharedWork
from core.db.unit_of_work import UnitOfWork
from core.people.values import Actor, system_actor

_UNSENT = frozenset({DeliveryStatus.QUEUED, DeliveryStatus.SENDING})
_Marks = SharedWork[Outgoing, int | None]
_Notes = SharedWork[Sequence[Told], None]


class Together:
    """One for a process; the messages of each organization go together."""

    def __init__(self, unit_of_work: Callable[[Actor], UnitOfWork]) -> None:
        self._unit_of_work = unit_of_work
        self._marks: dict[int, _Marks] = {}
        self._notes: dict[int, _Notes] = {}

    async def mark_sending(self, outgoing: Outgoing) -> int | None:
        """Mark a message as being sent. Says how often that was tried before; None where it is not to go out as read.

        Raises:
            TryAgainLaterError: the database is away.
        """
        organization_id = outgoing.organization_id
        if organization_id not in self._marks:
            self._marks[organization_id] = SharedWork(self._within(organization_id, _mark_all))
        return await self._marks[organization_id].submit(outgoing)

    async def note(self, organization_id: int, told: Sequence[Told]) -> None:
        """Keep what was said; see `note_told`.

        Raises:
            TryAgainLaterError: the database is away.
        """
        if organization_id not in self._notes:
            self._notes[organization_id] = SharedWork(self._within(organization_id, _note_all))
        await self._notes[organization_id].submit(told)

    def _within(
        self, organization_id: int, run: Callable[[UnitOfWork, Sequence[Item]], Awaitable[Sequence[Result]]]
    ) -> Callable[[Sequence[Item]], Awaitable[Sequence[Result]]]:
        async def in_one_unit(items: Sequence[Item]) -> Sequence[Result]:
            async with self._unit_of_work(system_actor(organization_id)) as uow:
                results = await run(uow, items)
                await uow.commit()
            return results

        return in_one_unit


async def _mark_all(uow: UnitOfWork, outgoing: Sequence[Outgoing]) -> list[int | None]:
    """Their order is that of their ids, or two processes could wait for each other."""
    of_these = select(Delivery).where(Delivery.id.in_({one.delivery_id for one in outgoing}))
    rows = {row.id: row for row in await uow.session.scalars(of_these.order_by(Delivery.id).with_for_update())}
    return [_mark(rows.get(one.delivery_id), one) for one in outgoing]


def _mark(delivery: Delivery | None, outgoing: Outgoing) -> int | None:
    if delivery is None or delivery.status not in _UNSENT or delivery.recipient != outgoing.recipient:
        return None
    tried = delivery.attempts
    delivery.status = DeliveryStatus.SENDING
    delivery.attempts += 1
    return tried


async def _note_all(uow: UnitOfWork, told: Sequence[Sequence[Told]]) -> list[None]:
    await note_told(uow, [*chain.from_iterable(told)])
    return [None] * len(told)
