"""Files of Slack messages that the desk does not have, on the ticket's page."""

from sqlalchemy import select

from core.files.actions import await_files, refuse_file
from core.files.models import SharedFile
from core.files.values import RemoteFile, Sharing
from core.people.models import User
from core.people.values import Role, system_actor
from core.tickets.actions import NewReply, add_internal_note
from core.tickets.attaching import StoredAttachment, attach
from core.tickets.models import Ticket
from core.tickets.queries import lock_ticket
from core.tickets.values import Scan
from tests.web.web_desk import WebDesk, form_token

FILES = "/api/v1/tickets/1/attachments"


async def test_what_was_not_taken_stands_with_its_reason_beside_what_is_on_its_way(site: WebDesk) -> None:
    ada = await site.person("ada")
    ticket = await site.ticket(ada)
    await _share(site, ticket, "video.mov", refused="It is larger than 25 MiB. A link to it will do.")
    await _share(site, ticket, "log.txt")
    browser = await site.signed_in(ada)
    shown = await (await browser.get("/tickets/1")).text()
    assert "video.mov" in shown
    assert "It is larger than 25 MiB. A link to it will do." in shown
    assert "on its way from Slack" in shown
    assert (await (await browser.get(FILES)).json())["not_here"] == [
        {"filename": "video.mov", "state": "refused", "reason": "It is larger than 25 MiB. A link to it will do."},
        {"filename": "log.txt", "state": "awaited", "reason": ""},
    ]


async def test_the_files_of_an_internal_note_stay_with_it(site: WebDesk) -> None:
    ada = await site.person("ada")
    ticket = await site.ticket(ada)
    grace = await site.person("grace", Role.MODERATOR)
    async with site.desk.unit_of_work(site.actor_of(grace)) as uow:
        author = await uow.session.get_one(User, grace.id)
        new = NewReply(text="See this.", channel="slack")
        note = await add_internal_note(uow, await lock_ticket(uow, 1), new, author=author)
        await uow.commit()
    await _share(site, ticket, "secret.mov", refused="It is larger than 25 MiB.", reply_id=note.id)
    for path in ("/tickets/1", FILES):
        assert "secret.mov" in await (await (await site.signed_in(grace)).get(path)).text()
        assert "secret.mov" not in await (await (await site.signed_in(ada)).get(path)).text()


async def _share(site: WebDesk, ticket: Ticket, name: str, *, refused: str = "", reply_id: int | None = None) -> None:
    file = RemoteFile(workspace_id="T1", file_id=f"F-{name}", name=name, size=3)
    async with site.desk.unit_of_work(system_actor(1)) as uow:
        await await_files(uow, ticket, [file], Sharing(), reply_id=reply_id)
        await uow.commit()
        if refused:
            rows = await uow.session.scalars(select(SharedFile).where(SharedFile.name == name))
            await refuse_file(uow, rows.one(), refused)
            await uow.commit()


async def test_a_moderator_has_a_file_checked_again_that_the_scanner_never_answered_for(site: WebDesk) -> None:
    ada = await site.person("ada")
    ticket = await site.ticket(ada)
    path = await _unscanned(site, ticket)
    requester, moderator = await site.signed_in(ada), await site.signed_in_as(Role.MODERATOR, "grace")
    assert (await requester.get(path)).status == 403
    assert "Check again" not in await (await requester.get("/tickets/1")).text()
    assert "Check again" in await (await moderator.get("/tickets/1")).text()

    form = {"csrf_token": await form_token(moderator, "/tickets/1")}
    assert (await moderator.post(f"{path}/scan", data=form)).status == 200
    shown = await (await moderator.get("/tickets/1")).text()
    assert "being looked into" in shown
    assert "Check again" not in shown
    assert (await moderator.post(f"{path}/scan", data=form)).status == 409
    assert (await moderator.post(f"{path}/release", data=form)).status == 409


async def test_a_moderator_gives_out_a_file_unchecked_and_answers_for_it(site: WebDesk) -> None:
    ada = await site.person("ada")
    path = await _unscanned(site, await site.ticket(ada))
    requester, moderator = await site.signed_in(ada), await site.signed_in_as(Role.MODERATOR, "grace")
    own = {"csrf_token": await form_token(requester, "/tickets/1")}
    assert (await requester.post(f"{path}/release", data=own)).status == 403
    assert (await requester.get(path)).status == 403

    form = {"csrf_token": await form_token(moderator, "/tickets/1")}
    assert (await moderator.post(f"{path}/release", data=form)).status == 200
    assert await (await requester.get(path)).read() == b"E42"
    assert "not checked for viruses" in await (await requester.get("/tickets/1")).text()
    released = [record for record in await site.audit() if record.action == "attachment.released"]
    assert [record.after for record in released] == [{"scan": "released", "file": "log.txt"}]
    assert (await moderator.post(f"{path}/release", data=form)).status == 409


async def _unscanned(site: WebDesk, ticket: Ticket) -> str:
    """Where a file of the ticket is, after its scanner never answered."""
    async with site.desk.unit_of_work(system_actor(1)) as uow:
        sha256 = await site.desk.blobs.write(b"E42")
        file = StoredAttachment(filename="log.txt", content_type="text/plain", size=3, sha256=sha256)
        (row,) = attach(uow, await lock_ticket(uow, 1), None, [file])
        row.scan = Scan.UNSCANNED
        uow.audit.record("ticket.created", ticket, covers=[row])
        await uow.commit()
    return f"/tickets/1/attachments/{row.id}"
