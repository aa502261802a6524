"""Files that people send with the forms of the pages."""

from aiohttp import FormData

from config.settings import Settings
from core.people.values import Role
from core.tickets.values import TEXT_LENGTH
from tests.web.web_desk import Client, Json, WebDesk, form_token

REPLIES = "/tickets/1/replies"


async def _form(browser: Client, page: str, *files: tuple[str, bytes], **fields: str) -> FormData:
    form = FormData(quote_fields=False)
    form.add_field("csrf_token", await form_token(browser, page))
    for name, value in fields.items():
        form.add_field(name, value)
    for filename, content in files or [("", b"")]:
        form.add_field("files", content, filename=filename, content_type="application/octet-stream")
    return form


async def _comments(browser: Client) -> list[Json]:
    items: list[Json] = (await (await browser.get("/api/v1/tickets/1/comments")).json())["items"]
    return items


async def _with_ticket(site: WebDesk) -> Client:
    ada = await site.person("ada")
    await site.ticket(ada)
    return await site.signed_in(ada)


async def test_a_new_ticket_brings_its_files(site: WebDesk) -> None:
    ada = await site.signed_in_as(Role.USER, "ada")
    form = await _form(ada, "/tickets/new", ("log.txt", b"E42"), ("überblick.png", b"\x89PNG"), title="It fails")
    answer = await ada.post("/tickets/new", data=form, allow_redirects=False)
    assert answer.headers["Location"] == "/tickets/1"
    files = (await (await ada.get("/api/v1/tickets/1/attachments")).json())["items"]
    assert [one["filename"] for one in files] == ["log.txt", "überblick.png"]
    got = await ada.get(f"/tickets/1/attachments/{files[0]['id']}")
    assert await got.read() == b"E42"


async def test_a_reply_brings_its_files_once_however_often_it_is_sent(site: WebDesk) -> None:
    ada = await _with_ticket(site)
    for _ in range(2):
        form = await _form(ada, "/tickets/1", ("log.txt", b"E42"), text="See the log.", key="one page")
        assert (await ada.post(REPLIES, data=form, allow_redirects=False)).status == 303
    other = await _form(ada, "/tickets/1", ("log.txt", b"E43"), text="See the log.", key="one page")
    assert (await ada.post(REPLIES, data=other, allow_redirects=False)).status == 303
    assert [len(one["attachments"]) for one in await _comments(ada)] == [1, 1]


async def test_files_without_words_say_what_they_are(site: WebDesk) -> None:
    ada = await _with_ticket(site)
    await ada.post(REPLIES, data=await _form(ada, "/tickets/1", ("log.txt", b"E42")))
    assert [one["text"] for one in await _comments(ada)] == ["Attached: log.txt"]


async def test_a_file_field_left_empty_is_no_file(site: WebDesk) -> None:
    ada = await _with_ticket(site)
    await ada.post(REPLIES, data=await _form(ada, "/tickets/1", text="Words alone."))
    assert [(one["text"], one["attachments"]) for one in await _comments(ada)] == [("Words alone.", [])]


async def test_neither_words_nor_files_show_the_form_again(site: WebDesk) -> None:
    ada = await _with_ticket(site)
    answer = await ada.post(REPLIES, data=await _form(ada, "/tickets/1"))
    assert answer.status == 422
    assert await _comments(ada) == []


async def test_the_longest_text_fits_beside_its_files(site: WebDesk) -> None:
    ada = await _with_ticket(site)
    await ada.post(REPLIES, data=await _form(ada, "/tickets/1", ("log.txt", b"E42"), text="é" * TEXT_LENGTH))
    assert [len(one["text"]) for one in await _comments(ada)] == [TEXT_LENGTH]


async def test_no_byte_is_stored_for_a_form_that_is_not_ours(site: WebDesk, settings: Settings) -> None:
    ada = await _with_ticket(site)
    form = FormData()
    form.add_field("files", b"E42", filename="log.txt")
    form.add_field("csrf_token", await form_token(ada, "/tickets/1"))  # too late: the file came first
    assert (await ada.post(REPLIES, data=form)).status == 403
    wrong = FormData({"csrf_token": "0" * 64})
    wrong.add_field("files", b"E42", filename="log.txt")
    assert (await ada.post(REPLIES, data=wrong)).status == 403
    assert [path for path in (settings.data_dir / "blobs").rglob("*") if path.is_file()] == []


async def test_more_than_this_desk_takes_is_refused_while_it_arrives(site: WebDesk) -> None:
    ada = await _with_ticket(site)
    form = await _form(ada, "/tickets/1", ("big.bin", bytes(26 * 1024 * 1024)), text="All of it")
    assert (await ada.post(REPLIES, data=form)).status == 413
    assert await _comments(ada) == []


async def test_a_form_without_files_takes_none(site: WebDesk) -> None:
    ada = await site.signed_in_as(Role.USER, "ada")
    form = await _form(ada, "/account", ("log.txt", b"E42"))
    assert (await ada.post("/account", data=form)).status == 415
