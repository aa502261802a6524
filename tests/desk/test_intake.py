"""From an accepted message to its outcome."""

import asyncio

import pytest
from sqlalchemy import func, select

from core.conversations.models import Delivery
from core.conversations.values import DeliveryKind, DeliveryStatus
from core.errors import InvalidInputError
from core.intake.models import Intake, RawMessage
from core.intake.values import Channel, InboundMessage, Outcome
from core.people.actions import NewPerson, create_person
from core.people.models import User
from core.people.organizations import create_organization
from core.people.values import Role, system_actor
from core.tickets.actions import NewTicket, submit_ticket
from core.tickets.models import Reply, Ticket
from core.tickets.queries import lock_ticket_by_id
from core.tickets.values import Status
from core.tickets.working import delete_ticket, resolve_ticket
from tests.builders import CoreDesk

ANNA = "anna@people.example"


async def count(desk: CoreDesk, table: type) -> int:
    async with desk.reading() as reading:
        return await reading.session.scalar(select(func.count()).select_from(table)) or 0


async def test_a_mail_becomes_a_ticket_with_an_acknowledgement(desk: CoreDesk) -> None:
    row = await desk.mail_in(
        **{"from": ANNA, "name": "Anna", "title": "VPN drops", "text": "Every hour.", "id": "a1@x"}
    )
    assert (row.outcome, row.rule) == (Outcome.TICKETED, "new-conversation")
    ticket = await desk.ticket(row.ticket_id)
    assert (ticket.number, ticket.title, ticket.created_by.email) == (1, "VPN drops", ANNA)
    await desk.run_jobs("conversations.deliver")
    (acknowledgement,) = desk.mail.of_kind(DeliveryKind.ACKNOWLEDGEMENT)
    assert acknowledgement.recipient == ANNA
    assert acknowledgement.in_reply_to == "a1@x"
    assert acknowledgement.ticket
    assert acknowledgement.ticket.number == 1


async def test_the_same_bytes_twice_are_one_ledger_row_and_one_ticket(desk: CoreDesk) -> None:
    """zammad#78, zammad#1662: an interrupted fetch imports again."""
    said = {"from": ANNA, "title": "Printer", "text": "Jams.", "id": "p1@x"}
    first, second = await desk.accept(**said), await desk.accept(**said)
    assert (first.is_new, second.is_new) == (True, False)
    assert first.intake_id == second.intake_id
    await desk.run_jobs("intake.process")
    assert await count(desk, Ticket) == 1


async def test_a_burst_of_arrivals_shares_commits_and_keeps_each(desk: CoreDesk) -> None:
    said = [{"from": ANNA, "title": f"Question {n}", "text": "?", "id": f"b{n}@x"} for n in range(100)]
    accepted = await asyncio.gather(*(desk.accept(**one) for one in [*said, *said[:30]]))
    assert len({one.intake_id for one in accepted}) == 100
    assert sum(one.is_new for one in accepted) == 100
    assert await count(desk, RawMessage) == 100


async def test_the_same_message_twice_in_one_commit_is_new_once(desk: CoreDesk) -> None:
    await desk.accept(
        **{"from": ANNA, "title": "Before", "id": "b@x"}
    )  # the routes are known: the next two share a commit
    again = {"from": ANNA, "title": "Twice", "id": "t@x"}
    one, other = await asyncio.gather(desk.accept(**again), desk.accept(**again))
    assert one.intake_id == other.intake_id
    assert (one.is_new, other.is_new) == (True, False)


async def test_one_mail_to_two_of_our_addresses_is_one_ticket(desk: CoreDesk) -> None:
    """zammad#4485, freescout#3797, freescout#5155: To and Cc of two mailboxes."""
    said = {"from": ANNA, "title": "Twice", "text": "Hello", "id": "t1@x", "fingerprint": "f1"}
    first = await desk.mail_in(**said, via="one")
    second = await desk.mail_in(**said, via="two")
    assert second.outcome is Outcome.DUPLICATE
    assert second.ticket_id == first.ticket_id


async def test_a_reused_message_id_with_other_content_becomes_a_linked_ticket(desk: CoreDesk) -> None:
    """freescout#5155, roundup: a repeated Message-ID swallows nothing."""
    first = await desk.mail_in(**{"from": ANNA, "title": "One", "text": "a", "id": "same@x", "fingerprint": "f1"})
    second = await desk.mail_in(**{"from": ANNA, "title": "Another", "text": "b", "id": "same@x", "fingerprint": "f2"})
    assert (second.outcome, second.rule) == (Outcome.TICKETED, "message-id-reused")
    assert (await desk.ticket(second.ticket_id)).linked_ticket_id == first.ticket_id


