"""Measured on django-helpdesk 2.6 and roundup 2.6: mail without words is dropped, and a backlog falls apart."""

import random
from collections import Counter

import pytest
from sqlalchemy import select

from core.people.values import system_actor
from core.tickets.models import Attachment
from tests.email.mail_desk import SUPPORT, MailDesk
from tests.fakes.raw_mail import multipart, raw_mail

ADA = "ada@people.example"
SHEET = b"Content-Type: text/csv\nContent-Disposition: attachment; filename=log.csv\n\na;b\n1;2"
HTML = {"Content-Type": "text/html; charset=utf-8"}


@pytest.mark.parametrize(
    ("body", "headers", "title", "words"),
    [
        ("<p>The <b>tray</b> is stuck.</p>\n", HTML, "Help", "The tray is stuck."),
        ("The tray is stuck.\n", {"Subject": ""}, "The tray is stuck.", "The tray is stuck."),
        ("The tray is stuck.\n", {"Subject": None}, "The tray is stuck.", "The tray is stuck."),
    ],
    ids=["html only", "empty subject", "no subject"],
)
async def test_a_mail_without_subject_or_plain_text_is_a_ticket(
    mail: MailDesk, body: str, headers: dict[str, str | bytes | None], title: str, words: str
) -> None:
    """django-helpdesk, roundup: HTML-only and empty-subject mails are not stored."""
    await mail.receive(raw_mail(body, {"From": ADA, "To": SUPPORT, "Subject": "Help"} | headers))
    (ticket,) = await mail.tickets()
    assert (ticket.title, ticket.description) == (title, words)


async def test_a_mail_that_is_nothing_but_a_file_is_a_ticket_with_it(mail: MailDesk) -> None:
    """django-helpdesk, roundup: attachment-only mails are not stored, and `.csv` files dropped."""
    body, headers = multipart("mixed", SHEET)
    await mail.receive(raw_mail(body, {"From": ADA, "To": SUPPORT, "Subject": "The log"} | headers))
    (ticket,) = await mail.tickets()
    assert ticket.title == "The log"
    async with mail.desk.reading(system_actor(1)) as reading:
        (file,) = await reading.session.scalars(select(Attachment))
    assert (file.filename, file.content_type, file.size) == ("log.csv", "text/csv", len(b"a;b\r\n1;2"))


@pytest.mark.parametrize("seed", range(5))
async def test_a_backlog_that_is_read_in_any_order_is_the_same_conversations(mail: MailDesk, seed: int) -> None:
    """django-helpdesk, roundup: a backlog read in directory order threads 38 % of its answers."""
    letters = [_letter(topic, place) for topic in ("Printer", "Badge", "VPN") for place in range(4)]
    random.Random(seed).shuffle(letters)  # noqa: S311 (an order, not a secret)
    for letter in letters:
        await mail.receive(letter)
    topics = {ticket.id: ticket.title.removeprefix("Re: ") for ticket in await mail.tickets()}
    assert sorted(topics.values()) == ["Badge", "Printer", "VPN"]
    assert Counter(topics[reply.ticket_id] for reply in await mail.replies()) == {"Badge": 3, "Printer": 3, "VPN": 3}


def _letter(topic: str, place: int) -> bytes:
    """The mail at this place of a conversation: each answers the one before and names all that came earlier."""
    earlier = [f"<{topic}-{one}@people.example>" for one in range(place)]
    return raw_mail(
        f"Word number {place} on it.\n",
        {
            "From": ADA,
            "To": SUPPORT,
            "Subject": f"Re: {topic}" if place else topic,
            "Message-ID": f"<{topic}-{place}@people.example>",
            "References": " ".join(earlier) or None,
        },
    )
