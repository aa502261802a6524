"""Many callers, one durable commit.

Under a burst the price of a commit (an fsync) is shared by all who wait for one.
"""

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.engine import Database
from core.db.shared_work import MAX_BATCH, Item, Result, SharedWork

__all__ = ["MAX_BATCH", "GroupCommit"]


class GroupCommit(SharedWork[Item, Result]):
    """`SharedWork` in a transaction: `write(connection, items)` returns one result an item, in order."""

    def __init__(
        self, database: Database, write: Callable[[AsyncConnection, Sequence[Item]], Awaitable[Sequence[Result]]]
    ) -> None:
        super().__init__(self._in_a_transaction)
        self._database = database
        self._write = write

    async def _in_a_transaction(self, items: Sequence[Item]) -> Sequence[Result]:
        async with self._database.writing() as connection:
            return await self._write(connection, items)
