"""People as mail knows them: several addresses, copies, proof."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.slack.blocks.card import ticket_card
from bot.slack.blocks.conversation import reply_copy
from core.conversations.values import DeliveryKind
from core.errors import ConflictError, ForbiddenError, InvalidInputError
from core.intake.values import Outcome
from core.people.joining import add_address
from core.people.models import User
from core.people.values import Role, system_actor
from core.tickets.actions import NewReply, add_reply
from core.tickets.models import Participant
from core.tickets.queries import lock_ticket
from tests.email.mail_desk import SUPPORT, MailDesk
from tests.fakes.raw_mail import raw_mail

ADA, BOB, CY, EVE = (f"{name}@people.example" for name in ("ada", "bob", "cy", "eve"))


def letter(sender: str, number: int, text: str = "Words.", **headers: str) -> bytes:
    fields = {"From": sender, "To": SUPPORT, "Subject": "Printer on fire", "Message-ID": f"<{number}@people.example>"}
    return raw_mail(f"{text}\n", fields | headers)


async def answered(mail: MailDesk, text: str = "Look into the manual.") -> None:
    """A moderator's public reply, mailed to whom it concerns."""
    grace = await mail.person("grace", Role.MODERATOR)
    async with mail.desk.unit_of_work(mail.actor(grace)) as uow:
        author = await uow.session.get_one(User, grace.id)
        await add_reply(uow, await lock_ticket(uow, 1), NewReply(text=text, channel="web"), author=author)
        await uow.commit()
    await mail.run_jobs()


async def taking_part(mail: MailDesk) -> list[str | None]:
    statement = select(User.email).join(Participant, Participant.user_id == User.id).order_by(User.email)
    async with mail.desk.reading(system_actor(1)) as reading:
        return list(await reading.session.scalars(statement))


async def test_whoever_is_in_copy_takes_part_and_gets_the_replies(mail: MailDesk) -> None:
    await mail.receive(letter(ADA, 1, To=f"{SUPPORT}, Bob <{BOB}>", Cc=CY))
    await answered(mail)
    replies = [one.recipient for one in await mail.deliveries() if one.kind is DeliveryKind.REPLY]
    assert sorted(replies) == [ADA, BOB, CY]
    assert len(mail.mailboxes.to(CY)) == 1  # the acknowledgement is for the requester alone


async def test_whoever_is_added_to_an_answer_takes_part_from_then_on(mail: MailDesk) -> None:
    await mail.receive(letter(ADA, 1))
    await mail.receive(
        letter(ADA, 2, **{"Cc": BOB, "In-Reply-To": "<1@people.example>", "Subject": "Re: Printer on fire"})
    )
    assert await taking_part(mail) == [ADA, BOB]
    assert mail.mailboxes.to(BOB) == []  # Ada's own mail reached Bob
    await answered(mail)
    assert len(mail.mailboxes.to(BOB)) == 1


async def test_an_answer_to_all_reaches_each_once(mail: MailDesk) -> None:
    """osTicket#1426: a reply to all becomes a second ticket, or reaches people twice."""
    await mail.receive(letter(ADA, 1, Cc=f"{BOB}, {CY}"))
    answer = {"To": f"{SUPPORT}, {ADA}", "In-Reply-To": "<1@people.example>", "Subject": "Re: Printer on fire"}
    await mail.receive(letter(BOB, 2, **answer))
    assert [len(mail.mailboxes.to(who)) for who in (ADA, BOB, CY)] == [1, 0, 1]  # Ada's is the acknowledgement
    assert len(await mail.tickets()) == 1


async def test_a_forged_answer_found_by_its_subject_alone_brings_nobody_in(mail: MailDesk) -> None:
    """Its number can be guessed: whoever forged From would be told all that is written from then on."""
    await mail.receive(letter(ADA, 1))
    row = await mail.receive(letter(ADA, 2, Subject="Re: Printer on fire [#1]", Cc=EVE))
    assert (row.rule, await taking_part(mail)) == ("subject-tag", [ADA])
    await answered(mail, "The code of the door is 1234.")
    assert mail.mailboxes.to(EVE) == []


async def test_a_ticket_has_room_for_only_so_many(mail: MailDesk) -> None:
    crowd = ", ".join(f"p{number}@crowd.example" for number in range(60))
    await mail.receive(letter(ADA, 1, Cc=crowd))
    answer = {"Cc": "late@crowd.example, p1@crowd.example", "In-Reply-To": "<1@people.example>"}
    await mail.receive(letter(ADA, 2, **answer))
    assert len(await taking_part(mail)) == 21  # twenty, and the requester
    assert mail.mailboxes.to("p1@crowd.example") == []


