"""Programs that answer whatever they get, in every way we could think of."""

import itertools
from email.message import EmailMessage

import pytest

from core.conversations.values import DeliveryKind, DeliveryStatus
from core.intake.values import Outcome
from core.people.models import User
from core.people.sign_in import issue_magic_link
from core.people.values import Role, system_actor
from core.tickets.actions import NewReply, add_reply
from core.tickets.queries import lock_ticket
from core.tickets.values import Status
from core.tickets.working import resolve_ticket
from tests.email.automata import OTHER, ROBOT, answers_anew, answers_in_thread, letter, sends_back, sends_back_as
from tests.email.mail_desk import SUPPORT, MailDesk
from tests.fakes.raw_mail import raw_mail


async def test_acknowledgements_that_are_answered_anew_each_time_end_at_the_limit(mail: MailDesk) -> None:
    """faveo-helpdesk#150, odoo#66329: an out-of-office loop."""
    numbers = itertools.count(1)
    mail.mailboxes.programs[ROBOT] = answers_anew(ROBOT, numbers)
    await mail.receive(letter(ROBOT, next(numbers)))
    await mail.settle()
    limit = mail.desk.policy.automatic_mail_limit
    assert len(mail.mailboxes.sent) == limit
    assert len(await mail.tickets()) == limit + 1
    assert [one.status for one in await mail.deliveries()] == [DeliveryStatus.SENT] * limit + [DeliveryStatus.WITHHELD]


async def test_an_inbox_that_answers_in_the_thread_is_acknowledged_once(mail: MailDesk) -> None:
    """PostHog#92017: three reply paths of which only one was guarded."""
    numbers = itertools.count(1)
    mail.mailboxes.programs[ROBOT] = answers_in_thread(ROBOT, numbers)
    await mail.receive(letter(ROBOT, next(numbers)))
    await mail.settle()
    assert (len(mail.mailboxes.sent), len(await mail.tickets()), len(await mail.replies())) == (1, 1, 1)


async def test_two_inboxes_that_answer_each_other_through_us_end_at_the_limit(mail: MailDesk) -> None:
    """osTicket#1041: each reply of one is mailed to the other, who answers it."""
    numbers = itertools.count(1)
    for robot in (ROBOT, OTHER):
        mail.mailboxes.programs[robot] = answers_in_thread(robot, numbers)
    await mail.receive(letter(ROBOT, next(numbers), Cc=OTHER))
    await mail.settle()
    limit = mail.desk.policy.forwarded_reply_limit
    for robot in (ROBOT, OTHER):
        replies = [one for one in await mail.deliveries() if one.kind is DeliveryKind.REPLY and one.recipient == robot]
        assert sum(one.status is DeliveryStatus.SENT for one in replies) <= limit
    withheld = [one for one in await mail.deliveries() if one.status is DeliveryStatus.WITHHELD]
    assert withheld
    assert "within an hour" in withheld[0].error
    assert len(await mail.tickets()) == 1


@pytest.mark.parametrize("copied", ["", OTHER])
async def test_our_own_mail_that_comes_back_byte_by_byte_ends_at_once(mail: MailDesk, copied: str) -> None:
    """frappe/helpdesk#3628: an inbox pointed at us and, through us, at itself."""
    mail.mailboxes.programs[ROBOT] = mail.mailboxes.programs[OTHER] = sends_back
    await mail.receive(letter(ROBOT, 1, **({"Cc": copied} if copied else {})))
    await mail.settle()
    assert len(mail.mailboxes.sent) == 1
    assert [row.rule for row in await mail.ledger()][1:] == ["own-loop-mark"]


async def test_our_own_mail_that_comes_back_in_another_dress_ends_at_the_limit(mail: MailDesk) -> None:
    numbers = itertools.count(1)
    mail.mailboxes.programs[ROBOT] = sends_back_as(ROBOT, numbers)
    await mail.receive(letter(ROBOT, 0))
    await mail.settle()
    assert len(mail.mailboxes.sent) <= mail.desk.policy.automatic_mail_limit


async def test_mail_in_our_own_name_is_answered_by_nothing(mail: MailDesk) -> None:
    """frappe/helpdesk#3628: Cc and From of the desk itself."""
    row = await mail.receive(letter(SUPPORT, 1, Cc=SUPPORT))
    assert (row.outcome, row.rule) == (Outcome.QUARANTINED, "own-address")
    await mail.receive(letter(ROBOT, 2, Cc=f"{SUPPORT}, support+x@desk.example"))
    await mail.settle()
    assert {recipient for recipient, _ in mail.mailboxes.sent} == {ROBOT}