async def test_an_answer_joins_by_any_reference(desk: CoreDesk) -> None:
    """django-helpdesk: replies known only by References are not threaded."""
    first = await desk.mail_in(**{"from": ANNA, "title": "VPN", "text": "a", "id": "v1@x"})
    said = {"from": ANNA, "title": "Re: VPN", "text": "more", "id": "v2@x", "references": ["v1@x", "lost@x"]}
    answer = await desk.mail_in(**said)
    assert (answer.outcome, answer.ticket_id) == (Outcome.REPLIED, first.ticket_id)


async def test_a_reply_before_its_original_is_joined_when_the_original_comes(desk: CoreDesk) -> None:
    """django-helpdesk, roundup: a backlog in directory order."""
    early = {"from": ANNA, "title": "Re: Backlog", "text": "yes", "id": "b2@x", "references": ["b1@x"]}
    reply = await desk.mail_in(**early)
    original = await desk.mail_in(**{"from": ANNA, "title": "Backlog", "text": "do we?", "id": "b1@x"})
    assert reply.outcome is Outcome.TICKETED
    assert (original.outcome, original.rule) == (Outcome.REPLIED, "joined-to-earlier-reply")
    assert original.ticket_id == reply.ticket_id


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"from": "stranger@else.example"}, "sender-not-participant"),
        ({"title": "Something quite different"}, "subject-changed"),
    ],
)
async def test_the_wrong_thread_guard_opens_a_linked_ticket(desk: CoreDesk, changes: dict[str, str], rule: str) -> None:
    """chatwoot#13502, chatwoot#15869, freescout#3231: strangers and new subjects in old threads."""
    first = await desk.mail_in(**{"from": ANNA, "title": "VPN drops", "text": "a", "id": "v1@x"})
    said = {"from": ANNA, "title": "Re: VPN drops", "text": "b", "id": "v2@x", "references": ["v1@x"]}
    other = await desk.mail_in(**(said | changes))
    assert (other.outcome, other.rule) == (Outcome.TICKETED, rule)
    assert (await desk.ticket(other.ticket_id)).linked_ticket_id == first.ticket_id


async def test_an_answer_long_after_the_end_opens_a_linked_ticket(desk: CoreDesk) -> None:
    first = await desk.mail_in(**{"from": ANNA, "title": "VPN drops", "text": "a", "id": "v1@x"})
    async with desk.unit_of_work() as uow:
        await resolve_ticket(uow, await lock_ticket_by_id(uow, first.ticket_id or 0), resolution="New cable.")
        await uow.commit()
    desk.clock.advance(days=31)
    said = {"from": ANNA, "title": "Re: VPN drops", "text": "again", "id": "v2@x", "references": ["v1@x"]}
    assert (await desk.mail_in(**said)).rule == "ticket-long-closed"


async def test_a_ticket_number_in_a_strangers_subject_opens_their_own_ticket(desk: CoreDesk) -> None:
    """roundup: `[support-1]` in a stranger's subject joins that ticket."""
    await desk.mail_in(**{"from": ANNA, "title": "Mine", "text": "a", "id": "m1@x"})
    other = await desk.mail_in(
        **{"from": "eve@else.example", "title": "Mine", "text": "b", "id": "e1@x", "tags": ["1"]}
    )
    assert (other.outcome, other.rule) == (Outcome.TICKETED, "sender-not-participant")


async def test_the_requesters_answer_reopens_a_completed_ticket(desk: CoreDesk) -> None:
    first = await desk.mail_in(**{"from": ANNA, "title": "VPN", "text": "a", "id": "v1@x"})
    async with desk.unit_of_work() as uow:
        await resolve_ticket(uow, await lock_ticket_by_id(uow, first.ticket_id or 0), resolution="Restart it.")
        await uow.commit()
    said = {"from": ANNA, "title": "Re: VPN", "text": "no", "id": "v2@x", "references": ["v1@x"]}
    await desk.mail_in(**said)
    assert (await desk.ticket(first.ticket_id)).status is Status.PENDING


async def test_what_screening_ignores_leaves_a_ledger_row_and_nothing_else(desk: CoreDesk) -> None:
    row = await desk.mail_in(**{"from": ANNA, "title": "Out of office", "verdict": "ignore", "rule": "auto-reply"})
    assert (row.outcome, row.rule, row.ticket_id) == (Outcome.IGNORED, "auto-reply", None)
    assert await count(desk, Ticket) == 0
    assert await count(desk, User) == 0