async def test_a_person_of_several_addresses_is_one(mail: MailDesk) -> None:
    await mail.receive(letter(ADA, 1))
    async with mail.desk.unit_of_work(system_actor(1)) as uow:
        ada = (await uow.session.scalars(select(User))).one()
        await add_address(uow, ada, "ada@home.example")
        await uow.commit()
    answer = {"In-Reply-To": "<1@people.example>", "Subject": "Re: Printer on fire"}
    row = await mail.receive(letter("Ada@Home.example", 2, **answer))
    assert (row.rule, row.ticket_id) == ("in-reply-to", 1)
    assert (await mail.replies())[0].author_id == ada.id


async def test_two_who_turn_out_to_be_one_are_joined_with_all_they_wrote(mail: MailDesk) -> None:
    await mail.receive(letter(ADA, 1))
    await mail.receive(letter(BOB, 2, Subject="Another matter", Cc=ADA))
    await mail.receive(letter(BOB, 3, Subject="Re: Another matter", References="<2@people.example>"))
    async with mail.desk.unit_of_work(system_actor(1)) as uow:
        ada, bob = await uow.session.scalars(select(User).order_by(User.id))
        for _ in range(2):
            await add_address(uow, ada, BOB)
        await uow.commit()
    assert {ticket.created_by_id for ticket in await mail.tickets()} == {ada.id}
    assert {reply.author_id for reply in await mail.replies()} == {ada.id}
    assert await taking_part(mail) == [ADA, ADA]  # once in each ticket
    async with mail.desk.reading(system_actor(1)) as reading:
        gone = await reading.session.get_one(User, bob.id)
    assert (gone.is_active, gone.email) == (False, None)
    row = await mail.receive(letter(BOB, 4, Subject="Re: Another matter", References="<2@people.example>"))
    assert row.rule == "references"


async def test_nobody_who_signs_in_is_joined_to_somebody_else(mail: MailDesk) -> None:
    await mail.receive(letter(ADA, 1))
    grace = await mail.person("grace", Role.MODERATOR)
    async with mail.desk.unit_of_work(system_actor(1)) as uow:
        ada = (await uow.session.scalars(select(User).where(User.email == ADA))).one()
        with pytest.raises(ConflictError, match="Grace"):
            await add_address(uow, ada, "grace@people.example")
        with pytest.raises(InvalidInputError):
            await add_address(uow, ada, "no address")
    async with mail.desk.unit_of_work(mail.actor(grace)) as uow:
        with pytest.raises(ForbiddenError):
            await add_address(uow, grace, "more@people.example")


@pytest.mark.parametrize("sender", [ADA, "stranger@people.example"])
async def test_an_unverified_sender_is_shown_as_such(mail: MailDesk, sender: str) -> None:
    """itop-jb-mail-to-ticket-automation-v2#218."""
    await mail.receive(letter(sender, 1))
    await mail.receive(letter(sender, 2, **{"In-Reply-To": "<1@people.example>"}))
    ticket, reply = (await mail.tickets())[0].snapshot(), (await mail.replies())[0].snapshot()
    assert not ticket.sender_verified
    card = ticket_card(ticket, advice=None, similar=(), similar_known=True, ticket_url=str)
    copy = reply_copy(ticket, reply, ticket_url=str)
    proven = reply_copy(ticket, replace(reply, sender_verified=True), ticket_url=str)
    assert "sender unverified" not in json.dumps(proven.blocks)
    for message in (card, copy):
        assert "sender unverified" in json.dumps(message.blocks)


async def test_whoever_is_in_copy_may_leave_and_the_requester_may_not(mail: MailDesk) -> None:
    await mail.receive(letter(ADA, 1, Cc=BOB))
    await answered(mail)
    (sent,) = mail.mailboxes.to(BOB)
    address = sent["Reply-To"].addresses[0].addr_spec
    assert sent["List-Unsubscribe"] == f"<mailto:{address}?subject=unsubscribe>"
    assert all("List-Unsubscribe" not in one for one in mail.mailboxes.to(ADA))
    row = await mail.receive(letter(BOB, 3, "", To=address, Subject="Unsubscribe"))
    assert (row.outcome, row.rule, row.ticket_id) == (Outcome.IGNORED, "unsubscribed", 1)
    assert await taking_part(mail) == [ADA]
    again = await mail.receive(letter(ADA, 4, "", To=address, Subject="unsubscribe"))
    assert again.rule != "unsubscribed"
    stranger = await mail.receive(letter(BOB, 5, "", To=address.replace("+1-", "+2-"), Subject="unsubscribe"))
    assert stranger.outcome is Outcome.TICKETED