async def test_a_resolution_that_is_answered_reopens_once_and_mails_nobody_by_itself(mail: MailDesk) -> None:
    numbers = itertools.count(1)
    mail.mailboxes.programs[ROBOT] = answers_in_thread(ROBOT, numbers)
    await mail.receive(letter(ROBOT, next(numbers)))
    await mail.settle()
    grace = mail.actor(await mail.person("grace", Role.MODERATOR))
    async with mail.desk.unit_of_work(grace) as uow:
        await resolve_ticket(uow, await lock_ticket(uow, 1), resolution="Done.")
        await uow.commit()
    sent = len(mail.mailboxes.sent)
    await mail.settle()
    assert len(mail.mailboxes.sent) == sent + 1
    assert (await mail.tickets())[0].status is Status.PENDING


@pytest.mark.parametrize("path", ["reply", "resolution", "sign-in"])
async def test_people_of_ours_cannot_mail_one_address_without_end(mail: MailDesk, path: str) -> None:
    """A script with a moderator's token, or a form that anybody may fill in, in the hands of a fool."""
    await mail.receive(letter(ROBOT, 1))
    grace = await mail.person("grace", Role.MODERATOR)
    limit = mail.desk.policy.mail_limit
    before = len(mail.mailboxes.sent)
    for number in range(limit + 3):
        async with mail.desk.unit_of_work(mail.actor(grace)) as uow:
            ticket = await lock_ticket(uow, 1)
            if path == "reply":
                author = await uow.session.get_one(User, grace.id)
                await add_reply(uow, ticket, NewReply(text=f"Word {number}", channel="web"), author=author)
            elif path == "resolution":
                await resolve_ticket(uow, ticket, resolution=f"Done {number}.")
            else:
                uow.act_as(system_actor(1))
                await issue_magic_link(uow, ticket.created_by, link_key=mail.desk.link_key)
            await uow.commit()
    await mail.settle()
    assert len(mail.mailboxes.sent) == before + limit
    assert sum(one.status is DeliveryStatus.WITHHELD for one in await mail.deliveries()) == 3
    mail.clock.advance(hours=1, seconds=1)
    async with mail.desk.unit_of_work(mail.actor(grace)) as uow:
        await resolve_ticket(uow, await lock_ticket(uow, 1), resolution="At last.")
        await uow.commit()
    await mail.settle()
    assert len(mail.mailboxes.sent) == before + limit + 1


async def test_a_program_that_opens_ticket_after_ticket_ends_in_quarantine(mail: MailDesk) -> None:
    limit = mail.desk.policy.tickets_per_hour
    rows = [await mail.receive(letter(ROBOT, number)) for number in range(limit + 2)]
    assert [row.outcome for row in rows] == [Outcome.TICKETED] * limit + [Outcome.QUARANTINED] * 2
    assert rows[-1].rule == "too-many-tickets"
    assert (await mail.receive(letter(OTHER, 500))).outcome is Outcome.TICKETED
    answer = await mail.receive(letter(ROBOT, 501, Subject="Re: Automaton 0", References="<0@machines.example>"))
    assert answer.outcome is Outcome.REPLIED
    mail.clock.advance(hours=1, seconds=1)
    assert (await mail.receive(letter(ROBOT, 502))).outcome is Outcome.TICKETED


async def test_a_bounce_of_an_acknowledgement_ends_the_mail_to_that_address(mail: MailDesk) -> None:
    """faveo-helpdesk#150: bounce loop."""

    def bounces(message: EmailMessage) -> bytes:
        report = (
            "--sep\nContent-Type: text/plain\n\nSorry.\n--sep\nContent-Type: message/delivery-status\n\n"
            "Reporting-MTA: dns; mx.machines.example\n\n"
            f"Final-Recipient: rfc822; {ROBOT}\nAction: failed\nStatus: 5.1.1\n"
            f"--sep\nContent-Type: text/rfc822-headers\n\nMessage-ID: {message['Message-ID']}\n--sep--\n"
        )
        headers = {
            "From": "MAILER-DAEMON@machines.example",
            "Subject": "Undelivered Mail Returned to Sender",
            "Message-ID": "<bounce@machines.example>",
            "Content-Type": "multipart/report; report-type=delivery-status; boundary=sep",
        }
        return raw_mail(report, headers)

    mail.mailboxes.programs[ROBOT] = bounces
    await mail.receive(letter(ROBOT, 1))
    await mail.settle()
    (acknowledgement,) = await mail.deliveries()
    assert acknowledgement.status is DeliveryStatus.BOUNCED
    assert (await mail.ledger())[1].ticket_id == 1
    grace = mail.actor(await mail.person("grace", Role.MODERATOR))
    async with mail.desk.unit_of_work(grace) as uow:
        await resolve_ticket(uow, await lock_ticket(uow, 1), resolution="Done.")
        await uow.commit()
    await mail.settle()
    assert len(mail.mailboxes.sent) == 1
    assert "came back" in (await mail.deliveries())[-1].error
    del mail.mailboxes.programs[ROBOT]
    await mail.receive(letter(ROBOT, 2))  # they write, so that their mailbox is there again
    await mail.settle()
    assert len(mail.mailboxes.sent) == 2
