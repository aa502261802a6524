"""An inbox that answers everything, on every path by which a mail leaves: it ends, and at most at the limit."""

import itertools
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select

from bot.email.compose import KINDS
from core.conversations.alerts import tell_admins
from core.conversations.files_to_send import FILES_OF
from core.conversations.mailing import deliver_by_mail, limit
from core.conversations.models import Delivery
from core.conversations.values import DeliveryKind, DeliveryStatus
from core.people.models import User
from core.people.sign_in import issue_magic_link
from core.people.values import Role, system_actor
from core.tickets.actions import NewReply, add_reply
from core.tickets.attaching import StoredAttachment
from core.tickets.models import Attachment
from core.tickets.queries import lock_ticket
from core.tickets.working import resolve_ticket, set_fields
from tests.email.automata import answers_anew, answers_in_thread, letter, sends_back, sends_back_as
from tests.email.mail_desk import Answer, MailDesk

INBOX = "robot@people.example"
Path = Callable[[MailDesk], Awaitable[None]]


async def writes(mail: MailDesk) -> None:
    await mail.receive(letter(INBOX, 0))


async def is_answered(mail: MailDesk) -> None:
    await writes(mail)
    grace = await mail.person("grace", Role.MODERATOR)
    async with mail.desk.unit_of_work(mail.actor(grace)) as uow:
        author = await uow.session.get_one(User, grace.id)
        await add_reply(uow, await lock_ticket(uow, 1), NewReply(text="Which model?", channel="web"), author=author)
        await uow.commit()


async def gets_a_late_file(mail: MailDesk) -> None:
    """Its answer went out without; here it is held back, so that only the file's own mail counts."""
    await writes(mail)
    grace = await mail.person("grace", Role.MODERATOR)
    sha256 = await mail.desk.blobs.write(b"E42")
    file = StoredAttachment(filename="log.txt", content_type="text/plain", size=3, sha256=sha256)
    async with mail.desk.unit_of_work(mail.actor(grace)) as uow:
        author, ticket = await uow.session.get_one(User, grace.id), await lock_ticket(uow, 1)
        new = NewReply(text="See the file.", channel="web", attachments=[file])
        reply = await add_reply(uow, ticket, new, author=author)
        await uow.session.flush()
        (answer,) = await uow.session.scalars(select(Delivery).where(Delivery.reply_id == reply.id))
        answer.status = DeliveryStatus.WITHHELD
        files = await uow.session.scalars(select(Attachment.id).where(Attachment.reply_id == reply.id))
        content: dict[str, object] = {FILES_OF: list(files)}
        requester = await uow.session.get_one(User, ticket.created_by_id)
        await deliver_by_mail(uow, ticket, DeliveryKind.FILES, requester, key="late", reply=reply, content=content)
        await uow.commit()


async def is_solved(mail: MailDesk) -> None:
    await writes(mail)
    grace = await mail.person("grace", Role.MODERATOR)
    async with mail.desk.unit_of_work(mail.actor(grace)) as uow:
        await resolve_ticket(uow, await lock_ticket(uow, 1), resolution="Turned it off and on.")
        await uow.commit()


async def is_published(mail: MailDesk) -> None:
    await writes(mail)
    grace = await mail.person("grace", Role.MODERATOR)
    async with mail.desk.unit_of_work(mail.actor(grace)) as uow:
        await set_fields(uow, await lock_ticket(uow, 1), is_public=True)
        await uow.commit()


async def signs_in(mail: MailDesk) -> None:
    await writes(mail)
    async with mail.desk.unit_of_work(system_actor(1)) as uow:
        person = (await uow.session.scalars(select(User).where(User.email == INBOX))).one()
        await issue_magic_link(uow, person, link_key=mail.desk.link_key)
        await uow.commit()


async def is_an_admin(mail: MailDesk) -> None:
    await mail.person("robot", Role.ADMIN)
    async with mail.desk.unit_of_work(system_actor(1)) as uow:
        await tell_admins(uow, key="silence", title="No mail for a day", text="Look at the mail server.")
        await uow.commit()


PATHS: dict[DeliveryKind, Path] = {
    DeliveryKind.ACKNOWLEDGEMENT: writes,
    DeliveryKind.REPLY: is_answered,
    DeliveryKind.FILES: gets_a_late_file,
    DeliveryKind.VISIBILITY: is_published,
    DeliveryKind.RESOLUTION: is_solved,
    DeliveryKind.SIGN_IN_LINK: signs_in,
    DeliveryKind.ALERT: is_an_admin,
}
PROGRAMS: dict[str, Callable[["itertools.count[int]"], Answer]] = {
    "in the thread": lambda numbers: answers_in_thread(INBOX, numbers),
    "anew": lambda numbers: answers_anew(INBOX, numbers),
    "what it got": lambda _numbers: sends_back,
    "what it got, rewritten": lambda numbers: sends_back_as(INBOX, numbers),
}


def test_every_kind_of_mail_is_a_path() -> None:
    assert set(PATHS) == set(KINDS)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("kind", PATHS)
async def test_an_inbox_that_answers_everything_ends_at_the_limit(
    mail: MailDesk, kind: DeliveryKind, program: str
) -> None:
    """faveo-helpdesk#150, osTicket#1041, odoo#66329, PostHog#92017, frappe/helpdesk#3628."""
    mail.mailboxes.programs[INBOX] = PROGRAMS[program](itertools.count(1))
    await PATHS[kind](mail)
    await mail.settle()

    policy = mail.desk.policy
    deliveries = await mail.deliveries()
    sent = Counter(one.kind for one in deliveries if one.status is not DeliveryStatus.WITHHELD)
    assert sent[kind] >= 1
    assert len(mail.mailboxes.to(INBOX)) == sent.total()
    assert sent[DeliveryKind.ACKNOWLEDGEMENT] <= limit(policy, DeliveryKind.ACKNOWLEDGEMENT, automatic=True)
    others = sent.total() - sent[DeliveryKind.ACKNOWLEDGEMENT]
    assert others == (kind is not DeliveryKind.ACKNOWLEDGEMENT)  # what a program says brings no more of these
