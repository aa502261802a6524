"""What an answer does to a ticket that is closed, merged or deleted."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.errors import ConflictError, ForbiddenError, InvalidInputError
from core.intake.models import Intake
from core.intake.quarantine import release
from core.intake.values import Outcome
from core.people.values import Role
from core.tickets.actions import NewReply, add_reply
from core.tickets.merging import merge_ticket
from core.tickets.models import Participant, Reply, Ticket
from core.tickets.queries import lock_ticket_by_id
from core.tickets.values import Status
from core.tickets.working import delete_ticket, resolve_ticket, set_fields
from tests.builders import CoreDesk

ANNA = "anna@people.example"
VPN = {"from": ANNA, "title": "VPN drops", "text": "a", "id": "v1@x"}
ANSWER = {"from": ANNA, "title": "Re: VPN drops", "id": "v2@x", "references": ["v1@x"]}


async def resolved(desk: CoreDesk) -> int:
    """A ticket of Anna's, just solved."""
    row = await desk.mail_in(**VPN)
    async with desk.unit_of_work() as uow:
        await resolve_ticket(uow, await lock_ticket_by_id(uow, row.ticket_id or 0), resolution="New cable.")
        await uow.commit()
    return row.ticket_id or 0


async def merged(desk: CoreDesk, ticket_id: int, into: int) -> Ticket:
    async with desk.unit_of_work() as uow:
        ticket, target = await lock_ticket_by_id(uow, ticket_id), await lock_ticket_by_id(uow, into)
        found = await merge_ticket(uow, ticket, into=target)
        await uow.commit()
        return found


async def count(desk: CoreDesk, table: type) -> int:
    async with desk.reading() as reading:
        return await reading.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("text", ["Thank you!", "Vielen Dank!", "Merci beaucoup", "ありがとうございました。"])
async def test_a_bare_thank_you_leaves_a_solved_ticket_solved(desk: CoreDesk, text: str) -> None:
    ticket_id = await resolved(desk)
    row = await desk.mail_in(**ANSWER, text=text)
    assert (row.outcome, row.rule) == (Outcome.REPLIED, "in-reply-to+thanks-only")
    ticket = await desk.ticket(ticket_id)
    assert (ticket.status, ticket.resolved_at) == (Status.COMPLETED, desk.clock.now())


@pytest.mark.parametrize("text", ["It drops again", "Thanks, but it drops again", "Thanks. And on the phone?"])
async def test_an_answer_that_says_more_reopens_and_the_ledger_says_so(desk: CoreDesk, text: str) -> None:
    ticket_id = await resolved(desk)
    assert (await desk.mail_in(**ANSWER, text=text)).rule == "in-reply-to+reopened"
    ticket = await desk.ticket(ticket_id)
    assert (ticket.status, ticket.resolved_at) == (Status.PENDING, None)


async def test_thanks_with_a_file_reopen(desk: CoreDesk) -> None:
    ticket_id = await resolved(desk)
    await desk.mail_in(**ANSWER, text="Thanks!", files={"screen.png": "…"})
    assert (await desk.ticket(ticket_id)).status is Status.PENDING


async def test_an_automatic_answer_that_an_admin_releases_does_not_reopen(desk: CoreDesk) -> None:
    ticket_id = await resolved(desk)
    row = await desk.mail_in(**ANSWER, text="I am away.", verdict="ignore", rule="auto-submitted", automatic=True)
    assert (row.outcome, (await desk.ticket(ticket_id)).status) == (Outcome.IGNORED, Status.COMPLETED)
    async with desk.unit_of_work() as uow:
        await release(uow, row.id)
        await uow.commit()
    await desk.run_jobs("intake.process")
    async with desk.reading() as reading:
        row = await reading.session.get_one(Intake, row.id)
    assert (row.outcome, row.rule) == (Outcome.REPLIED, "in-reply-to+automatic-answer")
    assert (await desk.ticket(ticket_id)).status is Status.COMPLETED


async def test_thanks_do_not_end_the_waiting_for_an_answer(desk: CoreDesk) -> None:
    row = await desk.mail_in(**VPN)
    async with desk.unit_of_work() as uow:
        await set_fields(uow, await lock_ticket_by_id(uow, row.ticket_id or 0), status=Status.WAITING)
        await uow.commit()
    assert (await desk.mail_in(**ANSWER, text="Thanks!")).rule == "in-reply-to+thanks-only"
    assert (await desk.ticket(row.ticket_id)).status is Status.WAITING
    assert (await desk.mail_in(**ANSWER | {"id": "v3@x"}, text="It is the cable.")).rule == "in-reply-to"
    assert (await desk.ticket(row.ticket_id)).status is Status.IN_PROGRESS


async def test_somebody_in_copy_reopens_as_the_requester_does(desk: CoreDesk) -> None:
    row = await desk.mail_in(**VPN, cc=["bob@people.example"])
    async with desk.unit_of_work() as uow:
        await resolve_ticket(uow, await lock_ticket_by_id(uow, row.ticket_id or 0), resolution="New cable.")
        await uow.commit()
    await desk.mail_in(**ANSWER | {"from": "bob@people.example"}, text="Mine drops, too")
    assert (await desk.ticket(row.ticket_id)).status is Status.PENDING


