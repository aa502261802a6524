"""A mail as its sender formatted it, shown so that it can neither run, call home nor look like ours."""

import pytest

from core.people.values import Role
from core.tickets.actions import NewReply, add_internal_note
from core.tickets.attaching import StoredAttachment
from core.tickets.models import Ticket
from core.tickets.queries import lock_ticket
from tests.web.web_desk import WebDesk
from webhooks.pages.formatted import picture_kind, with_pictures

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000200000002080000000057dd52f8"
    "0000000e49444154789c63f8cfc0f09f010006ff01ff072b8ef60000000049454e44ae426082"
)


async def formatted_ticket(site: WebDesk, html: str, picture: bytes = PNG) -> Ticket:
    shot = StoredAttachment(
        filename="shot.png",
        content_type="image/png",
        size=len(picture),
        sha256=await site.desk.blobs.write(picture),
        inline=True,
        content_id="shot@mail",
    )
    ada = await site.person("ada")
    return await site.ticket(ada, description_html=html, attachments=[shot], channel="email")


async def test_the_document_is_locked_in(site: WebDesk) -> None:
    await formatted_ticket(site, "<p>Hello</p>")
    answer = await (await site.signed_in_as(Role.MODERATOR)).get("/tickets/1/formatted")
    assert answer.status == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "frame-ancestors 'self'" in policy
    assert "<p>Hello</p>" in await answer.text()


async def test_only_who_may_read_the_ticket_reads_it_so(site: WebDesk) -> None:
    await formatted_ticket(site, "<p>Hello</p>")
    other = await site.signed_in_as(Role.USER, "eve")
    assert (await other.get("/tickets/1/formatted")).status == 404
    assert (await other.get("/tickets/1/replies/1/formatted")).status == 404
    stranger = site.browser()
    assert (await stranger.get("/tickets/1/formatted", allow_redirects=False)).status != 200


async def test_a_formatted_note_stays_with_those_who_work_tickets(site: WebDesk) -> None:
    grace = await site.person("grace", Role.MODERATOR)
    ticket = await site.ticket(await site.person("ada"))
    async with site.desk.unit_of_work(site.actor_of(grace)) as uow:
        held = await lock_ticket(uow, ticket.number)
        note = await add_internal_note(
            uow, held, NewReply(text="Secret", html="<b>Secret</b>", channel="email"), author=grace
        )
        await uow.commit()
    path = f"/tickets/1/replies/{note.id}/formatted"
    assert (await (await site.signed_in(grace)).get(path)).status == 200
    assert (await (await site.signed_in_as(Role.USER, "eve")).get(path)).status == 404


async def test_a_ticket_of_plain_words_has_none(site: WebDesk) -> None:
    await site.ticket(await site.person("ada"))
    grace = await site.signed_in_as(Role.MODERATOR)
    assert (await grace.get("/tickets/1/formatted")).status == 404
    assert "iframe" not in await (await grace.get("/tickets/1")).text()


async def test_a_missing_or_disguised_picture_leaves_an_empty_place(site: WebDesk) -> None:
    await formatted_ticket(site, '<img src="cid:shot@mail"><img src="cid:gone">', b"<svg onload=alert(1)>")
    text = await (await (await site.signed_in_as(Role.MODERATOR)).get("/tickets/1/formatted")).text()
    assert text.count('src="data:,"') == 2
    assert "svg" not in text


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a..", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"<svg/>", ""),
        (b"", ""),
    ],
)
def test_a_picture_is_known_by_its_first_bytes(content: bytes, kind: str) -> None:
    assert picture_kind(content) == kind


def test_a_content_id_may_be_escaped_in_the_address() -> None:
    assert "data:image/png" in with_pictures('<img alt="x" src="cid:a%20b@c">', {"a b@c": PNG})
