"""Files that this desk takes from nobody's hand: refused by web and API in words, and taken from mail."""

from pathlib import Path

import pytest
from aiohttp import FormData

from config.settings import Settings
from core.people.values import Role
from tests.web.web_desk import INBOUND_TOKEN, Client, WebDesk, form_token, web_settings

RAW = "/webhooks/email/raw?recipient=support@desk.example"
MAIL = b"""\
From: ada@people.example
To: support@desk.example
Subject: It jams
Message-ID: <1@people.example>
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

See the script.
--b
Content-Type: text/plain
Content-Disposition: attachment; filename=run.js

alert(1)
--b--
"""


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return web_settings(sqlite_url, tmp_path, file_types_refused="exe, .JS")


def sent_by_form(name: str, token: str = "") -> FormData:
    form = FormData(quote_fields=False)  # as browsers do
    form.add_field("csrf_token", token)
    form.add_field("text", "See the file.")
    form.add_field("file", b"MZ", filename=name)
    return form


async def with_ticket(site: WebDesk) -> Client:
    ada = await site.person("ada")
    await site.ticket(ada)
    return await site.signed_in(ada)


@pytest.mark.parametrize("name", ["setup.exe", "Setup.EXE", "run.js", "setup.exe. ", "log.txt.exe"])
async def test_the_api_names_the_file_the_ending_and_the_mend(site: WebDesk, name: str) -> None:
    ada = await with_ticket(site)
    answer = await ada.post("/api/v1/tickets/1/attachments", data=sent_by_form(name))
    assert (answer.status, answer.content_type) == (422, "application/problem+json")
    told = (await answer.json())["detail"]
    ending = "js" if "js" in name else "exe"
    assert f"“{name}” was not taken, and nothing was sent: This desk takes no .{ending} files. A link to it" in told
    assert (await (await ada.get("/api/v1/tickets/1/comments")).json())["items"] == []


@pytest.mark.parametrize("name", ["exe", "log.txt", "exe.txt", ".profile"])
async def test_other_files_are_taken(site: WebDesk, name: str) -> None:
    ada = await with_ticket(site)
    assert (await ada.post("/api/v1/tickets/1/attachments", data=sent_by_form(name))).status == 201


async def test_a_page_says_so_too(site: WebDesk) -> None:
    ada = await with_ticket(site)
    form = sent_by_form("setup.exe", await form_token(ada, "/tickets/1"))
    answer = await ada.post("/tickets/1/replies", data=form)
    assert answer.status == 422
    assert "“setup.exe” was not taken, and nothing was sent: This desk takes no .exe files." in await answer.text()


async def test_mail_is_taken_with_all_its_files(site: WebDesk) -> None:
    headers = {"Authorization": f"Bearer {INBOUND_TOKEN}", "Content-Type": "message/rfc822"}
    assert (await site.browser().post(RAW, data=MAIL, headers=headers)).status < 300
    await site.run_jobs("intake.process")
    grace = await site.signed_in_as(Role.MODERATOR, "grace")
    items = (await (await grace.get("/api/v1/tickets/1/attachments")).json())["items"]
    assert [one["filename"] for one in items] == ["run.js"]