async def test_a_mail_without_sender_is_quarantined_with_its_bytes(desk: CoreDesk) -> None:
    row = await desk.mail_in(title="?", text="x")
    assert (row.outcome, row.rule) == (Outcome.QUARANTINED, "no-sender")
    assert row.raw_sha256


async def test_a_bounce_marks_the_delivery_it_tells_of(desk: CoreDesk) -> None:
    """osTicket#6617: "reply posted" though sending failed."""
    await desk.mail_in(**{"from": ANNA, "title": "VPN", "text": "a", "id": "v1@x"})
    await desk.run_jobs("conversations.deliver")
    (sent,) = desk.mail.sent
    said = {"title": "Undelivered", "verdict": "bounce", "rule": "delivery-status", "references": [sent.message_id]}
    row = await desk.mail_in(**said)
    assert (row.outcome, row.ticket_id) == (Outcome.IGNORED, 1)
    async with desk.reading() as reading:
        delivery = await reading.session.get_one(Delivery, sent.delivery_id)
    assert delivery.status is DeliveryStatus.BOUNCED


async def test_an_inbox_that_answers_everything_gets_at_most_the_limit(desk: CoreDesk) -> None:
    """faveo-helpdesk#150, odoo#66329, PostHog#92017: autoresponder loops."""
    desk.set_policy(automatic_mail_limit=3)
    for n in range(10):
        await desk.mail_in(**{"from": ANNA, "title": f"Away {n}", "text": "I am away", "id": f"o{n}@x"})
    await desk.run_jobs("conversations.deliver")
    assert len(desk.mail.sent) == 3


async def test_an_unverified_sender_gains_no_rights(desk: CoreDesk) -> None:
    """itop-jb-mail-to-ticket-automation-v2#218: a forged From is trusted."""
    await desk.person("boss", Role.ADMIN)
    await desk.mail_in(**{"from": ANNA, "title": "VPN", "text": "a", "id": "v1@x"})
    said = {"from": "boss@people.example", "title": "Re: VPN", "text": "b", "id": "v2@x", "references": ["v1@x"]}
    forged = await desk.mail_in(**said, verified=False)
    assert (forged.outcome, forged.rule) == (Outcome.TICKETED, "sender-not-participant")
    real = await desk.mail_in(**(said | {"id": "v3@x"}), verified=True)
    assert real.outcome is Outcome.REPLIED


async def test_processing_twice_changes_nothing(desk: CoreDesk) -> None:
    accepted = await desk.accept(**{"from": ANNA, "title": "Once", "text": "a", "id": "o1@x"})
    results = await asyncio.gather(*(desk.processing.process(1, accepted.intake_id) for _ in range(4)))
    assert len([result for result in results if result is not None]) == 1
    assert (await count(desk, Ticket), await count(desk, Reply)) == (1, 0)


async def test_mail_for_nobody_here_is_refused_and_leaves_nothing(desk: CoreDesk) -> None:
    message = InboundMessage(
        channel=Channel.EMAIL,
        external_id="0" * 64,
        raw=b"{}",
        received_at=desk.clock.now(),
        recipients=("x@elsewhere.example",),
    )
    with pytest.raises(InvalidInputError, match=r"x@elsewhere\.example"):
        await desk.ledger.accept(message)
    assert await count(desk, Intake) == 0


async def test_mail_of_strangers_waits_where_the_operator_wants_it_so(desk: CoreDesk) -> None:
    await desk.mail_in(**{"from": ANNA, "title": "VPN", "text": "a", "id": "v1@x"})
    desk.set_policy(quarantines_unknown_senders=True)
    stranger = await desk.mail_in(**{"from": "eve@else.example", "title": "Hello", "text": "b"})
    assert (stranger.outcome, stranger.rule) == (Outcome.QUARANTINED, "unknown-sender")
    assert await count(desk, User) == 1
    known = await desk.mail_in(**{"from": ANNA.upper(), "title": "Printer", "text": "c", "id": "p1@x"})
    assert known.outcome is Outcome.TICKETED
    await desk.person("bob")
    assert (
        await desk.mail_in(**{"from": "bob@people.example", "title": "Hi", "text": "d"})
    ).outcome is Outcome.TICKETED


async def test_mail_that_no_program_may_answer_is_not_acknowledged(desk: CoreDesk) -> None:
    """RFC 3834 section 2: lists, null senders, whoever asks for it."""
    row = await desk.mail_in(**{"from": ANNA, "title": "To the list", "text": "a"}, acknowledge=False)
    assert row.outcome is Outcome.TICKETED
    await desk.run_jobs("conversations.deliver")
    assert desk.mail.sent == []


