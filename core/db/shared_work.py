"""Many callers, one piece of work: what is asked for while the one before runs is done together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.errors import TryAgainLaterError

Item = TypeVar("Item")
Result = TypeVar("Result")

MAX_BATCH = 64


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[Item, Result]):
    item: Item
    answer: asyncio.Future[Result]


class SharedWork(Generic[Item, Result]):
    """Batches calls of `submit` into runs of at most `MAX_BATCH` items.

    The first caller becomes the leader, takes everything that has queued up, and tells each its result afterwards.
    `run(items)` returns one result an item, in order. When a batch fails for another reason than an absent database,
    each of its items is tried alone, so that one bad item fails alone.
    """

    def __init__(self, run: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]]) -> None:
        self._run = run
        self._waiting: list[_Waiting[Item, Result]] = []
        self._leader: asyncio.Task[None] | None = None

    async def submit(self, item: Item) -> Result:
        """Done when this returns.

        Raises:
            TryAgainLaterError: the database is away; nothing was written.
        """
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(item, answer))
        if self._leader is None or self._leader.done():
            self._leader = asyncio.create_task(self._lead())
        return await asyncio.shield(answer)

    async def _lead(self) -> None:
        batch: Sequence[_Waiting[Item, Result]] = ()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
                await self._do(batch)
        finally:
            for waiting in (*batch, *self._waiting):  # nobody is left waiting for ever; those with an answer keep it
                waiting.answer.cancel()
            self._waiting = []

    async def _do(self, batch: Sequence[_Waiting[Item, Result]]) -> None:
        try:
            results = await self._run([waiting.item for waiting in batch])
        except TryAgainLaterError as error:
            self._fail(batch, error)
        except asyncio.CancelledError:
            for waiting in batch:
                waiting.answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001 (handed to the callers, each of whom waits for an answer)
            if len(batch) == 1:
                self._fail(batch, error)
            else:
                for waiting in batch:
                    await self._do([waiting])
        else:
            for waiting, result in zip(batch, results, strict=True):
                if not waiting.answer.done():
                    waiting.answer.set_result(result)

    @staticmethod
    def _fail(batch: Sequence[_Waiting[Item, Result]], error: Exception) -> None:
        for waiting in batch:
            if not waiting.answer.done():
                waiting.answer.set_exception(error)
