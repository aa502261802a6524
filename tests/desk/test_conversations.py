"""Messages on their way out: when each goes, and that it goes once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from core.conversations.actions import background_finished, tell_sign_in_link
from core.conversations.jobs import Deliveries
from core.conversations.models import Delivery
from core.conversations.outgoing import Links
from core.conversations.values import DeliveryKind, DeliveryStatus, Outgoing, Receipt
from core.errors import DeliveryRefusedError, TryAgainLaterError
from core.jobs import kinds
from core.jobs.models import Job
from core.jobs.values import JobStatus
from core.people.magic_links import LinkPurpose, create_magic_link
from core.people.values import Role
from core.search.actions import store_similar
from core.tickets.queries import lock_ticket, lock_ticket_by_id
from core.tickets.values import Category
from core.tickets.working import resolve_ticket, set_fields
from core.triage.actions import finish_triage
from tests.builders import CoreDesk, claimed
from tests.fakes.triage import ADVICE

MAIL = {"from": "anna@people.example", "name": "Anna", "title": "VPN drops", "text": "Every hour.", "id": "a1@x"}
CARDS = "C0CARDS"
Ends = Callable[[CoreDesk, int], Awaitable[None]]


async def a_ticket(desk: CoreDesk) -> int:
    return (await desk.mail_in(**MAIL)).ticket_id or 0


async def delivery(desk: CoreDesk, kind: DeliveryKind) -> Delivery:
    async with desk.reading() as reading:
        found = await reading.session.scalars(select(Delivery).where(Delivery.kind == kind).order_by(Delivery.id))
        return found.all()[-1]


async def job_of(desk: CoreDesk, kind: DeliveryKind) -> Job:
    wanted = {"delivery_id": (await delivery(desk, kind)).id}
    return next(job for job in await desk.jobs() if job.payload == wanted)


async def send(desk: CoreDesk, kind: DeliveryKind) -> None:
    await desk.deliveries.deliver(claimed(await job_of(desk, kind)))


async def triage_ends(desk: CoreDesk, ticket_id: int) -> None:
    async with desk.unit_of_work() as uow:
        await finish_triage(uow, await lock_ticket_by_id(uow, ticket_id), ADVICE)
        await uow.commit()


async def search_ends(desk: CoreDesk, ticket_id: int) -> None:
    async with desk.unit_of_work() as uow:
        ticket = await lock_ticket_by_id(uow, ticket_id)
        await store_similar(uow, ticket, [])
        await background_finished(uow, ticket)
        await uow.commit()


async def change(desk: CoreDesk, **fields: object) -> None:
    async with desk.unit_of_work() as uow:
        await set_fields(uow, await lock_ticket(uow, 1), **fields)  # type: ignore[arg-type]  # whatever the test names
        await uow.commit()


class Watching:
    """A courier that looks at the database while it has the message in its hands."""

    channel = "email"

    def __init__(self, desk: CoreDesk) -> None:
        self._desk = desk
        self.seen: list[tuple[DeliveryStatus, int]] = []

    async def deliver(self, outgoing: Outgoing) -> Receipt:
        async with self._desk.reading() as reading:
            row = await reading.session.get_one(Delivery, outgoing.delivery_id)
            self.seen.append((row.status, row.attempts))
        return Receipt(external_id=outgoing.message_id)


def speaking_by(desk: CoreDesk, **couriers: object) -> Deliveries:
    links = Links(lambda _link: "", lambda _link: "", lambda _row: "")
    return Deliveries(unit_of_work=desk.unit_of_work, reading=desk.reading, couriers=couriers, links=links)  # type: ignore[arg-type]  # fakes


async def test_a_message_is_marked_as_sending_before_the_call_and_sent_after_it(desk: CoreDesk) -> None:
    await a_ticket(desk)
    courier = Watching(desk)
    job = await job_of(desk, DeliveryKind.ACKNOWLEDGEMENT)
    desk.clock.advance(seconds=2)
    await speaking_by(desk, email=courier).deliver(claimed(job))
    assert courier.seen == [(DeliveryStatus.SENDING, 1)]
    sent = await delivery(desk, DeliveryKind.ACKNOWLEDGEMENT)
    assert (sent.status, sent.sent_at, sent.external_id) == (DeliveryStatus.SENT, desk.clock.now(), sent.message_id)


async def test_what_was_sent_is_not_sent_again(desk: CoreDesk) -> None:
    await a_ticket(desk)
    for _ in range(3):
        await send(desk, DeliveryKind.ACKNOWLEDGEMENT)
    assert len(desk.mail.sent) == 1


async def test_after_a_crash_amid_the_call_the_courier_is_told_that_it_may_have_gone_out(desk: CoreDesk) -> None:
    """PostHog#103607: reply saved, post lost."""
    await a_ticket(desk)
    job = await job_of(desk, DeliveryKind.ACKNOWLEDGEMENT)
    reached, first = asyncio.Event(), list[Outgoing]()

    class Vanishing:
        channel = "email"

        async def deliver(self, outgoing: Outgoing) -> Receipt:
            first.append(outgoing)
            reached.set()
            return await asyncio.Future()

    crash = asyncio.create_task(speaking_by(desk, email=Vanishing()).deliver(claimed(job)))
    await reached.wait()
    crash.cancel()
    await asyncio.wait([crash])
    await desk.deliveries.deliver(claimed(job, attempts=2))
    (second,) = desk.mail.sent
    assert [first[0].may_have_been_sent, second.may_have_been_sent] == [False, True]
    assert (first[0].key, first[0].message_id) == (second.key, second.message_id)
    assert (await delivery(desk, DeliveryKind.ACKNOWLEDGEMENT)).attempts == 2


