"""Many messages that go out at once share their transactions, and nothing else."""

import asyncio

from sqlalchemy import Connection, event, select, update

from core.conversations.models import Delivery
from core.conversations.outgoing import read_outgoing
from core.conversations.together import Together
from core.conversations.told import Told
from core.conversations.values import DeliveryKind, DeliveryStatus, Receipt
from core.jobs import kinds
from core.tickets.models import ThreadMessage
from tests.builders import CoreDesk, claimed

CARDS = "C0CARDS"
MANY = 8


async def cards(desk: CoreDesk) -> list[Delivery]:
    """The cards of that many tickets, by id."""
    desk.set_policy(slack_enabled=True, triage_channel=CARDS)
    for n in range(MANY):
        mail = {"from": f"anna{n}@people.example", "title": f"VPN drops {n}", "text": "Every hour.", "id": f"a{n}@x"}
        await desk.mail_in(**mail)
    return await stored(desk)


async def stored(desk: CoreDesk) -> list[Delivery]:
    async with desk.reading() as reading:
        found = select(Delivery).where(Delivery.kind == DeliveryKind.CARD).order_by(Delivery.id)
        return list((await reading.session.scalars(found)).all())


async def deliver_at_once(desk: CoreDesk) -> None:
    wanted = {card.id for card in await stored(desk)}
    jobs = [job for job in await desk.jobs() if job.kind == kinds.DELIVER.name and job.payload["delivery_id"] in wanted]
    await asyncio.gather(*(desk.deliveries.deliver(claimed(job)) for job in jobs))


async def test_all_that_wait_to_write_do_it_in_one_transaction(desk: CoreDesk) -> None:
    rows = await cards(desk)
    async with desk.reading() as reading:
        read = [await read_outgoing(reading, row, links=desk.deliveries.links) for row in rows]
    together = Together(desk.unit_of_work)
    commits: list[Connection] = []
    event.listen(desk.database.writer.sync_engine, "commit", commits.append)
    assert await asyncio.gather(*(together.mark_sending(one) for one in read)) == [0] * MANY
    assert [row.status for row in await stored(desk)] == [DeliveryStatus.SENDING] * MANY
    assert len(commits) == 1
    told = [Told(one, Receipt(external_id=f"{CARDS}:{one.delivery_id}.0")) for one in read]
    await asyncio.gather(*(together.note(desk.organization_id, [one]) for one in told))
    assert [row.status for row in await stored(desk)] == [DeliveryStatus.SENT] * MANY
    assert len(commits) == 2


async def test_each_has_its_own_place_and_thread(desk: CoreDesk) -> None:
    await cards(desk)
    await deliver_at_once(desk)
    sent = {outgoing.delivery_id: outgoing for outgoing in desk.slack.of_kind(DeliveryKind.CARD)}
    rows = await stored(desk)
    assert len({row.external_id for row in rows}) == MANY
    async with desk.reading() as reading:
        threads = (await reading.session.scalars(select(ThreadMessage).where(ThreadMessage.channel == "slack"))).all()
    assert {(one.ticket_id, one.external_id, one.is_internal) for one in threads} == {
        (row.ticket_id, row.external_id, True) for row in rows
    }
    for row in rows:
        shown = sent[row.id].ticket
        assert shown
        assert shown.id == row.ticket_id


async def test_what_was_sent_or_taken_back_meanwhile_is_left_alone_by_the_others(desk: CoreDesk) -> None:
    rows = await cards(desk)
    async with desk.database.writing() as connection:
        taken = update(Delivery).where(Delivery.id == rows[3].id)
        await connection.execute(taken.values(status=DeliveryStatus.TAKEN_BACK))
    await deliver_at_once(desk)
    assert rows[3].id not in {outgoing.delivery_id for outgoing in desk.slack.sent}
    statuses = [row.status for row in await stored(desk)]
    assert statuses.count(DeliveryStatus.SENT) == MANY - 1
    assert statuses[3] is DeliveryStatus.TAKEN_BACK