async def test_a_moderators_word_on_a_solved_ticket_leaves_it_solved(desk: CoreDesk) -> None:
    ticket_id = await resolved(desk)
    grace = await desk.person("grace", Role.MODERATOR)
    async with desk.unit_of_work(desk.actor(grace)) as uow:
        ticket = await lock_ticket_by_id(uow, ticket_id)
        await add_reply(uow, ticket, NewReply(text="And here is the manual.", channel="web"), author=grace)
        await uow.commit()
    assert (await desk.ticket(ticket_id)).status is Status.COMPLETED


async def test_thanks_long_after_the_end_join_their_ticket_and_open_none(desk: CoreDesk) -> None:
    ticket_id = await resolved(desk)
    desk.clock.advance(days=90)
    row = await desk.mail_in(**ANSWER, text="Thanks a lot!")
    assert (row.rule, row.ticket_id) == ("in-reply-to+thanks-only", ticket_id)
    assert await count(desk, Ticket) == 1


@pytest.mark.parametrize(
    ("late", "rule"), [(timedelta(0), "in-reply-to+reopened"), (timedelta(31), "ticket-long-closed")]
)
async def test_a_recent_ticket_reopens_and_an_old_one_is_linked(desk: CoreDesk, late: timedelta, rule: str) -> None:
    await resolved(desk)
    desk.clock.advance(days=late.days)
    assert (await desk.mail_in(**ANSWER, text="Again!")).rule == rule


async def test_mail_to_a_deleted_ticket_opens_a_linked_one_unless_it_only_thanks(desk: CoreDesk) -> None:
    row = await desk.mail_in(**VPN)
    async with desk.unit_of_work() as uow:
        await delete_ticket(uow, await lock_ticket_by_id(uow, row.ticket_id or 0))
        await uow.commit()
    thanks = await desk.mail_in(**ANSWER, text="Thanks!")
    assert (thanks.outcome, thanks.rule) == (Outcome.IGNORED, "ticket-deleted+thanks-only")
    other = await desk.mail_in(**ANSWER | {"id": "v3@x"}, text="It drops.")
    assert (other.outcome, other.rule) == (Outcome.TICKETED, "ticket-deleted")
    assert (await desk.ticket(other.ticket_id)).linked_ticket_id == row.ticket_id


async def test_mail_to_a_merged_ticket_goes_where_that_went(desk: CoreDesk) -> None:
    """And its people get what is written there."""
    first = await desk.mail_in(**VPN)
    second = await desk.mail_in(**{"from": "bob@people.example", "title": "Network slow", "text": "b", "id": "n1@x"})
    third = await desk.mail_in(**{"from": "cy@people.example", "title": "Wi-Fi gone", "text": "c", "id": "w1@x"})
    await merged(desk, first.ticket_id or 0, second.ticket_id or 0)
    await merged(desk, second.ticket_id or 0, third.ticket_id or 0)
    row = await desk.mail_in(**ANSWER, text="Any news?")
    assert (row.outcome, row.rule, row.ticket_id) == (Outcome.REPLIED, "in-reply-to+merged", third.ticket_id)
    async with desk.reading() as reading:
        taking_part = select(func.count()).where(Participant.ticket_id == third.ticket_id)
        assert await reading.session.scalar(taking_part) == 3
        assert (await reading.session.scalars(select(Reply))).one().ticket_id == third.ticket_id


async def test_merging_closes_makes_private_and_is_recorded_on_both(desk: CoreDesk) -> None:
    first, second = await desk.mail_in(**VPN), await desk.mail_in(**VPN | {"title": "Wi-Fi", "id": "w1@x"})
    target = await merged(desk, first.ticket_id or 0, second.ticket_id or 0)
    ticket = await desk.ticket(first.ticket_id)
    assert (ticket.status, ticket.is_public, ticket.merged_into_id) == (Status.COMPLETED, False, target.id)


async def test_what_cannot_be_merged_is_refused(desk: CoreDesk) -> None:
    ids = [(await desk.mail_in(**VPN | {"title": f"Matter {n}", "id": f"{n}@x"})).ticket_id or 0 for n in range(3)]
    with pytest.raises(InvalidInputError):
        await merged(desk, ids[0], ids[0])
    await merged(desk, ids[0], ids[1])
    with pytest.raises(ConflictError, match="merged already"):
        await merged(desk, ids[0], ids[2])
    with pytest.raises(InvalidInputError):
        await merged(desk, ids[1], ids[0])  # what was merged into it leads back to itself
    async with desk.unit_of_work() as uow:
        await delete_ticket(uow, await lock_ticket_by_id(uow, ids[2]))
        await uow.commit()
    with pytest.raises(ConflictError, match="deleted"):
        await merged(desk, ids[1], ids[2])
    anna = await desk.person("anna2")
    async with desk.unit_of_work(desk.actor(anna)) as uow:
        tickets = [await lock_ticket_by_id(uow, one) for one in ids[1:]]
        with pytest.raises(ForbiddenError):
            await merge_ticket(uow, tickets[0], into=tickets[1])
