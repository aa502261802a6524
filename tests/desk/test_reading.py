"""Reading what the pages show, and the ledger of those who wait; on both databases."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from core.conversations.queries import count_deliveries, deliveries_of
from core.conversations.values import DeliveryStatus
from core.errors import ConflictError, NotFoundError, TryAgainLaterError
from core.intake.acts import NO_KEY, find_act, record_act
from core.intake.models import Intake
from core.intake.values import Channel
from core.jobs.queries import count_all_jobs
from core.jobs.values import JobStatus
from core.people.models import User
from core.people.values import Role
from core.tickets.actions import NewReply, NewTicket, add_reply, submit_ticket
from core.tickets.models import Ticket
from core.tickets.public import find_public_ticket
from core.tickets.queries import lock_ticket
from core.tickets.working import delete_ticket, resolve_ticket
from core.triage.models import AiUsage
from core.triage.usage import usage
from tests.builders import CoreDesk


async def file(desk: CoreDesk, requester: User, channel: str = "email") -> Ticket:
    async with desk.unit_of_work(desk.actor(requester)) as uow:
        user = await uow.session.get_one(User, requester.id)
        ticket = await submit_ticket(
            uow, NewTicket(title="It jams", description="Text", channel=channel), requester=user
        )
        await uow.commit()
    return ticket


async def test_deliveries_are_read_by_reply(desk: CoreDesk) -> None:
    ada, grace = await desk.person("ada"), await desk.person("grace", Role.MODERATOR)
    ticket = await file(desk, ada)
    async with desk.unit_of_work(desk.actor(grace)) as uow:
        author = await uow.session.get_one(User, grace.id)
        locked = await lock_ticket(uow, ticket.number)
        reply = await add_reply(uow, locked, NewReply(text="Which one?", channel="web"), author=author)
        await uow.commit()
    async with desk.reading() as reading:
        found = await deliveries_of(reading, ticket)
        assert [one.recipient for one in found[reply.id]] == ["ada@people.example"]
        assert [one.kind.value for one in found[None]] == ["acknowledgement"]
        assert (await count_deliveries(reading))[DeliveryStatus.QUEUED] == 2


async def test_a_public_ticket_is_for_everybody_and_no_other(desk: CoreDesk) -> None:
    ada, grace = await desk.person("ada"), await desk.person("grace", Role.MODERATOR)
    ticket = await file(desk, ada)
    async with desk.reading() as reading:
        with pytest.raises(NotFoundError):
            await find_public_ticket(reading, ticket.number)
    async with desk.unit_of_work(desk.actor(grace)) as uow:
        locked = await lock_ticket(uow, ticket.number)
        await resolve_ticket(uow, locked, resolution="Cleaned.", helpful_notes="hush", is_public=True)
        await uow.commit()
    async with desk.reading() as reading:
        shown = await find_public_ticket(reading, ticket.number)
        assert (shown.title, shown.resolution) == ("It jams", "Cleaned.")
        assert "hush" not in repr(shown)
    async with desk.unit_of_work(desk.actor(grace)) as uow:
        await delete_ticket(uow, await lock_ticket(uow, ticket.number))
        await uow.commit()
    async with desk.reading() as reading:
        with pytest.raises(NotFoundError):
            await find_public_ticket(reading, ticket.number)


async def test_usage_adds_up(desk: CoreDesk) -> None:
    async with desk.unit_of_work() as uow:
        for cost, outcome in ((Decimal("0.1"), "ok"), (Decimal("0.2"), "refused"), (None, "ok")):
            uow.session.add(
                AiUsage(
                    organization_id=1, model="m", purpose="triage", input_tokens=10, cached_tokens=1, output_tokens=2,
                    cost_usd=cost, duration_ms=5, outcome=outcome, created_at=desk.clock.now(),
                )
            )  # fmt: skip
        await uow.commit()
    async with desk.reading() as reading:
        (line,) = await usage(reading)
        assert (line.calls, line.failed, line.unpriced, line.input_tokens) == (3, 1, 1, 30)
        assert line.cost_usd == Decimal("0.300000")
        assert await usage(reading, until=desk.clock.now()) == []


async def test_jobs_are_counted_over_all_organizations(desk: CoreDesk) -> None:
    await file(desk, await desk.person("ada"))
    counts = await count_all_jobs(desk.database)
    assert counts[JobStatus.QUEUED] == len(await desk.jobs()) > 0
    assert counts[JobStatus.DEAD] == 0


async def test_an_act_is_found_again_by_its_key_and_its_person_alone(desk: CoreDesk) -> None:
    actor = desk.actor(await desk.person("ada"))
    async with desk.unit_of_work(actor) as uow:
        row = await record_act(uow, Channel.API, "k" * 9000, content=b"one", rule="submit-ticket")
        await record_act(uow, Channel.API, NO_KEY, content=b"one", rule="submit-ticket")
        await record_act(uow, Channel.API, NO_KEY, content=b"one", rule="submit-ticket")
        await uow.commit()
    async with desk.reading(actor) as reading:
        found = await find_act(reading, Channel.API, "k" * 9000, content=b"one")
        assert found is not None
        assert found.id == row.id
        assert await find_act(reading, Channel.API, NO_KEY, content=b"one") is None
        assert await find_act(reading, Channel.WEB, "k" * 9000, content=b"one") is None
        with pytest.raises(ConflictError):
            await find_act(reading, Channel.API, "k" * 9000, content=b"two")
    async with desk.reading(replace(actor, user_id=99)) as reading:
        assert await find_act(reading, Channel.API, "k" * 9000, content=b"one") is None


async def test_of_the_same_act_many_times_at_once_one_is_carried_out(desk: CoreDesk) -> None:
    actor = desk.actor(await desk.person("ada"))

    async def one() -> bool:
        async with desk.unit_of_work(actor) as uow:
            try:
                await record_act(uow, Channel.API, "key", content=b"one", rule="submit-ticket")
            except TryAgainLaterError:
                return False
            await uow.commit()
            return True

    results = await asyncio.gather(*(asyncio.create_task(one()) for _ in range(5)))
    assert sorted(results) == [False] * 4 + [True]
    async with desk.reading() as reading:
        assert await reading.session.scalar(select(func.count()).select_from(Intake)) == 1