async def test_a_bounce_that_quotes_no_id_of_ours_marks_nobody(desk: CoreDesk) -> None:
    """Anybody can write a report that names a victim's address."""
    await desk.mail_in(**{"from": ANNA, "title": "VPN", "text": "a", "id": "v1@x"})
    await desk.run_jobs("conversations.deliver")
    await desk.mail_in(title="Undelivered", verdict="bounce", rule="mail-daemon", failed=[ANNA])
    async with desk.reading() as reading:
        (anna,) = await reading.session.scalars(select(User))
        (delivery,) = await reading.session.scalars(select(Delivery))
    assert (anna.mail_undeliverable_at, delivery.status) == (None, DeliveryStatus.BOUNCED)


async def test_two_copies_processed_at_one_moment_are_one_ticket(desk: CoreDesk) -> None:
    """zammad#4485: To and Cc of two mailboxes, taken by two workers at once."""
    for n in range(6):
        said = {"from": ANNA, "title": f"Twice {n}", "text": "Hello", "id": f"t{n}@x", "fingerprint": f"f{n}"}
        copies = [await desk.accept(**said, via=via) for via in ("one", "two")]
        await asyncio.gather(*(desk.processing.process(1, copy.intake_id) for copy in copies))
    assert await count(desk, Ticket) == 6


async def test_an_organization_without_slack_has_no_card_in_anothers_channel(desk: CoreDesk) -> None:
    desk.set_policy(slack_enabled=True, triage_channel="C1")
    async with desk.unit_of_work() as uow:
        other = await create_organization(uow, "Other")
        await uow.commit()
    own = await desk.mail_in(**{"from": ANNA, "title": "Ours", "text": "a", "id": "o1@x"})
    async with desk.unit_of_work(system_actor(other.id)) as uow:
        person = await create_person(uow, NewPerson(username="bob", email="bob@other.example"))
        theirs = await submit_ticket(
            uow, NewTicket(title="Theirs", description="secret", channel="email"), requester=person
        )
        await uow.commit()
    async with desk.reading() as reading:
        cards = (await reading.session.scalars(select(Delivery).where(Delivery.kind == DeliveryKind.CARD))).all()
    assert [card.ticket_id for card in cards] == [own.ticket_id]
    assert theirs.number == 1


async def test_a_deleted_ticket_stays_deleted_when_its_mail_is_delivered_again(desk: CoreDesk) -> None:
    """libredesk#142, libredesk#355: deleted conversations come back with the next look into the mailbox."""
    said = {"from": ANNA, "title": "VPN", "text": "a", "id": "v1@x", "fingerprint": "f1"}
    row = await desk.mail_in(**said)
    admin = desk.actor(await desk.person("root", Role.ADMIN))
    async with desk.unit_of_work(admin) as uow:
        await delete_ticket(uow, await lock_ticket_by_id(uow, row.ticket_id or 0))
        await uow.commit()
    assert (await desk.mail_in(**said)).id == row.id
    elsewhere = await desk.mail_in(**said, via="another mailbox")
    assert (elsewhere.outcome, elsewhere.ticket_id) == (Outcome.DUPLICATE, row.ticket_id)
    assert await count(desk, Ticket) == 1
    assert (await desk.ticket(row.ticket_id)).deleted_at is not None


async def test_resolving_again_in_the_same_words_tells_nobody_again(desk: CoreDesk) -> None:
    row = await desk.mail_in(**{"from": ANNA, "title": "VPN", "text": "a", "id": "v1@x"})
    for _ in range(2):
        async with desk.unit_of_work() as uow:
            await resolve_ticket(uow, await lock_ticket_by_id(uow, row.ticket_id or 0), resolution="New cable.")
            await uow.commit()
    await desk.run_jobs("conversations.deliver")
    assert len(desk.mail.of_kind(DeliveryKind.RESOLUTION)) == 1


async def test_a_report_cannot_stop_a_mail_that_has_not_left(desk: CoreDesk) -> None:
    await desk.mail_in(**{"from": ANNA, "title": "VPN", "text": "a", "id": "v1@x"})
    await desk.mail_in(title="Undelivered", verdict="bounce", rule="delivery-status", failed=[ANNA])
    await desk.run_jobs("conversations.deliver")
    assert len(desk.mail.of_kind(DeliveryKind.ACKNOWLEDGEMENT)) == 1
