"""One durable commit for many callers."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.group_commit import MAX_BATCH, GroupCommit
from core.errors import TryAgainLaterError
from core.people.models import MailRoute
from tests.builders import SUPPORT, CoreDesk
from tests.fakes.waiting import eventually


class Routes:
    """Writes mail routes in groups, and notes the groups."""

    def __init__(self, desk: CoreDesk) -> None:
        self._desk = desk
        self.batches: list[list[str]] = []
        self.commits = GroupCommit(desk.database, self._write)

    async def _write(self, connection: AsyncConnection, patterns: Sequence[str]) -> Sequence[str]:
        self.batches.append(list(patterns))
        for pattern in patterns:
            if pattern == "@fault":
                raise ValueError("not a route")
        rows = [{"organization_id": 1, "pattern": pattern} for pattern in patterns]
        await connection.execute(insert(MailRoute), rows)
        return [f"routed {pattern}" for pattern in patterns]

    async def stored(self) -> set[str]:
        async with self._desk.database.reading() as connection:
            return set(await connection.scalars(select(MailRoute.pattern))) - {SUPPORT}


async def test_a_burst_shares_commits_and_each_caller_gets_its_own_answer(desk: CoreDesk) -> None:
    routes = Routes(desk)
    patterns = [f"@{n}.example" for n in range(200)]
    answers = await asyncio.gather(*(routes.commits.submit(pattern) for pattern in patterns))
    assert answers == [f"routed {pattern}" for pattern in patterns]
    assert await routes.stored() == set(patterns)
    assert len(routes.batches) <= 5
    assert max(len(batch) for batch in routes.batches) == MAX_BATCH


async def test_an_answer_comes_only_after_the_commit(desk: CoreDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    routes, allow = Routes(desk), asyncio.Event()
    writing = desk.database.writing

    @asynccontextmanager
    async def held_up() -> AsyncIterator[AsyncConnection]:
        async with writing() as connection:
            yield connection
            await allow.wait()

    monkeypatch.setattr(desk.database, "writing", held_up)
    task = asyncio.create_task(routes.commits.submit("@late.example"))
    await eventually(lambda: _is(routes.batches != []))
    assert not task.done()
    assert await routes.stored() == set()
    allow.set()
    assert await task == "routed @late.example"
    assert await routes.stored() == {"@late.example"}


@pytest.mark.parametrize(("bad", "error"), [("@fault", ValueError), (SUPPORT, IntegrityError)])
async def test_one_bad_item_fails_alone(desk: CoreDesk, bad: str, error: type[Exception]) -> None:
    """frappe/helpdesk#2532, zammad#2754: one bad mail kills the batch."""
    routes = Routes(desk)
    patterns = [f"@{n}.example" for n in range(20)]
    given = [*patterns[:10], bad, *patterns[10:]]
    answers = await asyncio.gather(*(routes.commits.submit(pattern) for pattern in given), return_exceptions=True)
    assert isinstance(answers.pop(10), error)
    assert answers == [f"routed {pattern}" for pattern in patterns]
    assert await routes.stored() == set(patterns)


async def test_a_database_that_is_away_is_told_to_everybody_and_used_when_it_is_back(
    desk: CoreDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    routes = Routes(desk)

    def away() -> None:
        raise TryAgainLaterError("The database cannot be reached just now.")

    with monkeypatch.context() as patched:
        patched.setattr(desk.database, "writing", away)
        answers = await asyncio.gather(*(routes.commits.submit(f"@{n}") for n in range(5)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [TryAgainLaterError] * 5
    assert await routes.stored() == set()
    assert await routes.commits.submit("@back.example") == "routed @back.example"


async def test_a_caller_who_leaves_does_not_tear_the_commit_apart(desk: CoreDesk) -> None:
    routes = Routes(desk)
    leaving, staying = (asyncio.create_task(routes.commits.submit(name)) for name in ("@leaving", "@staying"))
    await eventually(lambda: _is(routes.batches != []))
    leaving.cancel()
    assert await staying == "routed @staying"
    assert await routes.stored() == {"@leaving", "@staying"}


async def test_nobody_waits_for_ever_when_the_commit_itself_is_cancelled(desk: CoreDesk) -> None:
    routes = Routes(desk)
    held = asyncio.Event()
    waiting: list[asyncio.Task[str]] = []

    async def hang(_connection: AsyncConnection, _patterns: Sequence[str]) -> Sequence[str]:
        held.set()
        await asyncio.Event().wait()
        return []

    routes.commits._write = hang
    waiting = [asyncio.create_task(routes.commits.submit(f"@{n}")) for n in range(3)]
    await held.wait()
    assert routes.commits._leader is not None
    routes.commits._leader.cancel()
    async with asyncio.timeout(10):
        await asyncio.wait(waiting)
    assert all(task.cancelled() for task in waiting)


async def _is(value: bool) -> bool:
    return value
