"""What a provider tells later of a message it took: applied once, in any order, and told to the moderators once."""

from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select

from core.conversations.delivery_events import DeliveryEvents, note_delivery_event
from core.conversations.models import Delivery
from core.conversations.values import DeliveryEvent, DeliveryKind, DeliveryStatus
from core.errors import TryAgainLaterError
from core.jobs import kinds
from core.jobs.models import Job
from core.people.models import User
from tests.builders import CoreDesk, claimed

ANNA = "anna@people.example"
KNOWN_AS = "provider-1"


async def sent_mail(desk: CoreDesk) -> int:
    """An acknowledgement that the provider has taken; its id."""
    desk.set_policy(slack_enabled=True, triage_channel="C1")
    await desk.mail_in(**{"from": ANNA, "title": "VPN", "text": "a", "id": "v1@x"})
    await desk.run_jobs("conversations.deliver")
    async with desk.unit_of_work() as uow:
        delivery = (await uow.session.scalars(select(Delivery).where(Delivery.channel == "email"))).one()
        assert delivery.status is DeliveryStatus.SENT
        delivery.provider_id = KNOWN_AS
        await uow.commit()
    return delivery.id


async def tell(desk: CoreDesk, status: DeliveryStatus, *, event_id: str = "", of: str = KNOWN_AS, **more: Any) -> None:
    """Note an event and run its job."""
    async with desk.unit_of_work() as uow:
        event = DeliveryEvent(provider_id=of, status=status, **more)
        note_delivery_event(uow, event, event_id=event_id or f"{status}-{of}")
        await uow.commit()
    desk.runs["conversations.delivery_event"] = DeliveryEvents(desk.unit_of_work, desk.reading).run
    await desk.run_jobs("conversations.delivery_event")


async def delivery(desk: CoreDesk, delivery_id: int) -> Delivery:
    async with desk.reading() as reading:
        return await reading.session.get_one(Delivery, delivery_id)


async def alerts(desk: CoreDesk) -> list[str]:
    async with desk.reading() as reading:
        found = await reading.session.scalars(select(Delivery).where(Delivery.kind == DeliveryKind.ALERT))
        return [one.content["text"] for one in found]


async def test_a_bounce_is_marked_and_told_once(desk: CoreDesk) -> None:
    """osTicket#6617: "reply posted" though sending failed; failed sends alert."""
    sent = await sent_mail(desk)
    for event_id in ("e1", "e1", "e2"):
        await tell(desk, DeliveryStatus.BOUNCED, detail="mailbox unknown", event_id=event_id)
    row = await delivery(desk, sent)
    assert (row.status, row.error) == (DeliveryStatus.BOUNCED, "mailbox unknown")
    assert await alerts(desk) == ["anna@people.example did not get our acknowledgement: mailbox unknown"]


@pytest.mark.parametrize("is_final", [True, False])
async def test_an_address_that_will_not_do_gets_no_more(desk: CoreDesk, *, is_final: bool) -> None:
    """A full mailbox empties again; one that does not exist would bounce every answer."""
    sent = await sent_mail(desk)
    await tell(desk, DeliveryStatus.BOUNCED, is_final=is_final)
    user_id = (await delivery(desk, sent)).user_id
    async with desk.reading() as reading:
        user = await reading.session.get_one(User, user_id)
    assert (user.mail_undeliverable_at is not None) is is_final


@pytest.mark.parametrize("status", [DeliveryStatus.DELAYED, DeliveryStatus.DELIVERED, DeliveryStatus.COMPLAINED])
async def test_other_states_are_shown_and_wake_nobody(desk: CoreDesk, status: DeliveryStatus) -> None:
    sent = await sent_mail(desk)
    await tell(desk, status, detail="why")
    row = await delivery(desk, sent)
    assert (row.status, row.error) == (status, "" if status is DeliveryStatus.DELIVERED else "why")
    assert await alerts(desk) == []


@pytest.mark.parametrize(
    "order", [*permutations([DeliveryStatus.SENT, DeliveryStatus.DELAYED, DeliveryStatus.DELIVERED])]
)
async def test_events_in_any_order_end_in_the_same_state(desk: CoreDesk, order: tuple[DeliveryStatus, ...]) -> None:
    sent = await sent_mail(desk)
    for status in order:
        await tell(desk, status, detail="waiting")
    row = await delivery(desk, sent)
    assert (row.status, row.error) == (DeliveryStatus.DELIVERED, "")