async def test_a_passing_fault_is_left_to_the_next_try(desk: CoreDesk) -> None:
    """dispatch#785."""
    await a_ticket(desk)
    desk.mail.failures = [TryAgainLaterError("The relay is away.", retry_after=7)]
    with pytest.raises(TryAgainLaterError):
        await send(desk, DeliveryKind.ACKNOWLEDGEMENT)
    assert (await delivery(desk, DeliveryKind.ACKNOWLEDGEMENT)).status is DeliveryStatus.SENDING
    await send(desk, DeliveryKind.ACKNOWLEDGEMENT)
    assert (await delivery(desk, DeliveryKind.ACKNOWLEDGEMENT)).status is DeliveryStatus.SENT
    assert len(desk.mail.sent) == 1


async def test_a_refused_message_has_failed_for_good_and_the_moderators_are_told(desk: CoreDesk) -> None:
    """osTicket#6617: "reply posted" though sending failed."""
    desk.set_policy(slack_enabled=True, triage_channel=CARDS)
    await a_ticket(desk)
    await send(desk, DeliveryKind.CARD)
    desk.mail.failures = [DeliveryRefusedError("550 no such mailbox")]
    await send(desk, DeliveryKind.ACKNOWLEDGEMENT)
    failed = await delivery(desk, DeliveryKind.ACKNOWLEDGEMENT)
    assert (failed.status, failed.error) == (DeliveryStatus.FAILED, "550 no such mailbox")
    await send(desk, DeliveryKind.ACKNOWLEDGEMENT)
    assert desk.mail.sent == []
    await send(desk, DeliveryKind.ALERT)
    alert = desk.slack.sent[-1]
    assert (alert.recipient, alert.thread_key) == (CARDS, desk.slack.sent[0].external_id or f"{CARDS}:1.0")
    assert "anna@people.example" in alert.text
    assert "550 no such mailbox" in alert.text


async def test_the_last_failed_try_is_shown_with_its_reason(desk: CoreDesk) -> None:
    await a_ticket(desk)
    desk.mail.failures = [TryAgainLaterError("The relay is away.")]
    with pytest.raises(TryAgainLaterError):
        await send(desk, DeliveryKind.ACKNOWLEDGEMENT)
    job = await job_of(desk, DeliveryKind.ACKNOWLEDGEMENT)
    await desk.deliveries.gave_up(claimed(job, attempts=10), "The relay is away.")
    failed = await delivery(desk, DeliveryKind.ACKNOWLEDGEMENT)
    assert (failed.status, failed.error) == (DeliveryStatus.FAILED, "The relay is away.")


async def test_what_came_through_at_last_is_not_called_failed_by_a_late_verdict(desk: CoreDesk) -> None:
    await a_ticket(desk)
    await send(desk, DeliveryKind.ACKNOWLEDGEMENT)
    await desk.deliveries.gave_up(claimed(await job_of(desk, DeliveryKind.ACKNOWLEDGEMENT)), "too late")
    assert (await delivery(desk, DeliveryKind.ACKNOWLEDGEMENT)).status is DeliveryStatus.SENT


