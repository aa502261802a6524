"""Those who work tickets are told of promises that are due soon or broken: once, and never by hundreds of messages."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from core.conversations.values import DeliveryKind, Outgoing
from core.db.unit_of_work import UnitOfWork
from core.errors import DeliveryRefusedError, TryAgainLaterError
from core.jobs.kinds import WATCH_PROMISES
from core.jobs.values import JobTicket
from core.people.identities import find_or_create_person
from core.people.models import User
from core.people.values import Actor, IdentityKind, Sender
from core.sla.jobs import MOST_APART, PromiseWatch
from core.sla.values import Promise, SlaPolicy, Standing
from core.tickets.values import Priority, Status
from core.tickets.working import assign_ticket, delete_ticket
from tests.builders import CoreDesk
from tests.desk.test_snoozing import answering, snoozing
from tests.desk.working import RESOLVE, Act, act, file_another, people, setting

POLICY = SlaPolicy(
    first_response={Priority.HIGH: timedelta(hours=1)},
    resolution={Priority.HIGH: timedelta(hours=2), Priority.LOW: timedelta(days=4)},
)
CARDS = "C0CARDS"
JOB = JobTicket(
    id=1, organization_id=1, kind=WATCH_PROMISES.name, lane=WATCH_PROMISES.lane, payload={}, attempts=1, fence=1
)


async def watch(desk: CoreDesk, **later: float) -> None:
    """Let time pass, look, and deliver what was decided on."""
    desk.clock.advance(**later)
    await PromiseWatch(desk.unit_of_work, desk.reading).run(JOB)
    await desk.run_jobs("conversations.deliver")


def mailed(desk: CoreDesk) -> list[tuple[str, str]]:
    """Whom each mail went to, and what its subject says, since the last look."""
    found = [(mail.recipient.partition("@")[0], mail.title) for mail in desk.mail.of_kind(DeliveryKind.ALERT)]
    desk.mail.sent.clear()
    return found


def urged(desk: CoreDesk) -> list[Outgoing]:
    found = [message for message in desk.slack.sent if message.urging]
    desk.slack.sent.clear()
    return found


def given_to(moderator: User) -> Act:
    async def give(uow: UnitOfWork, ticket: object) -> object:
        return await assign_ticket(uow, ticket, assignee=await uow.session.get_one(User, moderator.id))  # type: ignore[arg-type]

    return give


async def known_in_slack(desk: CoreDesk, person: User, user_id: str) -> None:
    sender = Sender(kind=IdentityKind.SLACK, external_id=f"T1:{user_id}", verified=True, email=person.email)
    async with desk.unit_of_work() as uow:
        assert (await find_or_create_person(uow, sender)).id == person.id
        await uow.commit()


async def one_of_mo(desk: CoreDesk) -> dict[str, User]:
    desk.set_policy(sla=POLICY)
    them = await people(desk)
    await file_another(desk, them["anna"], priority=Priority.HIGH)
    await act(desk, them["mo"], given_to(them["mo"]))
    return them


async def test_the_assignee_is_told_before_and_when_each_promise_breaks_and_only_once(desk: CoreDesk) -> None:
    await one_of_mo(desk)
    await watch(desk, minutes=44)
    assert mailed(desk) == []
    await watch(desk, minutes=1)
    assert mailed(desk) == [("mo", "Due soon: #1 VPN drops")]
    await watch(desk, minutes=14)
    assert mailed(desk) == []
    await watch(desk, minutes=1)
    assert mailed(desk) == [("mo", "Overdue: #1 VPN drops")]
    await watch(desk, minutes=30)
    assert mailed(desk) == [("mo", "Due soon: #1 VPN drops")]  # the solution, though the first answer is due before it
    await watch(desk, minutes=30)
    (mail,) = desk.mail.of_kind(DeliveryKind.ALERT)
    assert "The solution was due on 2026-03-02 at 11:00 UTC." in mail.text
    assert (mail.page_url, mail.ticket) == ("http://localhost:8080/tickets/1", None)
    desk.mail.sent.clear()
    await watch(desk, days=3)
    assert mailed(desk) == []


async def test_what_broke_together_is_one_message(desk: CoreDesk) -> None:
    await one_of_mo(desk)
    await watch(desk, hours=5)
    (mail,) = desk.mail.of_kind(DeliveryKind.ALERT)
    assert [line.split(" was due")[0] for line in mail.text.splitlines()[1:]] == ["The first answer", "The solution"]


async def test_a_ticket_of_nobody_is_told_to_everybody_who_works_tickets(desk: CoreDesk) -> None:
    desk.set_policy(sla=POLICY)
    them = await people(desk)
    await file_another(desk, them["anna"], priority=Priority.HIGH)
    await watch(desk, minutes=50)
    assert mailed(desk) == [("mo", "Due soon: #1 VPN drops"), ("root", "Due soon: #1 VPN drops")]


@pytest.mark.parametrize("has_card", [True, False])
async def test_in_slack_the_assignee_is_called_below_the_card_or_directly(desk: CoreDesk, *, has_card: bool) -> None:
    desk.set_policy(slack_enabled=True, triage_channel=CARDS if has_card else "")
    them = await one_of_mo(desk)
    await known_in_slack(desk, them["mo"], "U0MO")
    await watch(desk, hours=1)
    (message,) = urged(desk)
    assert message.urging is not None
    assert message.urging.mentions == ("U0MO",)
    assert [(clock.promise, clock.standing) for clock in message.urging.due] == [
        (Promise.FIRST_RESPONSE, Standing.OVERDUE)
    ]
    assert message.recipient == (CARDS if has_card else "U0MO")
    assert bool(message.thread_key) is has_card
    assert mailed(desk) == []


async def test_an_assignee_who_is_not_in_slack_gets_a_mail_beside_the_line_below_the_card(desk: CoreDesk) -> None:
    desk.set_policy(slack_enabled=True, triage_channel=CARDS)
    await one_of_mo(desk)
    await watch(desk, hours=1)
    (message,) = urged(desk)
    assert message.thread_key
    assert mailed(desk) == [("mo", "Overdue: #1 VPN drops")]


async def test_below_a_card_that_slack_refused_nobody_would_read_it(desk: CoreDesk) -> None:
    desk.set_policy(slack_enabled=True, triage_channel=CARDS)
    them = await one_of_mo(desk)
    await known_in_slack(desk, them["mo"], "U0MO")
    desk.slack.failures.append(DeliveryRefusedError("The channel is archived."))
    await desk.run_jobs("conversations.deliver")
    await watch(desk, hours=1)
    assert [message.recipient for message in urged(desk)] == ["U0MO"]


async def test_in_slack_a_ticket_of_nobody_is_told_in_the_channel_itself(desk: CoreDesk) -> None:
    desk.set_policy(sla=POLICY, slack_enabled=True, triage_channel=CARDS)
    them = await people(desk)
    await file_another(desk, them["anna"], priority=Priority.HIGH)
    await watch(desk, hours=1)
    (message,) = urged(desk)
    assert (message.recipient, message.thread_key, message.text) == (CARDS, "", "Nobody has taken #1 VPN drops")
    assert message.ticket is None  # an answer below it must not reach the requester
    assert mailed(desk) == []


@pytest.mark.parametrize(
    "work", [setting(status=Status.WAITING), setting(priority=Priority.LOW), RESOLVE, delete_ticket]
)
async def test_nothing_is_told_of_clocks_that_stand_still_or_have_time(desk: CoreDesk, work: Act) -> None:
    them = await one_of_mo(desk)
    desk.clock.advance(minutes=30)
    await act(desk, them["root"], work)
    await watch(desk, hours=5)
    assert mailed(desk) == []


async def test_the_clock_goes_on_in_the_moderators_sight_and_out_of_it(desk: CoreDesk) -> None:
    them = await one_of_mo(desk)
    await act(desk, them["mo"], setting(status=Status.WAITING))
    await watch(desk, hours=5)
    assert mailed(desk) == []
    await act(desk, them["anna"], answering(them["anna"]))
    await act(desk, them["mo"], snoozing(desk, days=1))
    await watch(desk, minutes=59)
    assert mailed(desk) == [("mo", "Due soon: #1 VPN drops (snoozed)")]
    await act(desk, them["mo"], answering(them["mo"]))
    await watch(desk, minutes=10)
    assert mailed(desk) == []  # it was answered in time


async def test_replicas_that_look_at_once_tell_once(desk: CoreDesk) -> None:
    desk.set_policy(sla=POLICY)
    them = await people(desk)
    for _ in range(3):
        await file_another(desk, them["anna"], priority=Priority.HIGH)
    desk.clock.advance(hours=1)
    await asyncio.gather(*(PromiseWatch(desk.unit_of_work, desk.reading).run(JOB) for _ in range(4)))
    await desk.run_jobs("conversations.deliver")
    assert Counter(mailed(desk)) == {
        (who, f"Overdue: #{number} VPN drops"): 1 for who in ("mo", "root") for number in (1, 2, 3)
    }


async def test_replicas_that_sum_up_at_once_tell_once(desk: CoreDesk) -> None:
    await a_backlog(desk)
    await asyncio.gather(*(PromiseWatch(desk.unit_of_work, desk.reading).run(JOB) for _ in range(4)))
    await desk.run_jobs("conversations.deliver")
    assert len(urged(desk)) == 1


class _Falling(UnitOfWork):
    async def commit(self) -> None:
        raise TryAgainLaterError("The database is away.")


async def test_what_was_not_committed_is_told_by_the_next_look(desk: CoreDesk) -> None:
    await one_of_mo(desk)
    desk.clock.advance(hours=1)

    def falling(actor: Actor) -> UnitOfWork:
        return _Falling(desk.surroundings, actor)

    with pytest.raises(TryAgainLaterError):
        await PromiseWatch(falling, desk.reading).run(JOB)
    await watch(desk)
    assert mailed(desk) == [("mo", "Overdue: #1 VPN drops")]


async def a_backlog(desk: CoreDesk) -> dict[str, User]:
    """More broken promises than are told one by one: two of Mo's, the others nobody's, and one that is due soon."""
    desk.set_policy(sla=POLICY, slack_enabled=True, triage_channel=CARDS)
    them = await people(desk)
    await known_in_slack(desk, them["mo"], "U0MO")
    for number in range(MOST_APART + 2):
        await file_another(desk, them["anna"], priority=Priority.HIGH)
        if number < 2:
            await act(desk, them["mo"], given_to(them["mo"]), number=number + 1)
    desk.clock.advance(hours=5)
    await file_another(desk, them["anna"], priority=Priority.HIGH)
    desk.clock.advance(minutes=50)
    await desk.run_jobs("conversations.deliver")
    desk.slack.sent.clear()
    return them


async def test_a_backlog_is_one_message_with_the_command_that_lists_it(desk: CoreDesk) -> None:
    them = await a_backlog(desk)
    await watch(desk)
    (message,) = urged(desk)
    assert message.text.splitlines() == [
        "12 tickets are past their promise, 1 more will be soon.",
        "nobody: 10",
        "Mo: 2",
        "/triage breaching lists them.",
    ]
    assert message.urging is not None
    assert (message.recipient, message.urging.mentions) == (CARDS, ("U0MO",))
    assert mailed(desk) == []
    await watch(desk, minutes=9)
    assert urged(desk) == []
    await file_another(desk, them["anna"], priority=Priority.HIGH)
    await watch(desk, minutes=50)
    assert [message.text for message in urged(desk)] == [
        "Nobody has taken #13 VPN drops",
        "Nobody has taken #14 VPN drops",
    ]


async def test_without_slack_a_backlog_is_one_mail_to_each_who_works_tickets(desk: CoreDesk) -> None:
    await a_backlog(desk)
    desk.set_policy(slack_enabled=False)
    await watch(desk)
    title = "12 tickets are past their promise, 1 more will be soon"
    assert mailed(desk) == [("mo", title), ("root", title)]


async def test_nobody_is_told_where_that_is_turned_off(desk: CoreDesk) -> None:
    await one_of_mo(desk)
    desk.set_policy(sla=replace(POLICY, alerts=False))
    await watch(desk, hours=5)
    assert mailed(desk) == []
