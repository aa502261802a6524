"""A form that is not taken is shown again, or at least what was written in it: nobody writes anything twice."""

from pathlib import Path

import pytest
from aiohttp import FormData

from config.settings import Settings
from tests.web.web_desk import Client, WebDesk, form_token, web_settings
from webhooks import uploads

WORDS = "It <jams>.\nEvery time."
KEPT = "It &lt;jams&gt;.\nEvery time.</textarea>"
MIB = 1024 * 1024
REFUSED = {
    "type": (422, "“setup.exe” was not taken, and nothing was sent: This desk takes no .exe files."),
    "size": (413, "“big.bin” does not fit: all files of one message have at most 25 MiB together"),
    "number": (413, "At most 2 files at once."),
}
FORMS = {
    "new ticket": ("/tickets/new", "/tickets/new", "description"),
    "reply": ("/tickets/1", "/tickets/1/replies", "text"),
}


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return web_settings(sqlite_url, tmp_path, file_types_refused="exe")


@pytest.fixture
async def ada(site: WebDesk) -> Client:
    """The requester of ticket 1, signed in."""
    ada = await site.person("ada")
    await site.ticket(ada)
    return await site.signed_in(ada)


async def _upload(browser: Client, page: str, why: str, field: str) -> FormData:
    """A form whose words stand on both sides of its files."""
    files = {
        "type": [("setup.exe", b"MZ"), ("log.txt", b"E42")],
        "size": [("log.txt", b"E42"), ("big.bin", bytes(26 * MIB)), ("more.txt", b"E43")],
        "number": [(f"{n}.txt", b"E42") for n in range(3)],
    }[why]
    form = FormData(quote_fields=False)
    form.add_field("csrf_token", await form_token(browser, page))
    form.add_field("title", "The printer")
    for name, content in files:
        form.add_field("files", content, filename=name)
    form.add_field(field, WORDS)
    return form


@pytest.mark.parametrize("why", REFUSED)
@pytest.mark.parametrize("form", FORMS)
async def test_a_refused_file_shows_the_form_with_what_was_written(
    ada: Client, monkeypatch: pytest.MonkeyPatch, form: str, why: str
) -> None:
    monkeypatch.setattr(uploads, "MOST_FILES", 2)
    page, path, field = FORMS[form]
    answer = await ada.post(path, data=await _upload(ada, page, why, field))
    status, told = REFUSED[why]
    shown = await answer.text()
    assert answer.status == status
    assert told in shown
    assert KEPT in shown
    assert f'name="{field}"' in shown
    assert f'action="{path}"' in shown
    assert 'type="file" multiple aria-describedby="files-hint files-mistake" aria-invalid="true"' in shown
    assert (await ada.get("/api/v1/tickets/2")).status == 404
    assert (await (await ada.get("/api/v1/tickets/1/comments")).json())["items"] == []


async def test_words_before_an_endless_file_are_shown_without_reading_all_of_it(
    ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "READ_ON", 0)
    form = FormData(quote_fields=False)
    for name, value in {"csrf_token": await form_token(ada, "/tickets/1"), "text": WORDS}.items():
        form.add_field(name, value)
    form.add_field("files", bytes(26 * MIB), filename="big.bin")
    form.add_field("kind", "never read")
    answer = await ada.post("/tickets/1/replies", data=form)
    assert answer.status == 413
    assert KEPT in await answer.text()


async def test_a_sign_in_that_ended_while_somebody_wrote_costs_them_no_word(site: WebDesk, ada: Client) -> None:
    token = await form_token(ada, "/tickets/1")
    site.clock.advance(hours=48)
    for data in ({"csrf_token": token, "text": WORDS}, _multipart(csrf_token=token, text=WORDS)):
        answer = await ada.post("/tickets/1/replies", data=data)
        shown = await answer.text()
        assert answer.status == 401
        assert "You are signed out" in shown
        assert KEPT in shown
        assert 'href="/login?next=/tickets/1"' in shown


async def test_an_expired_form_shows_what_was_written_and_where_to_write_it(ada: Client) -> None:
    fields = {"csrf_token": "0" * 64, "title": "The printer", "description": WORDS, "ask:steps": "Press it."}
    answer = await ada.post("/tickets/new", data=fields)
    shown = await answer.text()
    assert answer.status == 403
    assert KEPT in shown
    assert "Press it.</textarea>" in shown
    assert '<a class="button" href="/tickets/new">' in shown
    assert "0" * 64 not in shown


async def test_what_another_site_sends_is_not_shown(site: WebDesk, ada: Client) -> None:
    for browser, status in ((ada, 403), (site.browser(), 401)):
        headers = {"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"}
        answer = await browser.post("/tickets/new", data={"description": WORDS}, headers=headers)
        assert answer.status == status
        assert "jams" not in await answer.text()


def _multipart(**fields: str) -> FormData:
    form = FormData(quote_fields=False)
    for name, value in fields.items():
        form.add_field(name, value)
    form.add_field("files", b"E42", filename="log.txt")
    return form
