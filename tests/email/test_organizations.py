"""Mail of a second organization: it comes from that organization's own address, and answers go there."""

import hashlib
from dataclasses import replace
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from bot.email.addresses import ReplyAddress
from core.intake.models import Intake
from core.intake.values import Channel, InboundMessage, Outcome
from core.people.actions import NewPerson, create_person
from core.people.models import User
from core.people.organizations import add_mail_route, create_organization
from core.people.values import Role, system_actor
from core.tickets.actions import NewReply, add_reply
from core.tickets.models import Participant, Ticket
from tests.builders import unqueued
from tests.email.mail_desk import SUPPORT, MailDesk

HELP = "help@second.example"
ADA = "ada@people.example"


async def receive(
    mail: MailDesk, to: str, *, subject: str = "VPN", sender: str = ADA, more: dict[str, str] | None = None
) -> Intake:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = f"Ada <{sender}>", to, subject
    letter["Message-ID"] = f"<{len(mail.mailboxes.sent)}@people.example>"
    for name, value in (more or {}).items():
        letter[name] = value
    letter.set_content("It drops every hour.")
    intake_id = await accept(mail, letter.as_bytes(), to)
    await mail.run_jobs()
    async with mail.desk.reading(system_actor(1)) as reading:
        return await reading.session.get_one(Intake, intake_id)


async def accept(mail: MailDesk, raw: bytes, to: str) -> int:
    message = InboundMessage(
        channel=Channel.EMAIL,
        external_id=hashlib.sha256(raw).hexdigest(),
        raw=raw,
        received_at=mail.clock.now(),
        recipients=(to,),
    )
    return (await mail.desk.intake.accept(message)).intake_id


async def second_organization(mail: MailDesk, *addresses: str) -> int:
    async with mail.desk.unit_of_work(system_actor(1)) as uow:
        organization = await create_organization(uow, "Second")
        for address in addresses:
            await add_mail_route(uow, organization, address)
        await uow.commit()
    return organization.id


async def test_each_organization_writes_from_its_own_address_and_is_answered_there(mail: MailDesk) -> None:
    organization_id = await second_organization(mail, "@second.example", HELP, "later@second.example")
    theirs = await receive(mail, HELP)
    ours = await receive(mail, SUPPORT)

    assert (theirs.organization_id, ours.organization_id) == (organization_id, 1)
    from_second, from_first = mail.mailboxes.to(ADA)
    assert from_second["From"] == f"Second <{HELP}>"
    assert SUPPORT in from_first["From"]
    assert from_second["Reply-To"].startswith("help+1-2.")
    assert from_second["Reply-To"].endswith("@second.example")
    assert from_first["Reply-To"].startswith("support+1-1.")
    assert from_second["Message-ID"].endswith("@second.example>")
    assert from_first["Message-ID"].endswith(f"@{SUPPORT.rpartition('@')[2]}>")

    answer = await receive(mail, from_second["Reply-To"], subject="anything else")
    assert (answer.organization_id, answer.ticket_id, answer.outcome) == (2, theirs.ticket_id, Outcome.REPLIED)


async def test_a_moderators_reply_comes_by_name_from_the_organizations_address(mail: MailDesk) -> None:
    await second_organization(mail, HELP)
    row = await receive(mail, HELP)
    new = NewPerson(username="grace", email="grace@people.example", full_name="Grace", role=Role.MODERATOR)
    async with mail.desk.unit_of_work(system_actor(row.organization_id)) as uow:
        grace = await create_person(uow, new)
        ticket = await uow.session.get_one(Ticket, row.ticket_id)
        await add_reply(uow, ticket, NewReply(text="Restart the client, please.", channel="web"), author=grace)
        await uow.commit()
    await mail.run_jobs()
    assert mail.mailboxes.to(ADA)[-1]["From"] == f'"Grace (Second)" <{HELP}>'


async def test_an_organization_with_a_domain_only_writes_from_the_support_address(mail: MailDesk) -> None:
    await second_organization(mail, "@second.example")
    await receive(mail, HELP)
    (acknowledged,) = mail.mailboxes.to(ADA)
    assert acknowledged["Reply-To"].startswith("support+1-2.")


async def test_an_address_of_any_organization_takes_no_part_in_a_ticket(mail: MailDesk) -> None:
    """zammad#4485: To and Cc of several of our addresses."""
    await second_organization(mail, HELP)
    await receive(mail, HELP, more={"Cc": f"{SUPPORT}, HELP+vip@second.example, bob@people.example"})
    async with mail.desk.reading(system_actor(1)) as reading:
        taking_part = await reading.session.scalars(select(User.email).join(Participant))
        assert sorted(taking_part) == [ADA, "bob@people.example"]


@pytest.mark.parametrize("sender", [HELP, "Help+vip@Second.example"])
@pytest.mark.parametrize("to", [SUPPORT, HELP])
async def test_a_mail_in_the_name_of_any_organization_waits_for_a_person(mail: MailDesk, sender: str, to: str) -> None:
    """frappe/helpdesk#3628, itop-jb-mail-to-ticket-automation-v2#218: a forged From that loops and gains rights."""
    await second_organization(mail, HELP)
    row = await receive(mail, to, sender=sender)

    assert (row.outcome, row.rule, row.ticket_id) == (Outcome.QUARANTINED, "own-address", None)
    assert mail.mailboxes.sent == []


async def test_a_forged_mail_in_a_burst_waits_as_well(mail: MailDesk) -> None:
    await second_organization(mail, HELP)
    senders = [ADA, HELP, "bob@people.example"]
    jobs = []
    for number, sender in enumerate(senders):
        raw = f"From: {sender}\r\nTo: {SUPPORT}\r\nSubject: Printer {number}\r\n\r\nIt burns.".encode()
        payload = {"intake_id": await accept(mail, raw, SUPPORT)}
        jobs.append(replace(unqueued("intake.process", **payload), id=number))
    await mail.desk.processing.run_many(jobs, lambda _job: None)

    assert [row.rule for row in await mail.ledger()] == ["new-conversation", "own-address", "new-conversation"]


@pytest.mark.parametrize("address", [f"{'a' * 40}@second.example", "", "none"])
def test_an_address_without_room_for_the_suffix_is_answered_at_the_support_address(address: str) -> None:
    codec = ReplyAddress("s" * 32, SUPPORT)
    assert codec.for_ticket(2, 7, address=address).startswith("support+7-2.")
    assert codec.read(codec.for_ticket(2, 7, address=HELP)) == codec.read(codec.for_ticket(2, 7))