async def test_a_channel_that_is_not_set_up_refuses(desk: CoreDesk) -> None:
    await a_ticket(desk)
    await speaking_by(desk).deliver(claimed(await job_of(desk, DeliveryKind.ACKNOWLEDGEMENT)))
    failed = await delivery(desk, DeliveryKind.ACKNOWLEDGEMENT)
    assert failed.status is DeliveryStatus.FAILED
    assert "email" in failed.error


async def test_the_acknowledgement_goes_alone_when_background_work_is_slow(desk: CoreDesk) -> None:
    """zammad#5892: tickets must appear without AI."""
    ticket_id = await a_ticket(desk)
    job = await job_of(desk, DeliveryKind.ACKNOWLEDGEMENT)
    assert job.due_at == desk.clock.now() + timedelta(seconds=1.5)
    desk.clock.advance(seconds=1.5)
    await send(desk, DeliveryKind.ACKNOWLEDGEMENT)
    await triage_ends(desk, ticket_id)
    await search_ends(desk, ticket_id)
    await desk.run_jobs("conversations.deliver")
    (mail,) = desk.mail.sent
    assert mail.ticket is not None
    assert (mail.ticket.number, mail.suggestion, mail.similar_known) == (1, None, False)


@pytest.mark.parametrize("order", [(triage_ends, search_ends), (search_ends, triage_ends)])
async def test_the_acknowledgement_is_brought_forward_when_all_background_work_has_ended(
    desk: CoreDesk, order: tuple[Ends, Ends]
) -> None:
    ticket_id = await a_ticket(desk)
    later = desk.clock.now() + timedelta(seconds=1.5)
    desk.clock.advance(seconds=0.3)
    await order[0](desk, ticket_id)
    assert (await job_of(desk, DeliveryKind.ACKNOWLEDGEMENT)).due_at == later
    await order[1](desk, ticket_id)
    assert (await job_of(desk, DeliveryKind.ACKNOWLEDGEMENT)).due_at == desk.clock.now()
    await send(desk, DeliveryKind.ACKNOWLEDGEMENT)
    (mail,) = desk.mail.sent
    assert mail.ticket is not None
    assert (mail.ticket.category, mail.suggestion, mail.similar_known) == (Category.BUG, ADVICE, True)


async def test_a_card_is_brought_to_the_newest_revision_once(desk: CoreDesk) -> None:
    desk.set_policy(slack_enabled=True, triage_channel=CARDS)
    await a_ticket(desk)
    await send(desk, DeliveryKind.CARD)
    for note in ("one", "two", "three"):
        await change(desk, helpful_notes=note)
    await desk.run_jobs("conversations.refresh")
    posted, *updates = desk.slack.of_kind(DeliveryKind.CARD)
    assert posted.external_id == ""
    assert [(update.external_id, update.ticket and update.ticket.helpful_notes) for update in updates] == [
        (f"{CARDS}:1.0", "three")
    ]
    assert (await delivery(desk, DeliveryKind.CARD)).shown_revision == 4


async def test_a_card_posted_with_what_was_known_follows_what_changed_meanwhile(desk: CoreDesk) -> None:
    """The refresh came while the card was on its way, and found nothing to refresh."""
    desk.set_policy(slack_enabled=True, triage_channel=CARDS)
    await a_ticket(desk)

    class Slow:
        channel = "slack"

        async def deliver(self, _outgoing: Outgoing) -> Receipt:
            await _in_another_task(change(desk, helpful_notes="changed meanwhile"))
            await _in_another_task(desk.run_jobs("conversations.refresh"))
            return Receipt(external_id=f"{CARDS}:7.0")

    await speaking_by(desk, slack=Slow()).deliver(claimed(await job_of(desk, DeliveryKind.CARD)))
    await desk.run_jobs("conversations.refresh")
    (shown,) = desk.slack.of_kind(DeliveryKind.CARD)
    assert shown.external_id == f"{CARDS}:7.0"
    assert shown.ticket
    assert shown.ticket.helpful_notes == "changed meanwhile"