@pytest.mark.parametrize(
    ("first", "second", "last"),
    [
        (DeliveryStatus.DELIVERED, DeliveryStatus.BOUNCED, DeliveryStatus.BOUNCED),
        (DeliveryStatus.BOUNCED, DeliveryStatus.DELIVERED, DeliveryStatus.BOUNCED),
        (DeliveryStatus.DELIVERED, DeliveryStatus.COMPLAINED, DeliveryStatus.COMPLAINED),
        (DeliveryStatus.FAILED, DeliveryStatus.BOUNCED, DeliveryStatus.FAILED),
        (DeliveryStatus.DELIVERED, DeliveryStatus.FAILED, DeliveryStatus.DELIVERED),
        (DeliveryStatus.COMPLAINED, DeliveryStatus.SENT, DeliveryStatus.COMPLAINED),
    ],
)
async def test_what_is_worse_stays(
    desk: CoreDesk, first: DeliveryStatus, second: DeliveryStatus, last: DeliveryStatus
) -> None:
    sent = await sent_mail(desk)
    await tell(desk, first)
    await tell(desk, second)
    assert (await delivery(desk, sent)).status is last


async def test_a_returned_mail_after_the_providers_event_is_not_told_twice(desk: CoreDesk) -> None:
    sent = await sent_mail(desk)
    await tell(desk, DeliveryStatus.FAILED, detail="suppressed")
    said = {"title": "Undelivered", "verdict": "bounce", "rule": "delivery-status"}
    await desk.mail_in(**said, references=[(await delivery(desk, sent)).message_id])
    assert len(await alerts(desk)) == 1


async def test_a_message_of_another_program_is_let_go(desk: CoreDesk) -> None:
    """Several programs may send through one account, each hearing of all."""
    sent = await sent_mail(desk)
    await tell(desk, DeliveryStatus.BOUNCED, of="somebody-elses")
    assert (await delivery(desk, sent)).status is DeliveryStatus.SENT
    assert await alerts(desk) == []


async def test_an_event_that_comes_before_its_delivery_is_known_waits_for_it(desk: CoreDesk) -> None:
    """A bounce may be told while the provider's name for the mail is not written down yet."""
    sent = await sent_mail(desk)
    async with desk.unit_of_work() as uow:
        row = await uow.session.get_one(Delivery, sent)
        row.status, row.provider_id = DeliveryStatus.SENDING, ""
        await uow.commit()
    with pytest.raises(TryAgainLaterError):
        await tell(desk, DeliveryStatus.BOUNCED, detail="mailbox unknown")
    async with desk.unit_of_work() as uow:
        row = await uow.session.get_one(Delivery, sent)
        row.status, row.provider_id = DeliveryStatus.SENT, KNOWN_AS
        await uow.commit()
    await desk.run_jobs("conversations.delivery_event")
    assert (await delivery(desk, sent)).status is DeliveryStatus.BOUNCED


async def test_it_does_not_wait_for_ever(desk: CoreDesk) -> None:
    """Some mail is always on its way on a busy desk; another program's event must not become a dead job."""
    sent = await sent_mail(desk)
    async with desk.unit_of_work() as uow:
        row = await uow.session.get_one(Delivery, sent)
        row.status, row.provider_id = DeliveryStatus.SENDING, ""
        event = DeliveryEvent(provider_id="somebody-elses", status=DeliveryStatus.BOUNCED)
        note_delivery_event(uow, event, event_id="e")
        await uow.commit()
    async with desk.reading() as reading:
        (job,) = await reading.session.scalars(select(Job).where(Job.kind == kinds.DELIVERY_EVENT.name))
    events = DeliveryEvents(desk.unit_of_work, desk.reading)
    with pytest.raises(TryAgainLaterError):
        await events.run(claimed(job, attempts=kinds.DELIVERY_EVENT.max_attempts - 1))
    await events.run(claimed(job, attempts=kinds.DELIVERY_EVENT.max_attempts))
    assert (await delivery(desk, sent)).status is DeliveryStatus.SENDING
