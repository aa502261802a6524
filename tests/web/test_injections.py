"""What strangers write, and what an obeying model repeats of it, is nothing but text on pages and in mails."""

import re
from dataclasses import replace
from email.message import EmailMessage

import pytest

from bot.email.compose import compose
from core.people.values import Role, system_actor
from core.tickets.queries import lock_ticket_by_id
from core.tickets.values import Category, Priority
from core.triage.actions import finish_triage
from core.triage.values import Suggestion
from tests.fakes.injections import INJECTIONS
from tests.fakes.obeying import DICTATED
from tests.fakes.outgoing import ACKNOWLEDGEMENT, NOON, OWN, TICKET
from tests.web.web_desk import WebDesk

HARMFUL = re.compile(
    r"<script(?! src=\"/| type=\"module\" src=\"/)[^>]*>[^<]|<img src=x|<[a-z][^>]*\sonerror\s*="
    r"|href=\"\s*(?:javascript|data|vbscript):",
    re.IGNORECASE,
)


async def test_pages_show_every_kind_as_text(site: WebDesk) -> None:
    """The advice is stored here as no reader of answers would leave it: even then a page only shows it."""
    grace = await site.signed_in_as(Role.MODERATOR, "grace")
    for place, (kind, one) in enumerate(INJECTIONS.items(), start=1):
        requester = await site.person(f"sam{place}", full_name=one.sender)
        ticket = await site.ticket(requester, title=one.title, description=one.text)
        said = f"{one.text[:200]} {DICTATED}"
        advice = Suggestion(
            category=Category.BUG,
            priority=Priority.HIGH,
            reasoning=said,
            notes=said,
            related_skills=(said,),
            confidence=1.0,
            model=said[:90],
            fallback_reason=said[:190],
        )
        async with site.desk.unit_of_work(system_actor(1)) as uow:
            await finish_triage(uow, await lock_ticket_by_id(uow, ticket.id), advice)
            await uow.commit()
        page = await (await grace.get(f"/tickets/{ticket.number}")).text()
        assert "Suggestion" in page, kind
        assert not HARMFUL.search(page), kind


def test_the_pattern_knows_harm() -> None:
    for harm in ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '<a href="javascript:alert(1)">'):
        assert HARMFUL.search(harm)
    assert not HARMFUL.search("&lt;script&gt;alert(1)&lt;/script&gt;")


@pytest.mark.parametrize("kind", INJECTIONS)
def test_mails_carry_every_kind_as_text(kind: str) -> None:
    one = INJECTIONS[kind]
    requester = replace(TICKET.created_by, name=one.sender)
    ticket = replace(TICKET, title=one.title, description=one.text, created_by=requester)
    mail = compose(replace(ACKNOWLEDGEMENT, ticket=ticket, recipient_name=one.sender), OWN, now=NOON)
    assert isinstance(mail, EmailMessage)
    assert mail["To"].addresses[0].addr_spec == "ada@example.net"
    assert len(mail["To"].addresses) == 1
    assert "Bcc" not in mail
    assert "X" not in mail
    html = mail.get_body(("html",))
    assert html is not None
    assert not HARMFUL.search(html.get_content())