async def test_an_older_state_that_overtakes_a_newer_one_does_not_stay(desk: CoreDesk) -> None:
    """Two refreshes at once: the slower one must not leave the card as it was before."""
    desk.set_policy(slack_enabled=True, triage_channel=CARDS)
    await a_ticket(desk)
    await send(desk, DeliveryKind.CARD)
    await change(desk, helpful_notes="older")
    (older,) = [job for job in await desk.jobs() if job.kind == kinds.REFRESH.name]
    shown: list[str] = []

    class Slow:
        channel = "slack"

        async def deliver(self, outgoing: Outgoing) -> Receipt:
            await _in_another_task(change(desk, helpful_notes="newer"))
            await _in_another_task(desk.run_jobs("conversations.refresh"))
            shown.append(outgoing.ticket.helpful_notes if outgoing.ticket else "")
            return Receipt(external_id=outgoing.external_id)

    async with desk.database.writing() as connection:  # the worker has it: nobody else runs it meanwhile
        await connection.execute(update(Job).where(Job.id == older.id).values(status=JobStatus.RUNNING))
    await speaking_by(desk, slack=Slow()).refresh(claimed(older))
    assert shown == ["older"]
    await desk.run_jobs("conversations.refresh")
    last = desk.slack.of_kind(DeliveryKind.CARD)[-1]
    assert last.ticket
    assert last.ticket.helpful_notes == "newer"
    assert (await delivery(desk, DeliveryKind.CARD)).shown_revision == 3
    assert len(desk.slack.of_kind(DeliveryKind.CARD)) == 3


async def test_a_card_that_cannot_be_updated_any_more_holds_nothing_up(desk: CoreDesk) -> None:
    desk.set_policy(slack_enabled=True, triage_channel=CARDS)
    await a_ticket(desk)
    await send(desk, DeliveryKind.CARD)
    await change(desk, helpful_notes="one")
    desk.slack.failures = [DeliveryRefusedError("message_not_found")]
    await desk.run_jobs("conversations.refresh")
    await change(desk, helpful_notes="two")
    desk.slack.failures = [TryAgainLaterError("Slack is away.")]
    with pytest.raises(TryAgainLaterError):
        await desk.run_jobs("conversations.refresh")
    await desk.run_jobs("conversations.refresh")
    assert (await delivery(desk, DeliveryKind.CARD)).status is DeliveryStatus.SENT


async def test_nothing_is_enqueued_for_a_slack_that_is_not_there(desk: CoreDesk) -> None:
    ticket_id = await a_ticket(desk)
    await triage_ends(desk, ticket_id)
    await change(desk, helpful_notes="one")
    async with desk.reading() as reading:
        channels = set(await reading.session.scalars(select(Delivery.channel)))
    assert channels == {"email"}
    assert kinds.REFRESH.name not in {job.kind for job in await desk.jobs()}


async def test_whoever_gets_no_mail_any_more_is_sent_none(desk: CoreDesk) -> None:
    ticket_id = await a_ticket(desk)
    await desk.run_jobs("conversations.deliver")
    requester = (await desk.ticket(ticket_id)).created_by
    async with desk.unit_of_work() as uow:
        person = await uow.session.merge(requester)
        person.mail_undeliverable_at = uow.clock.now()
        uow.audit.record("user.mail_undeliverable", person)
        await resolve_ticket(uow, await lock_ticket_by_id(uow, ticket_id), resolution="Restart it.")
        await uow.commit()
    await desk.run_jobs("conversations.deliver")
    assert [sent.kind for sent in desk.mail.sent] == [DeliveryKind.ACKNOWLEDGEMENT]


async def test_a_sign_in_link_is_made_when_the_mail_is_rendered_and_stored_nowhere(desk: CoreDesk) -> None:
    grace = await desk.person("grace", Role.ADMIN)
    async with desk.unit_of_work() as uow:
        link = await create_magic_link(uow, grace, link_key="k" * 32, purpose=LinkPurpose.SIGN_IN)
        await tell_sign_in_link(uow, grace, link, invitation="Sign in")
        await uow.commit()
    row = await delivery(desk, DeliveryKind.SIGN_IN_LINK)
    assert row.content["magic_link_id"] == link.id
    await send(desk, DeliveryKind.SIGN_IN_LINK)
    (mail,) = desk.mail.sent
    assert (mail.recipient, mail.link_url) == (
        "grace@people.example",
        f"https://desk.example/auth/magic-link/{link.id}",
    )
    assert mail.ticket is None
    sent = await delivery(desk, DeliveryKind.SIGN_IN_LINK)
    assert (sent.status, "magic-link" in str(sent.content)) == (DeliveryStatus.SENT, False)


async def _in_another_task(work: object) -> None:
    await asyncio.create_task(work)  # type: ignore[arg-type]  # a coroutine
